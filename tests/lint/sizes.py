#!/usr/bin/env python3
"""No code file is longer than 500 lines, and none is named for holding just anything."""

import sys

from sources import inside, main, tracked

LONGEST = 500
SUFFIXES = {".c", ".cmake", ".cpp", ".h", ".inc", ".mlir", ".py", ".sh", ".td", ".txt"}
VAGUE = {"common", "helper", "helpers", "misc", "util", "utils"}
# The script that makes the vectors is a list of cases, read as one.
EXCEPTIONS = ["generated", "tests/vectors/make_vectors.py"]


def check(root):
    findings = []
    for path in tracked(root):
        if path.suffix not in SUFFIXES or inside(path, EXCEPTIONS):
            continue
        lines = (root / path).read_text(errors="replace").count("\n")
        if lines > LONGEST:
            findings.append(f"{path}: {lines} lines, at most {LONGEST}")
        if VAGUE & {part.lower() for part in path.with_suffix("").parts}:
            findings.append(f"{path}: name it after the one thing inside")
    return findings


if __name__ == "__main__":
    sys.exit(main(check, sys.argv[1]))
