"""Memory of a recorded step: its peak over the activations of the network."""

from __future__ import annotations

import tracemalloc

import numpy as np

import autograd_mini as ag
from tests.benchmarks.workloads import _parameters, network_cost

__all__ = ["peak_over_activations"]


def peak_over_activations(layers: int = 20, width: int = 64, m: int = 4096) -> float:
    """Return the peak memory of forward and backward over the bytes of A1 … AL."""
    p = _parameters([width] * (layers + 1) + [1], np.float64)
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((width, m)), rng.integers(0, 2, (1, m)) * 1.0
    step = ag.value_and_grad(lambda params: network_cost(params, X, Y, "relu"))
    step(p)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    step(p)
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak / (layers * width * m * 8)


if __name__ == "__main__":
    print(f"peak / activations: {peak_over_activations():.2f}")
