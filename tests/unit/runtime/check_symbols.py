#!/usr/bin/env python3
"""What the runtime's archives export and need: their own prefix, the C library, nothing that runs before main.

usage: check_symbols.py NM READELF ARCHIVE ..."""

import re
import subprocess
import sys
from pathlib import Path

# Strong symbols that an archive may define. Mangled ones are hidden, and in a namespace of its own.
EXPORTS = {
    "libcnx_rt.a": r"cnx_rt_\w+",
    "libcnx_io.a": r"cnx_(io|npy)_\w+|_ZNK?3cnx2io\w+",
    "libcnx_image.a": r"cnx_image_\w+|_ZNK?3cnx5image\w+",
}
# The C library and pthread, as far as the runtime uses them.
NEEDS = re.compile(
    r"cnx_\w+|_ZNK?3cnx(2io|5image)\w+|pthread_\w+|sig\w+|mem(cmp|cpy|move|set)|str(cmp|error|len|rchr)|v?snprintf|"
    r"malloc|calloc|realloc|free|aligned_alloc|qsort|getenv|open|close|write|unlink|rename|fsync|f?stat|getpid|"
    r"mmap|munmap|madvise|clock_gettime|sched_get(affinity|cpu)|__sched_cpu(alloc|count|free)|sysconf|"
    r"__errno_location|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__\w+_chk")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def check(nm, readelf, archive):
    exports = re.compile(EXPORTS[Path(archive).name])
    defined, needed, findings = set(), set(), []
    for line in run(nm, "--format=posix", archive).splitlines():
        fields = line.split()
        if len(fields) < 2 or len(fields[1]) != 1:
            continue
        name, kind = fields[0], fields[1]
        if kind == "U":
            needed.add(name)
        elif kind in "ABCDGRST":
            defined.add(name)
    findings += [f"{archive}: exports {name}" for name in sorted(defined) if not exports.fullmatch(name)]
    findings += [f"{archive}: needs {name}" for name in sorted(needed - defined) if not NEEDS.fullmatch(name)]
    for section in re.findall(r"\.(?:init_array|ctors|preinit_array)\S*", run(readelf, "-SW", archive)):
        findings.append(f"{archive}: runs code before main ({section})")
    if not any(name.startswith("cnx_") for name in defined):
        findings.append(f"{archive}: exports nothing; is nm broken?")
    return findings


def main():
    nm, readelf, *archives = sys.argv[1:]
    findings = [f for archive in archives for f in check(nm, readelf, archive)]
    print("\n".join(findings) or f"{len(archives)} archives keep to their symbols")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
