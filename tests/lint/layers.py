#!/usr/bin/env python3
"""The include graph: which room may see what (the table in the root README), and that no translation unit sees
both Halide and MLIR or LLVM."""

import re
import sys
from pathlib import Path

from sources import inside, main, tracked

HALIDE_ROOMS = ["compiler/kernels", "compiler/fusions", "tests/unit/kernels", "tests/unit/fusions"]
# For each room the folders whose headers it may include. A room is the longest of these prefixes.
RUNTIME = ["runtime"]
NEUTRAL = ["compiler/Error.h", "compiler/Gradients.h", "compiler/kernels/KernelGraph.h", "compiler/weights/Parameter.h"]
ALLOWED = {
    "runtime": RUNTIME,
    "ir": ["ir"] + NEUTRAL,
    "compiler/kernels": ["compiler/kernels", "compiler/fusions"] + NEUTRAL,
    "compiler/fusions": ["compiler/kernels", "compiler/fusions"] + NEUTRAL,
    "compiler/weights": ["compiler/weights"] + NEUTRAL + RUNTIME,
    "compiler/frontend": ["compiler/frontend", "compiler/weights", "ir"] + NEUTRAL + RUNTIME,
    "compiler/passes": ["compiler/passes", "compiler/fusions/Fusion.h", "ir"] + NEUTRAL,
    "compiler/plan": ["compiler/plan", "compiler/passes/KernelGraphOf.h", "ir"] + NEUTRAL,
    "compiler/codegen": ["compiler/codegen", "compiler/plan", "compiler/weights"] + NEUTRAL + RUNTIME,
    "compiler/tools": ["compiler", "ir"] + RUNTIME,
    "examples": ["examples", "runtime"],
}
CODE = {".h", ".cpp", ".c", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(path):
    rooms = [room for room in ALLOWED if inside(path, [room])]
    return max(rooms, key=len) if rooms else None


def resolve(root, path, name):
    """The repository's own file that `name` means in `path`, or None for a system or generated header."""
    for folder in [path.parent, Path("."), Path("runtime/include")]:
        if (root / folder / name).is_file():
            parts = []
            for part in (folder / name).parts:
                parts = parts[:-1] if part == ".." else parts + [part]
            return Path(*parts)
    return None


def check(root):
    own, outside, findings = {}, {}, []
    files = [p for p in tracked(root) if p.suffix in CODE and not inside(p, ["generated"])]
    for path in files:
        names = [name for _, name in INCLUDE.findall((root / path).read_text(errors="replace"))]
        own[path] = sorted({r for r in (resolve(root, path, n) for n in names) if r})
        outside[path] = {n for n in names if resolve(root, path, n) is None}

    for path in files:
        for name in sorted(outside[path]):
            if Path(name).name.startswith("Halide") and not inside(path, HALIDE_ROOMS):
                findings.append(f"{path}: includes {name}; only {' and '.join(HALIDE_ROOMS[:2])} may")
            if name.startswith(("mlir/", "llvm/")) and inside(path, HALIDE_ROOMS + ["runtime", "examples"]):
                findings.append(f"{path}: includes {name}; this room knows no MLIR and no LLVM")
        room = room_of(path)
        inside_tests = "tests" in path.parts
        for target in own[path]:
            if room and not inside_tests and not inside(target, ALLOWED[room]):
                findings.append(f"{path}: includes {target}; {room} may include {', '.join(ALLOWED[room])}")

    for path in files:
        seen, queue = {path}, [path]
        while queue:
            for target in own.get(queue.pop(), []):
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
        names = set().union(*(outside.get(p, set()) for p in seen))
        halide = [n for n in names if Path(n).name == "Halide.h"]
        compiler = sorted(n for n in names if n.startswith(("mlir/", "llvm/")))
        if halide and compiler:
            findings.append(f"{path}: sees both Halide.h and {compiler[0]}")
    return findings


if __name__ == "__main__":
    sys.exit(main(check, sys.argv[1]))
