"""PyTorch's training step: MODEL (timm's name) and eager or channels_last follow the cell's arguments."""

import sys

import numpy
import safetensors.torch
import timm
import torch

import recipe
from serve import Cell, serve

cell, (name, mode) = Cell(), sys.argv[5:7]
torch.set_num_threads(cell.threads)
model = timm.create_model(name, pretrained=False).train()
model.load_state_dict(safetensors.torch.load_file(cell.checkpoint))
images = torch.from_numpy(cell.image)
labels = torch.from_numpy(numpy.fromfile(f"{cell.folder}/labels.b{cell.batch}.i32", numpy.int32)).long()
if mode == "channels_last":
    model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
optimiser = recipe.adamw(model, fused=True)
first = [recipe.step(model, optimiser, images, labels)]


def step():
    return first + [recipe.step(model, optimiser, images, labels)]


serve(cell, torch.__version__, step)
