"""The side of the conversation that a peer has: one line in, one line out.

On start the worker runs a first pass, keeps its logits for comparison and says `ready VERSION`. `run SECONDS` runs passes
one after another for so long, at least one, and answers with the seconds of each. Anything else ends it.
"""

import sys
import time

import numpy


class Cell:
    """What a worker is started with: FOLDER BATCH THREADS OUTPUT."""

    def __init__(self):
        self.folder, self.batch, self.threads, self.output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
        self.checkpoint = f"{self.folder}/model.safetensors"
        self.onnx = f"{self.folder}/model.b{self.batch}.onnx"
        self.image = numpy.fromfile(f"{self.folder}/image.b{self.batch}.f32", numpy.float32).reshape(self.batch, 3, 224, 224)


def serve(cell, version, forward):
    """forward() runs a pass and returns the logits as something that numpy reads."""
    numpy.asarray(forward(), numpy.float32).tofile(cell.output)
    print("ready", version, flush=True)
    for line in sys.stdin:
        command, *rest = line.split()
        if command != "run":
            return
        passes, end = [], time.perf_counter() + float(rest[0])
        while not passes or time.perf_counter() < end:
            start = time.perf_counter()
            forward()
            passes.append(time.perf_counter() - start)
        print(*passes, flush=True)
