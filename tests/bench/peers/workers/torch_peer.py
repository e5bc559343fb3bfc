"""PyTorch: MODEL (timm's name) and eager, channels_last or compile follow the cell's arguments."""

import sys

import safetensors.torch
import timm
import torch

from serve import Cell, serve

cell, (name, mode) = Cell(), sys.argv[5:7]
torch.set_num_threads(cell.threads)
model = timm.create_model(name, pretrained=False).eval()
model.load_state_dict(safetensors.torch.load_file(cell.checkpoint))
image = torch.from_numpy(cell.image)
if mode == "channels_last":
    model, image = model.to(memory_format=torch.channels_last), image.to(memory_format=torch.channels_last)
elif mode == "compile":
    import torch._inductor.config

    torch._inductor.config.freezing = True
    if torch.backends.cpu.get_cpu_capability() == "AVX2":
        torch._inductor.config.cpp.simdlen = 256
    model = torch.compile(model)

with torch.inference_mode():
    serve(cell, torch.__version__, lambda: model(image))
