"""Measure ratios of CPU time: every contender in turn, again and again, on one thread."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tests.benchmarks.networks import Contender

__all__ = ["Outcome", "agreement", "interleaved", "outcome_of", "timer"]

Outcome = tuple[float, dict[str, Any]]
"""The cost of a step, and arrays by name: parameters after it, or gradients."""


def outcome_of(contender: Contender) -> Outcome | None:
    """Let a contender do one step; return what comes of it, if anything does."""
    cost = contender.step()
    if contender.found is None:
        return None
    return cost, {key: np.array(each) for key, each in contender.found().items()}


def agreement(outcomes: Mapping[str, Outcome], tolerance: float) -> str | None:
    """Return who disagrees on the cost or the gradients, if anybody.

    For a network the parameters are compared after the step: they differ by the gradients.
    """
    first: tuple[str, float, dict[str, Any]] | None = None
    for name, (cost, arrays) in outcomes.items():
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


def timer(run: Callable[[], object]) -> Callable[[int], float]:
    """Return what runs something so many times, and returns the seconds of CPU that one takes."""

    def seconds(calls: int) -> float:
        gc.collect()
        for _ in range(calls // 8):  # until the caches hold its data, not those of who was before
            run()
        began = time.process_time()
        for _ in range(calls):
            run()
        return (time.process_time() - began) / calls

    return seconds


def interleaved(
    timers: Mapping[str, Callable[[int], float]],
    seconds: float = 4.0,
    rounds: int = 15,
    advance: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Return the median CPU time of one call of each contender, in seconds.

    Parameters
    ----------
    timers : mapping of str to callable
        As of :func:`timer`, called in turn, so that a noisy moment of the machine meets all.
    seconds : float
        How long to measure, about.
    rounds : int
        How many times each has its turn.
    advance : callable
        Called after each round.
    """
    calls = {}
    for name, run in timers.items():
        run(1)
        calls[name] = max(1, int(seconds / rounds / len(timers) / max(run(1), 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in timers}
    for _ in range(rounds):
        for name, run in timers.items():
            times[name].append(run(calls[name]))
        advance()
    return {name: statistics.median(each) for name, each in times.items()}
