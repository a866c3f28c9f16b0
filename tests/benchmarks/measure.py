"""Measure ratios of CPU time: every contender in turn, again and again, on one thread."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping

__all__ = ["interleaved"]


def interleaved(
    contenders: Mapping[str, Callable[[], object]], seconds: float = 4.0, rounds: int = 15
) -> dict[str, float]:
    """Return the median CPU time of one call of each contender, in seconds.

    Parameters
    ----------
    contenders : mapping of str to callable
        Called in turn, so that a noisy moment of the machine meets all of them.
    seconds : float
        How long to measure, about.
    rounds : int
        How many times each has its turn, at least.
    """
    calls = {}
    for name, run in contenders.items():
        run()
        began = time.process_time()
        run()
        once = max(time.process_time() - began, 1e-7)
        calls[name] = max(1, int(seconds / rounds / len(contenders) / once))
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            began = time.process_time()
            for _ in range(calls[name]):
                run()
            times[name].append((time.process_time() - began) / calls[name])
    return {name: statistics.median(each) for name, each in times.items()}
