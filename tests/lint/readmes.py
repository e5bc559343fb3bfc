#!/usr/bin/env python3
"""Every room has a README.md of at most a page, and what it links to exists."""

import re
import sys

from sources import main, tracked

LONGEST = 120  # lines: a page with a table
ROOMS = [
    "compiler", "compiler/codegen", "compiler/frontend", "compiler/fusions", "compiler/kernels", "compiler/passes",
    "compiler/plan", "compiler/tools", "compiler/weights", "examples", "generated", "ir", "runtime", "tests",
]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def check(root):
    findings = []
    for room in ROOMS:
        if not (root / room / "README.md").is_file():
            findings.append(f"{room}: has no README.md")
    for path in tracked(root):
        if path.name != "README.md":
            continue
        text = (root / path).read_text()
        lines = text.count("\n")
        if str(path.parent) in ROOMS and lines > LONGEST:
            findings.append(f"{path}: {lines} lines, at most {LONGEST}")
        for target in LINK.findall(text):
            if not (root / path.parent / target).exists():
                findings.append(f"{path}: links to {target}, which is not there")
    return findings


if __name__ == "__main__":
    sys.exit(main(check, sys.argv[1]))
