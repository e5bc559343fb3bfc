"""Finds loops in x86 assembly as LLVM prints it, and what in them touches the machine's stack."""

import re

LABEL = re.compile(r"^(\.L\w+):")
FUNCTION = re.compile(r"^(?!\.L)([\w.$\"]+):")
JUMP = re.compile(r"^\tj\w+\t(\.L\w+)")
VECTOR = re.compile(r"%[xyz]mm\d")
FUSED = re.compile(r"^\tvfn?m(add|sub)\w*p[sd]\b")
# A constant distance from the stack or frame pointer is a register's own place. An index in the operand is an array on
# the stack, which a kernel may have.
SPILL = r"-?\d*\(%({})\)"


def functions(text):
    """Name and lines of each function."""
    name, lines = None, []
    for line in text.splitlines():
        found = FUNCTION.match(line)
        if found:
            if name:
                yield name, lines
            name, lines = found.group(1), []
        elif name:
            lines.append(line)
    if name:
        yield name, lines


def innermost_loops(lines):
    """Line ranges, both ends included, from a label to the jump back to it, with no other such range inside."""
    labels, loops = {}, []
    for number, line in enumerate(lines):
        if found := LABEL.match(line):
            labels[found.group(1)] = number
        elif (found := JUMP.match(line)) and found.group(1) in labels:
            loops.append((labels[found.group(1)], number))
    return [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]


def spills(lines, first, last):
    """Vector instructions between the two lines that read or write a register's place on the stack."""
    pointers = "rsp|rbp" if any(re.match(r"^\tmovq\t%rsp, %rbp", line) for line in lines) else "rsp"
    place = re.compile(SPILL.format(pointers))
    return [line.strip() for line in lines[first : last + 1] if VECTOR.search(line) and place.search(line)]


def fused_loops(text, fewest):
    """(function, number of FMAs, spills) of each innermost loop with at least `fewest` vector FMAs."""
    for name, lines in functions(text):
        for first, last in innermost_loops(lines):
            fused = sum(bool(FUSED.match(line)) for line in lines[first : last + 1])
            if fused >= fewest:
                yield name, fused, spills(lines, first, last)
