"""Print the table: ``python -m tests.benchmarks [W1 W3 …]``, one thread, CPU time."""

from __future__ import annotations

import os
import sys

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from tests.benchmarks.measure import interleaved  # noqa: E402 - threads are set first
from tests.benchmarks.small_operations import table_of_small_operations  # noqa: E402
from tests.benchmarks.workloads import WORKLOADS  # noqa: E402


def main(wanted: list[str]) -> None:
    """Measure what was asked for and print it."""
    for name, make in WORKLOADS.items():
        if wanted and name.split()[0] not in wanted:
            continue
        steps = make()
        costs = {each: float(step()) for each, step in steps.items()}
        first = next(iter(costs.values()))
        if any(abs(cost - first) > 1e-4 * max(1.0, abs(first)) for cost in costs.values()):
            sys.exit(f"{name}: the contenders disagree on the cost: {costs}")
        times = interleaved(steps)
        base = next(iter(times))
        row = "  ".join(f"{each} {times[each] / times[base]:.2f}" for each in times)
        print(f"{name:16} {row}   ({base} {times[base] * 1e3:.3f} ms)", flush=True)
    if not wanted or "small" in wanted:
        print(table_of_small_operations())


if __name__ == "__main__":
    main(sys.argv[1:])
