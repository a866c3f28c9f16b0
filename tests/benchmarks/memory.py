"""Memory of a training step: its peak over the activations of the network."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.benchmarks.networks import parameters
from tests.benchmarks.ours import network_cost

__all__ = ["peaks_over_activations"]


def peaks_over_activations(layers: int = 20, width: int = 64, m: int = 4096) -> dict[str, float]:
    """Return the peak memory of forward and backward over the bytes of A1 … AL, by way of running.

    All that a program keeps between calls counts as well.
    """
    p = parameters([width] * (layers + 1) + [1], np.float64)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((width, m)), rng.integers(0, 2, (1, m)) * 1.0

    def step(p: Any, X: Any, Y: Any) -> Any:
        return ag.value_and_grad(lambda params: network_cost(params, X, Y, "relu"))(p)

    ways: dict[str, Callable[..., Any]] = {
        "ours, as recorded": lambda f: f,
        "ours, compiled": ag.compile,
        "ours, compiled, numba": ag.compile(backend="numba"),
    }
    activations = layers * width * m * 8
    peaks = {}
    for name, way in ways.items():
        way(step)(p, X, Y)  # what numba itself takes is no business of a step's
        peaks[name] = _peak(way(step), p, X, Y) / activations
    return peaks


def _peak(run: Callable[..., Any], *args: Any) -> int:
    gc.collect()
    tracemalloc.start()
    for _ in range(2):
        run(*args)
    gc.collect()
    tracemalloc.reset_peak()
    run(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    for name, peak in peaks_over_activations().items():
        print(f"{name:24} {peak:.2f}")
