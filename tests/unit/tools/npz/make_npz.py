#!/usr/bin/env python3
"""Makes the archives beside this file with numpy itself: python make_npz.py (numpy 1.26 or later).

x[n,y,x,c] = (100 n + 20 y + 3 x + c) % 256, two classes in turn."""

import numpy as np

N, H, W = 6, 4, 5
n, y, x, c = np.meshgrid(np.arange(N), np.arange(H), np.arange(W), np.arange(3), indexing="ij")
pixels = ((100 * n + 20 * y + 3 * x + c) % 256).astype(np.uint8)
labels = np.arange(N) % 2

np.savez("stored.npz", x=pixels, y=labels)
np.savez_compressed("deflated.npz", x=pixels, y=labels.astype(np.uint8), x_val=pixels[:2], y_val=labels[:2].astype(np.uint8))
np.savez_compressed("grey.npz", x=pixels[..., 0], y=labels)
np.savez("floats.npz", x=pixels.transpose(0, 3, 1, 2).astype(np.float32) / 4, y=labels)
