"""Measure ratios of CPU time: every contender in turn, again and again, on one thread."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.benchmarks.networks import Contender

__all__ = ["agreement", "interleaved"]


def agreement(contenders: Mapping[str, Contender], tolerance: float) -> str | None:
    """Let everybody do one step; return who disagrees on the cost or the gradients, if anybody.

    For a network the parameters are compared after the step: they differ by the gradients.
    """
    first: tuple[str, float, dict[str, Any]] | None = None
    for name, (step, found) in contenders.items():
        cost = step()
        arrays = {key: np.array(each) for key, each in found().items()}
        if first is None:
            first = name, cost, arrays
            continue
        base, expected, theirs = first
        if not np.isclose(cost, expected, rtol=tolerance, atol=tolerance):
            return f"{name} finds the cost {cost}, {base} {expected}"
        for key, each in theirs.items():
            largest = np.max(np.abs(each)) + 1e-300
            apart = np.max(np.abs(arrays[key].reshape(each.shape) - each)) / largest
            if not apart <= tolerance:
                return f"{name} and {base} differ in {key} by {apart:.1e} of its largest entry"
    return None


def interleaved(
    contenders: Mapping[str, Callable[[], object]],
    seconds: float = 4.0,
    rounds: int = 15,
    advance: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Return the median CPU time of one call of each contender, in seconds.

    Parameters
    ----------
    contenders : mapping of str to callable
        Called in turn, so that a noisy moment of the machine meets all of them.
    seconds : float
        How long to measure, about.
    rounds : int
        How many times each has its turn.
    advance : callable
        Called after each round.
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
        advance()
    return {name: statistics.median(each) for name, each in times.items()}
