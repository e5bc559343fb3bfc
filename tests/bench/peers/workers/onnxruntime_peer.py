"""ONNX Runtime on its CPU provider."""

import onnxruntime

from serve import Cell, serve

cell = Cell()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = cell.threads
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(cell.onnx, options, providers=["CPUExecutionProvider"])
inputs = {session.get_inputs()[0].name: cell.image}
serve(cell, onnxruntime.__version__, lambda: session.run(None, inputs)[0])
