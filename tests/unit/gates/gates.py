#!/usr/bin/env python3
"""What speed rests on and can be read without a clock: gates.py CNX MODEL LEVELS FOLDER [OPTION...].

Options go to cnx compile; with --train the pass is a train program's, all three sections of it.

A pass has no more launches and joins, and its GEMM kernels no more FMA loops that spill, than counts.json says; the
archive asks for nothing but the runtime's functions and the C library's copies of memory. counts.json only ever goes
down: who makes a count smaller writes the smaller number there.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import assembly

FEWEST_FMAS = 8  # below, a loop is an epilogue's
GEMMS = {"linear", "patch_conv", "linear_grad_weight", "patch_conv_grad_weight"}
ALLOWED = re.compile(r"^(cnx_rt_\w+|memcpy|memmove|memset|memcmp|strcmp|_GLOBAL_OFFSET_TABLE_)$")
JOIN = re.compile(r"^\t(?:callq|jmp)\t\*?(?:halide_do_par_for|cnx_rt_do_par_for)\b", re.MULTILINE)


def spilling_loops(dumps, kernels, level):
    """Descriptions of the loops, and how many were looked at."""
    seen, found = 0, []
    for kernel in kernels:
        if not GEMMS & {node["op"] for node in kernel["graph"]["nodes"]}:
            continue
        text = (dumps / f"{kernel['symbol']}.{level}.s").read_text()
        for function, fused, spills in assembly.fused_loops(text, FEWEST_FMAS):
            seen += 1
            if spills:
                found.append(f"{level} {function}: a loop of {fused} FMAs keeps registers on the stack: {spills[0]} ...")
    return found, seen


def joins(dumps, kernels, launches, level):
    """Parallel loops that a pass waits for: calls in the assembly, each of which a launch makes once."""
    calls = {k["symbol"]: len(JOIN.findall((dumps / f"{k['symbol']}.{level}.s").read_text())) for k in kernels}
    return sum(calls[launch["kernel"]] for launch in launches)


def foreign_symbols(archive):
    """What is undefined in a member and defined in none."""
    listing = subprocess.run(["nm", archive], check=True, capture_output=True, text=True).stdout
    symbols = [line.split()[-2:] for line in listing.splitlines() if len(line.split()) >= 2]
    defined = {symbol for kind, symbol in symbols if kind not in "Uw"}
    return sorted({symbol for kind, symbol in symbols if kind in "Uw"} - defined)


def main(cnx, model, levels, folder, options):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([cnx, "compile", model, "--cpu", levels, "-o", folder, "--dump-ir", folder / "dump", *options], check=True)
    manifest = json.loads((folder / f"{model}.json").read_text())
    direction = "train" if "--train" in options else "forward"
    program = next(program for program in manifest["programs"] if program["direction"] == direction)
    launches = program["launches"]
    used = {launch["kernel"] for launch in launches}
    kernels = [kernel for kernel in manifest["kernels"] if kernel["symbol"] in used]
    stored = json.loads((Path(__file__).parent / "counts.json").read_text())[" ".join([model, *options])]
    findings = []
    counts = {"launches": len(launches)}
    for level in levels.split(","):
        loops, seen = spilling_loops(folder / "dump/kernels", kernels, level)
        print(f"{model}: {seen} FMA loops in GEMM kernels", *loops, sep="\n")
        if not seen:
            findings.append(f"{level}: no loop with {FEWEST_FMAS} FMAs found in any GEMM kernel")
        counts[f"spilling_loops_{level}"] = len(loops)
        counts[f"joins_{level}"] = joins(folder / "dump/kernels", kernels, launches, level)
    for what, count in counts.items():
        print(f"{model}: {what} {count}, stored {stored[what]}")
        if count > stored[what]:
            findings.append(f"{what}: {count}, at most {stored[what]} (counts.json)")
    for symbol in foreign_symbols(folder / f"lib{model}.a"):
        checkpoints = "--train" in options and symbol.startswith("cnx_io_training_")
        if not ALLOWED.match(symbol) and not checkpoints:
            findings.append(f"lib{model}.a: needs {symbol}")
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), sys.argv[5:]))
