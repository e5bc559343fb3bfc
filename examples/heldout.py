#!/usr/bin/env python3
"""The held-out digits as arrays for `cnx run`, and the score of what it gives back. Standard library only.

    heldout.py images X.npy          uint8 [1000,32,32,3], for --input-format u8-nhwc
    heldout.py picture N X.ppm       digit N as a picture of 32x32; prints which digit PyTorch takes it for
    heldout.py score LOGITS.npy      accuracy, and how often the framework names the same digit
"""

import ast
import json
import struct
import sys
from pathlib import Path

HELD_OUT = Path(__file__).resolve().parent / "digits" / "heldout.safetensors"
SIDE, PAD, CLASSES = 28, 2, 10


def tensor(name):
    data = HELD_OUT.read_bytes()
    header = struct.unpack("<Q", data[:8])[0]
    begin, end = json.loads(data[8:8 + header])[name]["data_offsets"]
    return data[8 + header + begin:8 + header + end]


def rgb(pixels, digit):
    """[32,32,3] bytes of one digit."""
    black, out = bytes(3), bytearray()
    out += black * (SIDE + 2 * PAD) * PAD
    for row in range(SIDE):
        line = pixels[digit * SIDE**2 + row * SIDE:][:SIDE]
        out += black * PAD + b"".join(bytes((p, p, p)) for p in line) + black * PAD
    out += black * (SIDE + 2 * PAD) * PAD
    return out


def write_images(path):
    pixels = tensor("images")
    shape = (len(pixels) // SIDE**2, SIDE + 2 * PAD, SIDE + 2 * PAD, 3)
    out = b"".join(rgb(pixels, digit) for digit in range(shape[0]))
    header = repr({"descr": "|u1", "fortran_order": False, "shape": shape})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + out)


def read_rows(data, columns):
    values = struct.unpack(f"<{len(data) // 4}f", data)
    return [values[i:i + columns] for i in range(0, len(values), columns)]


def write_picture(digit, path):
    Path(path).write_bytes(b"P6 %d %d 255\n" % (SIDE + 2 * PAD, SIDE + 2 * PAD) + rgb(tensor("images"), int(digit)))
    row = read_rows(tensor("logits"), CLASSES)[int(digit)]
    print(row.index(max(row)))


def score(path):
    data = Path(path).read_bytes()
    size = struct.unpack("<H", data[8:10])[0]
    images, classes = ast.literal_eval(data[10:10 + size].decode())["shape"]
    ours = [row.index(max(row)) for row in read_rows(data[10 + size:], classes)]
    theirs = [row.index(max(row)) for row in read_rows(tensor("logits"), classes)]
    right = sum(a == b for a, b in zip(ours, tensor("labels")))
    same = sum(a == b for a, b in zip(ours, theirs))
    print(f"{right} of {images} held-out digits are named right ({100 * right / images:.1f} %); "
          f"PyTorch gives {same} of them the same name")


if __name__ == "__main__":
    {"images": write_images, "picture": write_picture, "score": score}[sys.argv[1]](*sys.argv[2:])
