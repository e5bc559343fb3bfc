#!/usr/bin/env python3
"""Writes what all peers start from: FOLDER/model.safetensors, image.bN.f32, facts.json; for inference model.bN.onnx and
logits.bN.f32, for training labels.bN.i32 and losses.bN.f32, of the first two steps."""

import copy
import json
import sys
from pathlib import Path

import numpy
import safetensors.torch
import timm
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent / "workers"))
import recipe  # noqa: E402


def multiply_accumulates(model, image):
    """Of convolutions and linear layers, counted where PyTorch runs them. In training a layer's products are made again for
    the gradient of its weight, and for that of its input where it has one."""
    total = 0

    def times(module, inputs):
        return 1 + module.training * (1 + inputs[0].requires_grad)

    def convolution(module, inputs, output):
        nonlocal total
        rows, columns = module.kernel_size
        total += times(module, inputs) * output.numel() * module.in_channels // module.groups * rows * columns

    def linear(module, inputs, output):
        nonlocal total
        total += times(module, inputs) * output.numel() * module.in_features

    hooks = [m.register_forward_hook(convolution) for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    hooks += [m.register_forward_hook(linear) for m in model.modules() if isinstance(m, torch.nn.Linear)]
    model(image)
    for hook in hooks:
        hook.remove()
    return total


def prepare_inference(model, folder, batch, image):
    with torch.inference_mode():
        model(image).numpy().tofile(folder / f"logits.b{batch}.f32")
    try:
        torch.onnx.export(model, image, folder / f"model.b{batch}.onnx", dynamo=False, opset_version=17)
    except (ImportError, ModuleNotFoundError) as missing:
        print(f"no ONNX file: {missing}", file=sys.stderr)


def prepare_training(model, folder, batch, image):
    labels = numpy.random.default_rng(batch).integers(model.num_classes, size=batch, dtype=numpy.int32)
    labels.tofile(folder / f"labels.b{batch}.i32")
    trained = copy.deepcopy(model)
    optimiser = recipe.adamw(trained, fused=False)
    losses = [recipe.step(trained, optimiser, image, torch.from_numpy(labels).long()) for _ in range(2)]
    numpy.array(losses, numpy.float32).tofile(folder / f"losses.b{batch}.f32")


def main(name, folder, batches, train):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False).train(train)
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
        (prepare_training if train else prepare_inference)(model, folder, batch, image)
        with torch.set_grad_enabled(train):
            facts["flops"][str(batch)] = 2 * multiply_accumulates(model, image)
    (folder / "facts.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [int(batch) for batch in sys.argv[3].split(",")], sys.argv[4:] == ["train"])
