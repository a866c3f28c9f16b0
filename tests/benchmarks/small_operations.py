"""What recording costs: microseconds of CPU for one small operation, forward and backward."""

from __future__ import annotations

import statistics
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

import autograd_mini as ag

__all__ = ["table_of_small_operations"]


def _engine(n: int, shape: tuple[int, ...]) -> float:
    t = ag.tensor(np.ones(shape), requires_grad=True)
    return _chain(t, n, np.ones(shape))


def _torch(n: int, shape: tuple[int, ...]) -> float:
    import torch

    torch.set_num_threads(1)
    t = torch.ones(shape, dtype=torch.float64, requires_grad=True)
    return _chain(t, n, torch.ones(shape, dtype=torch.float64))


def _chain(t: Any, n: int, seed: Any) -> float:
    began = time.process_time()
    y = t
    for _ in range(n):
        y = y * 1.0001
    y.backward(seed)
    return (time.process_time() - began) / n * 1e6


def table_of_small_operations() -> list[list[str]]:
    """Return microseconds an operation, by length of the chain, ours and torch's."""
    rows = [["shape", "operations", "ours, µs", "torch, µs", "ratio"]]
    theirs = bool(find_spec("torch"))
    for shape in ((), (10,)):
        for n in (10, 1_000, 100_000, 1_000_000):
            repeats = max(3, 20_000 // n)
            pairs = [
                (_engine(n, shape), _torch(n, shape) if theirs else float("nan"))
                for _ in range(repeats)
            ]
            ours, torch = (statistics.median(each) for each in zip(*pairs, strict=True))
            rows.append(
                [str(shape), f"{n:,}", f"{ours:.2f}", f"{torch:.2f}", f"{ours / torch:.2f}"]
            )
    return rows
