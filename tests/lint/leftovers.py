#!/usr/bin/env python3
"""Nothing unfinished and nothing of one machine stands in the code."""

import re
import sys

from sources import inside, main, tracked

SUFFIXES = {".c", ".cmake", ".cpp", ".h", ".inc", ".mlir", ".py", ".sh", ".td", ".txt"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bnot implemented\b")
MACHINE = re.compile(r"(?<![\w.])/(home|root|Users)/\w")


def check(root):
    findings = []
    for path in tracked(root):
        if path.suffix not in SUFFIXES or inside(path, ["tests/lint"]):
            continue
        for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
            for pattern in (UNFINISHED, MACHINE):
                if found := pattern.search(line):
                    findings.append(f"{path}:{number}: {found.group(0)}")
    return findings


if __name__ == "__main__":
    sys.exit(main(check, sys.argv[1]))
