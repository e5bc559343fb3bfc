#!/usr/bin/env python3
"""The peers' tables from numbers whose shares are plain: peers_report_test.py FOLDER_OF_REPORT_PY."""

import sys

sys.path.insert(0, sys.argv[1])
import report  # noqa: E402


def peer(seconds):
    return {
        "turns": [{"seconds": [seconds, 2 * seconds], "peak": 1e9}, {"seconds": [1.5 * seconds], "peak": 2e9}],
        "start": 0.25,
        "resident": 12e6,
        "difference": 1e-6,
    }


def cell(threads, mine, other):
    peers = {"cnx": peer(mine), "torch eager": peer(other)}
    return {"model": "convnext_tiny", "batch": 1, "threads": threads, "flops": 1e6, "foreign": [0.01, 0.03, 0.02],
            "peak_max": 2e9, "peers": peers}


one, two = cell(1, 0.000625, 0.001), cell(2, 0.0005, 0.00125)
# 1e6 operations in 1 ms of 2e9 a second; the fastest pass of all turns counts.
assert report.share(one["peers"]["torch eager"], one) == 0.5
assert abs(report.share(one["peers"]["cnx"], one) - 0.8) < 1e-12
# 1.5 ms in the middle of both turns.
assert abs(report.median_share(one["peers"]["torch eager"], one) - 1 / 3) < 1e-9

run = {"date": "2000-01-01", "processor": "P", "cores": 2, "level": "v4", "load": 0.5, "rounds": 2, "seconds": 1,
       "versions": {"torch": "1"}, "cells": [one, two]}
text = report.text(run)
assert "| torch eager | 1.00, 50 (33) | 1.25, 40 (27) |" in text, text
assert "| share of the gap to the peak that cnx closes | 60 % | 100 % |" in text, text
assert "| cnx | 1.25 |" in text and "| torch eager | 0.80 |" in text, text  # speed-ups
assert "| cnx | 0.25; 12 |" in text, text
assert "| others' share of the machine meanwhile | 2 % | 2 % |" in text, text
assert "all logits within 1e-06" in text and "Training" not in text, text

training = report.text(run | {"train": True})
assert "Training steps with AdamW." in training and "all losses of the first two steps within 1e-06" in training, training
assert "| resident, MB | tiny b1, 1 thread |" in training and "| cnx | 12 |" in training, training
