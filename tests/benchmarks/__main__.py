"""Measure everything: ``python -m tests.benchmarks [W1 W3 …] [--write docs]``."""

from __future__ import annotations

import os

os.environ.update(
    OPENBLAS_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    MKL_NUM_THREADS="1",
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
)  # before anybody loads

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks.measure import agreement, interleaved
from tests.benchmarks.memory import peaks_over_activations
from tests.benchmarks.ours import compiled, recorded
from tests.benchmarks.report import CONTENDERS, Row, write
from tests.benchmarks.small_operations import table_of_small_operations
from tests.benchmarks.worker import Worker
from tests.benchmarks.workloads import NETWORKS, WORKLOADS

ROUNDS = 15
REPEATS = 5
CORETYPE = "SkylakeX"
WITH_CORETYPE = ("handtuned", "ours, compiled")


def run(name: str, seconds: float, progress: Progress, only: tuple[str, ...] = ()) -> Row:
    """Measure one workload, once all agree."""
    workload = WORKLOADS[name]()
    wanted = [key for key in workload.contenders if not only or key in only]
    task = progress.add_task(name, total=len(wanted) + ROUNDS)
    with ExitStack() as stack:
        workers, outcomes = {}, {}
        for key in wanted:
            progress.update(task, description=f"{name} {key}")
            workers[key] = stack.enter_context(closing(Worker(name, key)))
            outcome = workers[key].outcome()
            if outcome is not None:
                outcomes[key] = outcome
            progress.advance(task)
        quarrel = agreement(outcomes, workload.tolerance)
        if quarrel:
            sys.exit(f"{name}: {quarrel}")
        progress.update(task, description=f"{name} measure")
        timers = {key: each.time for key, each in workers.items()}
        times = interleaved(timers, seconds, ROUNDS, lambda: progress.advance(task))
    progress.remove_task(task)
    base = times.get(workload.base, 1e-3)  # else milliseconds
    return name, workload.title, {key: each / base for key, each in times.items()}, base * 1e3


def with_coretype(names: list[str], seconds: float, rows: list[Row]) -> list[list[str]]:
    """Measure the two again in a process whose OpenBLAS is told what it runs on."""
    if not _has_avx512():
        return []
    command = [sys.executable, "-m", "tests.benchmarks", *names, "--seconds", str(seconds)]
    found = subprocess.run(
        [*command, "--json", "--only", *WITH_CORETYPE],
        env={**os.environ, "OPENBLAS_CORETYPE": CORETYPE},
        capture_output=True,
        text=True,
        check=True,
    )
    plain = {name: milliseconds for name, _, _, milliseconds in rows}
    again = {name: ratios for name, _, ratios, _ in json.loads(found.stdout)}
    title = f"`OPENBLAS_CORETYPE={CORETYPE}`, over plain handwritten"
    return [
        [title, *names],
        *(
            [key, *(f"{again[name][key] / plain[name]:.2f}" for name in names)]
            for key in WITH_CORETYPE
        ),
    ]


def _has_avx512() -> bool:
    try:
        return "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def forget_loops() -> None:
    """Have numba compile again what it has compiled for other programs."""
    if find_spec("numba"):
        import_module("autograd_mini.compile.fused")._compiled.cache_clear()
        import_module("autograd_mini.compile.looping.products")._for_dtype.cache_clear()


def times_to_compile() -> list[list[str]]:
    """Return how long the first call takes, by workload and backend."""
    rows = [["", "one uncompiled step", "compiled, numpy", "in such steps", "compiled, numba"]]
    for name, (title, net) in NETWORKS.items():
        eager = recorded(net).step
        step = statistics.median(_seconds_of(eager) for _ in range(60))
        firsts = {}
        for backend in ("numpy", "numba"):
            found = []
            for _ in range(REPEATS):
                contender = compiled(backend)(net)
                forget_loops()
                found.append(_seconds_of(contender.step))
            firsts[backend] = statistics.median(found)
        first = firsts["numpy"]
        rows.append([
            f"{name} {title}", f"{step * 1e3:.3g} ms", f"{first * 1e3:.3g} ms",
            f"{first / step:.1f}", f"{firsts['numba'] * 1e3:.0f} ms",
        ])  # fmt: skip
    return rows


def _seconds_of(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def versions() -> str:
    """Return the versions of the others."""
    found = []
    for name in ("numba", "torch", "jax", "autograd", "mygrad"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def show(console: Console, rows: list[Row]) -> None:
    """Print the table."""
    table = Table("", *(name for name, _, _, _ in rows))
    for key in CONTENDERS:
        cells = [f"{ratios[key]:.3f}" if key in ratios else "—" for _, _, ratios, _ in rows]
        table.add_row(key, *cells, style="bold" if key.startswith("ours") else None)
    table.add_row("1 is (ms)", *(f"{milliseconds:.3f}" for _, _, _, milliseconds in rows))
    console.print(table)


def main() -> None:
    """Measure what was asked for, and print or write it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", choices=[*WORKLOADS, []], metavar="W1 … W6")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each workload")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="a page and a plot")
    parser.add_argument("--only", nargs="*", default=(), help="contenders, by name")
    parser.add_argument("--json", action="store_true", help="rows on standard output")
    given = parser.parse_args()
    names = given.workloads or list(WORKLOADS)
    console = Console(stderr=given.json)
    with Progress(console=console, transient=True) as progress:
        rows = [run(name, given.seconds, progress, tuple(given.only)) for name in names]
        if given.json:
            print(json.dumps(rows))
            return
        show(console, rows)
        if not given.write:
            return
        matrices = [name for name in names if name in NETWORKS]
        task = progress.add_task("the rest", total=4)
        extra: dict[str, Any] = {"versions": versions(), "absent": _absent(rows)}
        extra["coretype"] = with_coretype(matrices, given.seconds / 2, rows)
        progress.advance(task)
        extra["small"] = table_of_small_operations()
        progress.advance(task)
        peaks = peaks_over_activations()
        extra["memory"] = [[*peaks], [f"{each:.2f}" for each in peaks.values()]]
        progress.advance(task)
        extra["compile"] = times_to_compile()
        progress.advance(task)
        write(given.write, rows, extra)
    for key in ("coretype", "small", "memory", "compile"):
        for row in extra[key]:
            console.print("  ".join(f"{cell:>12}" for cell in row))


def _absent(rows: list[Row]) -> str:
    """Say who is missing from the table, and why."""
    measured = {key for _, _, ratios, _ in rows for key in ratios}
    missing = [key for key in CONTENDERS if key not in measured]
    lines = [f"- Not installed here: {', '.join(missing)}.\n"] if missing else []
    if any(name == "W5" for name, _, _, _ in rows):
        lines.append(
            "- `torch.compile` is not asked for W5, a thousand operations on single numbers; numba "
            "has nothing\n  to add to Python floats there.\n"
        )
    return "".join(lines)


if __name__ == "__main__":
    main()
