"""What recording costs: microseconds of CPU for one small operation, forward and backward."""

from __future__ import annotations

import statistics
import time
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


def table_of_small_operations() -> str:
    """Return microseconds an operation, by length of the chain, ours and torch's."""
    lines = ["shape  operations  ours µs  torch µs  ratio"]
    for shape in ((), (10,)):
        for n in (10, 1_000, 100_000, 1_000_000):
            repeats = max(3, 20_000 // n)
            pairs = [(_engine(n, shape), _torch(n, shape)) for _ in range(repeats)]
            ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
            lines.append(f"{shape!s:6} {n:10}  {ours:7.2f}  {theirs:8.2f}  {ours / theirs:5.2f}")
    return "\n".join(lines)
