"""Whoever writes into what at random: the gradient of the recorded values, or an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

LARGE = 9_000  # entries; more bytes than are copied

USES: list[Callable[[Any, Any], Any]] = [
    lambda w, t: np.sum(w * t),
    lambda w, t: np.sum(t * w),
    lambda w, t: np.sum(np.multiply(w, t)),
    lambda w, t: np.einsum("i,i->", w, t),
    lambda w, t: np.dot(w, t),
]
"""All have the gradient t by w, and that of ``w * w`` is 2 w."""


def into_data(t: Any, known: list[Any]) -> None:
    t.data[7] += 1.0


def into_an_array_that_stays_known(t: Any, known: list[Any]) -> None:
    known.append(t.numpy())
    known[-1][7] *= 2.0


def into_what_is_known(t: Any, known: list[Any]) -> None:
    for each in known:
        each[5] += 1.0


def into_an_array_of_it(t: Any, known: list[Any]) -> None:
    if not t.requires_grad:
        known.append(np.asarray(t))
        known[-1][2] += 1.0


def an_entry(t: Any, known: list[Any]) -> None:
    if not t.requires_grad:
        t[11] = 5.0


def in_place(t: Any, known: list[Any]) -> None:
    with ag.no_grad():
        t -= 0.1


def through_a_view(t: Any, known: list[Any]) -> None:
    if not t.requires_grad:
        part = t[3:9]
        part += 1.0


def into_what_is_detached(t: Any, known: list[Any]) -> None:
    t.detach()[3] = 4.0


def new_data(t: Any, known: list[Any]) -> None:
    t.data = t.numpy() * 2.0


WRITES = [
    into_data, into_an_array_that_stays_known, into_what_is_known, into_an_array_of_it, an_entry,
    in_place, through_a_view, into_what_is_detached, new_data,
]  # fmt: skip


class Program:
    """Tensors, arrays that share their memory, and graphs with the gradients they should have."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.known: dict[int, list[Any]] = defaultdict(list)
        self.w = ag.tensor(self.rng.normal(size=LARGE), requires_grad=True)
        self.tensors = [self.w, *(self.tensor() for _ in range(self.rng.integers(1, 4)))]
        self.graphs: list[tuple[Any, Any]] = []
        for _ in range(12):
            steps = [self.record, self.record, self.write, self.write, self.backward, self.forget]
            steps[self.rng.integers(len(steps))]()
        self.backward()

    def tensor(self) -> Any:
        """Return a tensor whose array others know, know a part of, or do not know."""
        a, requires_grad = self.rng.normal(size=LARGE), bool(self.rng.integers(2))
        kind = self.rng.integers(4)
        if kind == 0:
            return ag.tensor(a) * 2.0
        made = ag.tensor(a, requires_grad=requires_grad)
        self.known[id(made)] = [[a], [a[3:]], []][kind - 1]
        return made

    def any(self) -> Any:
        return self.tensors[self.rng.integers(len(self.tensors))]

    def record(self) -> None:
        cost, expected = 0.0, np.zeros(LARGE)
        for _ in range(self.rng.integers(1, 4)):
            t = self.any()
            expected += (2 if t is self.w else 1) * t._value
            cost = cost + USES[self.rng.integers(len(USES))](self.w, t)
        self.graphs.append((cost, expected))

    def write(self) -> None:
        t = self.any()
        try:
            WRITES[self.rng.integers(len(WRITES))](t, self.known[id(t)])
        except ValueError as error:
            if "read-only" not in str(error):
                raise

    def forget(self) -> None:
        self.known[id(self.any())].clear()
        del self.graphs[: self.rng.integers(2)]

    def backward(self) -> None:
        for cost, expected in self.graphs:
            for t in self.tensors:
                t.zero_grad()
            try:
                cost.backward()
            except ag.ChangedInPlaceError:
                assert self.w.grad is None
            else:
                np.testing.assert_allclose(self.w.grad.data, expected, atol=1e-12)


@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_the_gradient_is_of_the_values_that_were_recorded_or_there_is_none(first: int) -> None:
    for seed in range(first, first + 50):
        Program(seed)
