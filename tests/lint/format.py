#!/usr/bin/env python3
"""C and C++ stand as clang-format 14 with the repository's .clang-format leaves them."""

import subprocess
import sys

from sources import inside, main, tracked

SUFFIXES = {".c", ".cpp", ".h"}
EXCEPTIONS = ["generated"]


def check(root):
    files = [str(p) for p in tracked(root) if p.suffix in SUFFIXES and not inside(p, EXCEPTIONS)]
    if not files:
        return []
    run = subprocess.run(["clang-format-14", "--dry-run", "-Werror", "--ferror-limit=1", *files], cwd=root,
                         capture_output=True, text=True)
    named = sorted({line.split(":")[0] for line in run.stderr.splitlines() if "error:" in line})
    if run.returncode and not named:
        return [run.stderr.strip()]
    return [f"{name}: clang-format-14 -i {name}" for name in named]


if __name__ == "__main__":
    sys.exit(main(check, sys.argv[1]))
