"""OpenVINO's CPU plugin, held to float32."""

import openvino

from serve import Cell, serve

cell = Cell()
core = openvino.Core()
compiled = core.compile_model(
    cell.onnx,
    "CPU",
    {"INFERENCE_NUM_THREADS": cell.threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"},
)
request = compiled.create_infer_request()
request.set_input_tensor(openvino.Tensor(cell.image, shared_memory=True))


def forward():
    request.infer()
    return request.get_output_tensor().data


serve(cell, openvino.__version__.split("-")[0], forward)
