#!/usr/bin/env python3
"""Writes what all peers start from: FOLDER/model.safetensors, model.bN.onnx, image.bN.f32, logits.bN.f32, facts.json."""

import json
import sys
from pathlib import Path

import numpy
import safetensors.torch
import timm
import torch


def multiply_accumulates(model, image):
    """Of convolutions and linear layers, counted where PyTorch runs them."""
    total = 0

    def convolution(module, inputs, output):
        nonlocal total
        rows, columns = module.kernel_size
        total += output.numel() * module.in_channels // module.groups * rows * columns

    def linear(module, inputs, output):
        nonlocal total
        total += output.numel() * module.in_features

    hooks = [m.register_forward_hook(convolution) for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    hooks += [m.register_forward_hook(linear) for m in model.modules() if isinstance(m, torch.nn.Linear)]
    model(image)
    for hook in hooks:
        hook.remove()
    return total


def main(name, folder, batches):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False).eval()
    for key, parameter in model.named_parameters():
        # At 1e-6 (layer scale) and 0 (GRN) a block's output would not show in the logits.
        if key.endswith(("gamma", "grn.weight", "grn.bias")):
            torch.nn.init.uniform_(parameter, 0.05, 0.3)
        elif key.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.1)
    safetensors.torch.save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    facts = {"versions": {"torch": torch.__version__, "timm": timm.__version__}, "flops": {}}
    for batch in batches:
        image = torch.from_numpy(numpy.random.default_rng(batch).standard_normal((batch, 3, 224, 224), numpy.float32))
        image.numpy().tofile(folder / f"image.b{batch}.f32")
        with torch.inference_mode():
            model(image).numpy().tofile(folder / f"logits.b{batch}.f32")
            facts["flops"][str(batch)] = 2 * multiply_accumulates(model, image)
        try:
            torch.onnx.export(model, image, folder / f"model.b{batch}.onnx", dynamo=False, opset_version=17)
        except (ImportError, ModuleNotFoundError) as missing:
            print(f"no ONNX file: {missing}", file=sys.stderr)
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [int(batch) for batch in sys.argv[3].split(",")])
