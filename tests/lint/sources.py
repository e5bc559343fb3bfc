"""The files that the lints read: what git tracks, or everything where there is no repository."""

import subprocess
from pathlib import Path

SKIPPED = {".git", "build", "__pycache__"}


def tracked(root):
    """Paths relative to root, sorted, that exist in the work tree."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
        paths = [Path(name) for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [p.relative_to(root) for p in Path(root).rglob("*") if not SKIPPED & set(p.relative_to(root).parts)]
    return sorted(p for p in paths if (Path(root) / p).is_file())


def inside(path, folders):
    """Whether path is in one of the folders, or is one of them."""
    return any(path == Path(f) or Path(f) in path.parents for f in folders)


def main(check, root):
    """Prints what check(root) finds, one a line; the exit status says whether it found anything."""
    findings = check(Path(root))
    for finding in findings:
        print(finding)
    return 1 if findings else 0
