#!/usr/bin/env python3
"""The Markdown tables of a run's numbers (measure.py --json), on stdout."""

import json
import statistics
import sys
from pathlib import Path


def share(result, cell):
    """The fastest pass against the highest peak: never flatters."""
    return cell["flops"] / min(min(turn["seconds"]) for turn in result["turns"]) / cell["peak_max"]


def median_share(result, cell):
    """The middle turn's middle pass; against the same peak, since a neighbour can spoil a sample of a millisecond."""
    middle = statistics.median(statistics.median(turn["seconds"]) for turn in result["turns"])
    return cell["flops"] / middle / cell["peak_max"]


def fastest(result):
    return min(min(turn["seconds"]) for turn in result["turns"])


def heading(cell):
    return f"{cell['model'].removeprefix('convnext').removeprefix('_')} b{cell['batch']}, {cell['threads']} thread{'s' * (cell['threads'] > 1)}"


def table(rows):
    return [f"| {' | '.join(row)} |" for row in rows[:1]] + ["|" + " --- |" * len(rows[0])] + [
        f"| {' | '.join(row)} |" for row in rows[1:]
    ]


def speeds(run, peers):
    cells = run["cells"]
    rows = [["best ms, % of peak (median %)"] + [heading(cell) for cell in cells]]
    for peer in peers:
        row = [peer]
        for cell in cells:
            result = cell["peers"].get(peer)
            row.append(
                f"{fastest(result) * 1e3:.2f}, {100 * share(result, cell):.0f} ({100 * median_share(result, cell):.0f})"
                if result
                else ""
            )
        rows.append(row)
    gap = ["share of the gap to the peak that cnx closes"]
    for cell in cells:
        others = [share(result, cell) for peer, result in cell["peers"].items() if peer != "cnx"]
        mine = share(cell["peers"]["cnx"], cell)
        gap.append(f"{100 * (mine - max(others)) / (1 - max(others)):.0f} %" if others else "")
    rows.append(gap)
    rows.append(["FMA peak, GFLOP/s: median (lowest to highest)"])
    for cell in cells:
        peaks = [turn["peak"] for result in cell["peers"].values() for turn in result["turns"]]
        rows[-1].append(f"{statistics.median(peaks) / 1e9:.0f} ({min(peaks) / 1e9:.0f} to {cell['peak_max'] / 1e9:.0f})")
    rows.append(["others' share of the machine meanwhile"])
    rows[-1] += [f"{100 * statistics.median(cell['foreign']):.0f} %" for cell in cells]
    return table(rows)


def scaling(run, peers):
    """One thread's time over that of more."""
    single = {(c["model"], c["batch"]): c for c in run["cells"] if c["threads"] == 1}
    pairs = [(single[key], c) for c in run["cells"] if c["threads"] > 1 and (key := (c["model"], c["batch"])) in single]
    if not pairs:
        return []
    rows = [["speed-up over one thread"] + [heading(more) for _, more in pairs]]
    for peer in peers:
        rows.append([peer])
        for one, more in pairs:
            both = peer in one["peers"] and peer in more["peers"]
            rows[-1].append(f"{fastest(one['peers'][peer]) / fastest(more['peers'][peer]):.2f}" if both else "")
    return [""] + table(rows)


def starts(run, peers):
    cells = [c for c in run["cells"] if c["threads"] == 1 and c["batch"] == min(d["batch"] for d in run["cells"])]
    train = run.get("train", False)
    rows = [["resident, MB" if train else "start to first logits, s; resident, MB"] + [heading(cell) for cell in cells]]
    for peer in peers:
        rows.append([peer])
        for cell in cells:
            result = cell["peers"].get(peer)
            start = "" if train or not result else f"{result['start']:.2f}; "
            rows[-1].append(f"{start}{result['resident'] / 1e6:.0f}" if result else "")
    return [""] + table(rows) if cells else []


def text(run):
    peers = list(dict.fromkeys(peer for cell in run["cells"] for peer in cell["peers"]))
    versions = ", ".join(f"{peer} {version}" for peer, version in run["versions"].items())
    worst = max(result["difference"] for cell in run["cells"] for result in cell["peers"].values())
    train = run.get("train", False)
    what, judged = ("Training steps with AdamW. ", "losses of the first two steps") if train else ("", "logits")
    lines = [
        f"{run['date']}, {run['processor']}, {run['cores']} cores, level {run['level']}, load when started {run['load']:.1f}. {what}{versions}.",
        f"The {run['rounds']} quietest rounds, {run['seconds']:g} s or a {'step' if train else 'pass'} for each in turn; all {judged} within {worst:.0e} of PyTorch's, relative to the largest.",
        "",
    ]
    return "\n".join(lines + speeds(run, peers) + scaling(run, peers) + starts(run, peers)) + "\n"


if __name__ == "__main__":
    print(text(json.loads(Path(sys.argv[1]).read_text())), end="")
