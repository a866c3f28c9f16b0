"""One array in two places is one array, for a function that asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def decay(p: Any) -> Any:
    """Add up the squares of tied weights once."""
    seen, total = set(), 0.0
    for value in p.values():
        if id(value) not in seen:
            seen.add(id(value))
            total = total + np.sum(value**2)
    return total


def same(p: Any) -> Any:
    a, b = p["enc"], p["dec"]
    return a * 2 if a is b else a * 3


def same_entries(p: Any) -> Any:
    return p["enc"] * 2 if p["enc"] is p["dec"] else p["enc"] * 3


def shared(p: Any) -> Any:
    return p["enc"] * 2 if np.shares_memory(p["enc"], p["dec"]) else p["enc"] * 3


def other_inside(p: Any) -> Any:
    return [a * 2 for a in p.values() if not any(a is not b for b in p.values())] or [p["dec"]]


ASKING = {each.__name__: each for each in (decay, same, same_entries, shared, other_inside)}


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 1, 0, 0, 1)])
def test_tied_arrays_are_one_array(name: str, backend: str, order: tuple[int, ...]) -> None:
    f = ASKING[name]
    W = np.array([1.0, 2.0])
    calls = [{"enc": W, "dec": W.copy()}, {"enc": W, "dec": W}]
    compiled = ag.compile(f, backend=backend)
    for k in order:
        found, expected = compiled(calls[k]), f(calls[k])
        if not isinstance(expected, list):
            found, expected = [found], [expected]
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one.numpy(), other)
    assert "recorded once" in repr(compiled)


def test_who_does_not_ask_is_not_slowed_down() -> None:
    def step(p: Any, rate: Any, final: Any = None) -> Any:
        if final is not None and type(rate) is int:
            return None
        return p["enc"] * rate

    compiled = ag.compile(step)
    W = np.ones((4, 2))
    for _ in range(2):
        compiled({"enc": W[:2], "dec": W[:2]}, np.float64(2.0))
    assert not compiled._last.changed
