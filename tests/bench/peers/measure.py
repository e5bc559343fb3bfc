#!/usr/bin/env python3
"""Measures cnx and its peers in turn on this machine and prints Markdown tables; see README.md."""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

QUIET = 0.05  # share of the machine that other processes may take in a round
SETTLE = 0.1  # seconds after a turn: threads that still look for work would take from the next sample and turn
MOST_ROUNDS = 3  # times those asked for, in search of quiet ones

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
WORKERS = HERE / "workers"
PEERS = {
    "cnx": None,
    "torch eager": ("torch_peer.py", "eager"),
    "torch channels_last": ("torch_peer.py", "channels_last"),
    "torch.compile, freezing": ("torch_peer.py", "compile"),
    "ONNX Runtime": ("onnxruntime_peer.py",),
    "OpenVINO": ("openvino_peer.py",),
    "XLA": ("xla_peer.py",),
}
TRAINING_PEERS = {
    "cnx": None,
    "torch eager": ("torch_train_peer.py", "eager"),
    "torch channels_last": ("torch_train_peer.py", "channels_last"),
}
MODULES = {"ONNX Runtime": "onnxruntime", "OpenVINO": "openvino", "XLA": "jax"}
# Where a narrower level is asked for: these listen.
HELD_TO_V3 = {"CNX_RT_ISA": "v3", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}


class Talker:
    """A process that answers a line with a line."""

    def __init__(self, command, cores, environment):
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[:2]} ended with {self.process.wait()}")
        return line.split()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.read()

    def resident(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Run:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.peers = TRAINING_PEERS if options.train else PEERS
        self.cores = sorted(os.sched_getaffinity(0))
        self.environment = dict(os.environ) | (HELD_TO_V3 if options.level == "v3" else {"CNX_RT_ISA": options.level})
        self.versions = {}

    def build(self, *command):
        subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)

    def build_peak(self):
        self.peak_program = self.folder / "peak"
        tools = ROOT / "compiler/tools"
        self.build(self.options.cxx, "-std=c++20", "-O2", "-I", ROOT, WORKERS / "peak.cpp", tools / "FmaPeak.cpp",
                   tools / "Cores.cpp", "-pthread", "-o", self.peak_program)

    def prepare(self, model):
        folder = self.folder / model
        folder.mkdir()
        batches = ",".join(map(str, self.options.batches))
        train = self.options.train
        self.build(self.options.python, HERE / "prepare.py", model, folder, batches, *["train"] * train)
        self.build(self.options.cnx, "compile", folder / "model.safetensors", "--name", "model", "--batch", batches,
                   "--cpu", self.options.level, *["--train"] * train, "-o", folder / "cnx")
        installed = Path(self.options.cnx).resolve().parent.parent
        libraries = installed / self.options.libdir
        self.build(self.options.cc, "-O2", "-I", folder / "cnx", "-I", installed / "include",
                   WORKERS / ("cnx_train_worker.c" if train else "cnx_worker.c"), folder / "cnx/libmodel.a",
                   *[libraries / "libcnx_io.a"] * train, libraries / "libcnx_rt.a", "-pthread", "-lm",
                   "-o", folder / "cnx_worker")
        return folder, json.loads((folder / "facts.json").read_text())

    def start(self, peer, model, folder, batch, threads):
        """The worker, and what its start showed."""
        output = folder / "output.f32"  # of one worker at a time
        output.unlink(missing_ok=True)
        cell = [folder, batch, threads, output]
        if self.peers[peer]:
            script, *mode = self.peers[peer]
            command = [self.options.python, WORKERS / script, *cell, *([model, *mode] if mode else [])]
        else:
            command = [folder / "cnx_worker", *cell, folder / "cnx/model.weights"]
        environment = self.environment | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        begin = time.perf_counter()
        worker = Talker(command, self.cores[:threads], environment)
        ready = worker.read()
        facts = {"start": time.perf_counter() - begin, "resident": worker.resident(), "turns": []}
        self.versions[peer.split(" ")[0].split(".")[0] if peer.startswith("torch") else peer] = ready[1]
        judged = "losses" if self.options.train else "logits"
        facts["difference"] = difference(output, folder / f"{judged}.b{batch}.f32")
        if not facts["difference"] < 1e-4:
            raise RuntimeError(f"{peer}: {judged} differ from PyTorch's by {facts['difference']:.1e}")
        return worker, facts

    def started(self, peer, model, folder, batch, threads):
        """The worker of a cell; where its start is reported, the quickest of three."""
        worker, facts = self.start(peer, model, folder, batch, threads)
        quickest = facts["start"]
        if threads == 1 and batch == min(self.options.batches) and "compile" not in peer and not self.options.train:
            for _ in range(2):
                worker.end()
                worker, facts = self.start(peer, model, folder, batch, threads)
                quickest = min(quickest, facts["start"])
        return worker, facts | {"start": quickest}

    def round(self, workers, peak):
        """A turn of each, between samples of the peak, and what share of the machine others took meanwhile."""
        processes = [worker.process.pid for worker in [*workers.values(), peak]]
        machine, own, begin = busy_seconds(), sum(map(cpu_seconds, processes)), time.monotonic()
        turns, before = {}, float(peak.ask("")[0])
        for peer, worker in workers.items():
            seconds = [float(each) for each in worker.ask(f"run {self.options.seconds}")]
            time.sleep(SETTLE)
            after = float(peak.ask("")[0])
            turns[peer] = {"seconds": seconds, "peak": (before + after) / 2, "peak_max": max(before, after)}
            before = after
        foreign = busy_seconds() - machine - (sum(map(cpu_seconds, processes)) - own)
        return max(0.0, foreign) / (time.monotonic() - begin) / os.cpu_count(), turns

    def quiet_rounds(self, workers, peak):
        """The quietest rounds; more are run while others use the machine."""
        rounds, wanted = [], self.options.rounds
        while sum(share < QUIET for share, _ in rounds) < wanted and len(rounds) < MOST_ROUNDS * wanted:
            rounds.append(self.round(workers, peak))
        rounds.sort(key=lambda each: each[0])
        return rounds[:wanted]

    def cell(self, model, folder, flops, batch, threads):
        peak = Talker([self.peak_program, self.options.level, *self.cores[:threads]], self.cores[:threads], self.environment)
        workers, results = {}, {}
        for peer in self.options.peers:
            note(f"{model} batch {batch}, {threads} thread(s): starting {peer}")
            workers[peer], results[peer] = self.started(peer, model, folder, batch, threads)
        for worker in workers.values():
            worker.ask("run 0.3")
        rounds = self.quiet_rounds(workers, peak)
        for worker in [*workers.values(), peak]:
            worker.end()
        for peer, result in results.items():
            result["turns"] = [turns[peer] for _, turns in rounds]
            note(f"  {peer}: {report.fastest(result) * 1e3:.2f} ms")
        return {
            "model": model,
            "batch": batch,
            "threads": threads,
            "flops": flops,
            "foreign": [share for share, _ in rounds],
            "peak_max": max(turn["peak_max"] for _, turns in rounds for turn in turns.values()),
            "peers": results,
        }


def busy_seconds():
    """That all processes have computed, on all cores."""
    user, nice, system, _, _, interrupts, soft = map(int, Path("/proc/stat").read_text().split(None, 8)[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def cpu_seconds(process):
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def difference(actual, expected):
    """Largest difference over the largest magnitude."""
    import array

    def floats(path):
        return array.array("f", Path(path).read_bytes())

    a, b = floats(actual), floats(expected)
    return max(abs(x - y) for x, y in zip(a, b, strict=True)) / max(map(abs, b))


def note(text):
    print(text, file=sys.stderr, flush=True)


def installed(python, peers):
    missing = [p for p in peers if p in MODULES and subprocess.run(
        [python, "-c", f"import {MODULES[p]}"], capture_output=True).returncode]
    for peer in missing:
        note(f"{peer} is not installed for {python} and is left out")
    return [peer for peer in peers if peer not in missing]


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ", 1)[1]
    return "unknown processor"


def parse():
    def numbers(text):
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cnx", default=os.environ.get("CNX", "cnx"), help="the compiler, in a build's or an installation's bin")
    parser.add_argument("--libdir", default="lib", help="where libcnx_rt.a is beside that bin")
    parser.add_argument("--python", default=sys.executable, help="the one that has the frameworks")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--train", action="store_true", help="training steps in place of passes")
    parser.add_argument("--models", default="convnext_atto,convnext_tiny", type=lambda text: text.split(","))
    parser.add_argument("--batches", default="1,8", type=numbers)
    parser.add_argument("--threads", default="1,2", type=numbers)
    parser.add_argument("--level", default="v4", choices=["v3", "v4"])
    parser.add_argument("--peers", type=lambda text: text.split(";"), help="separated by ';'; all that there are")
    parser.add_argument("--rounds", default=8, type=int)
    parser.add_argument("--seconds", default=0.5, type=float, help="of a turn")
    parser.add_argument("--json", type=Path, help="file for the numbers; report.py makes the tables again")
    options = parser.parse_args()
    known = TRAINING_PEERS if options.train else PEERS
    options.peers = options.peers or list(known)
    if unknown := [peer for peer in options.peers if peer not in known]:
        parser.error(f"--peers: found {unknown[0]}, expected some of {'; '.join(known)}")
    if options.level == "v3":
        options.peers = [peer for peer in options.peers if peer == "cnx" or peer.startswith("torch")]
    options.peers = installed(options.python, options.peers)
    return options


def main():
    options = parse()
    record = {
        "date": datetime.date.today().isoformat(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "level": options.level,
        "train": options.train,
        "load": os.getloadavg()[0],
        "rounds": options.rounds,
        "seconds": options.seconds,
        "cells": [],
    }
    with tempfile.TemporaryDirectory(prefix="cnx-peers-") as name:
        run = Run(options, Path(name))
        run.build_peak()
        for model in options.models:
            folder, facts = run.prepare(model)
            for batch in options.batches:
                for threads in options.threads:
                    record["cells"].append(run.cell(model, folder, facts["flops"][str(batch)], batch, threads))
                    record["versions"] = run.versions
                    if options.json:
                        options.json.write_text(json.dumps(record))
    print(report.text(record), end="")


if __name__ == "__main__":
    main()
