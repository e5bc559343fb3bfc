"""XLA through JAX: ConvNeXt in timm's names, channels last, weights as constants of the compiled function."""

import os
import sys

threads = int(sys.argv[3])
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
from safetensors.numpy import load_file

from serve import Cell, serve

cell = Cell()
weights = load_file(cell.checkpoint)
EPS = 1e-6


def convolution(x, prefix, stride, groups, padding):
    kernel = jnp.asarray(weights[f"{prefix}.weight"].transpose(2, 3, 1, 0))
    y = jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups
    )
    return y + weights[f"{prefix}.bias"]


def norm(x, prefix):
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + EPS)
    return scaled * weights[f"{prefix}.weight"] + weights[f"{prefix}.bias"]


def linear(x, prefix):
    return x @ weights[f"{prefix}.weight"].T + weights[f"{prefix}.bias"]


def block(x, prefix):
    y = convolution(x, f"{prefix}.conv_dw", 1, x.shape[-1], "SAME")
    y = jax.nn.gelu(linear(norm(y, f"{prefix}.norm"), f"{prefix}.mlp.fc1"), approximate=False)
    if f"{prefix}.mlp.grn.weight" in weights:
        size = jnp.sqrt((y * y).sum((1, 2), keepdims=True))
        size = size / (size.mean(-1, keepdims=True) + EPS)
        y = y + weights[f"{prefix}.mlp.grn.bias"] + weights[f"{prefix}.mlp.grn.weight"] * (y * size)
    y = linear(y, f"{prefix}.mlp.fc2")
    return x + (y * weights[f"{prefix}.gamma"] if f"{prefix}.gamma" in weights else y)


@jax.jit
def network(image):
    x = norm(convolution(image.transpose(0, 2, 3, 1), "stem.0", 4, 1, "VALID"), "stem.1")
    for stage in range(4):
        prefix = f"stages.{stage}"
        if stage:
            x = convolution(norm(x, f"{prefix}.downsample.0"), f"{prefix}.downsample.1", 2, 1, "VALID")
        depth = 0
        while f"{prefix}.blocks.{depth}.conv_dw.weight" in weights:
            x = block(x, f"{prefix}.blocks.{depth}")
            depth += 1
    return linear(norm(x.mean((1, 2)), "head.norm"), "head.fc")


image = jnp.asarray(cell.image)
serve(cell, jax.__version__, lambda: network(image).block_until_ready())
