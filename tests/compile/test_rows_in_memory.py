"""Whether reshape shows memory or copies it depends on how an array lies there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def read_after_the_array_is_written(p: Any) -> Any:
    r = p.ravel()
    p *= 2
    return r.sum()


def written_and_the_array_read(p: Any) -> Any:
    r = p.reshape(-1)
    r *= 2
    return p * 1


def of_a_transpose(p: Any) -> Any:
    r = p.T.ravel()
    p += 1
    return r * 1


def written_of_a_transpose(p: Any) -> Any:
    r = p.T.reshape(2, -1)
    r[1] = 7
    return p * 1, r * 1


def a_part_of_it(p: Any) -> Any:
    r = np.ravel(p)[2:5]
    r += 1
    return p.sum(axis=0)


def of_what_is_computed(p: Any) -> Any:
    z = p * 2
    r = z.ravel()
    r[1:3] = 0
    return z


def through_two(p: Any) -> Any:
    q = p[1:]
    r = q.reshape(q.size)
    s = r.reshape(2, -1)
    s[0] *= 3
    return p * 1, q * 1, r * 1


WRITING = [
    read_after_the_array_is_written, written_and_the_array_read, of_a_transpose,
    written_of_a_transpose, a_part_of_it, of_what_is_computed, through_two,
]  # fmt: skip
LYING: dict[str, Callable[[Any], Any]] = {
    "by rows": np.copy,
    "by columns": np.asfortranarray,
    "backwards": lambda a: np.copy(a[::-1])[::-1],
    "every second column": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "transposed": lambda a: np.copy(a.T).T,
}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("size", [3, 300], ids=["small", "large"])
@pytest.mark.parametrize("first", LYING)
@pytest.mark.parametrize("f", WRITING)
def test_what_is_written_is_seen_where_it_is_uncompiled(
    f: Callable[..., Any], first: str, size: int, backend: str
) -> None:
    a = np.arange(size * 40.0).reshape(size, 40)
    compiled = ag.compile(f, backend=backend)
    for lying in (first, *LYING, *reversed(LYING)):
        mine, expected = LYING[lying](a), LYING[lying](a)
        for found, wanted in zip(_flat(compiled(mine)), _flat(f(expected)), strict=True):
            np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(mine, expected)


def _flat(result: Any) -> tuple[Any, ...]:
    return tuple(map(np.asarray, result if isinstance(result, tuple) else (result,)))


def test_an_array_that_is_only_reshaped_may_lie_as_it_will() -> None:
    def step(p: Any, X: Any) -> Any:
        cost, gradients = ag.value_and_grad(
            lambda p: np.mean(np.tanh(X.reshape(4, -1) @ p["W"] + p["b"]) ** 2)
        )(p)
        for name in p:
            p[name] -= 0.1 * gradients[name]
        return cost

    X = np.random.default_rng(0).normal(size=(3, 2, 4))
    p = {"W": np.ones((6, 3)), "b": np.ones(3)}
    compiled = ag.compile(step)
    for given in (X, X.transpose(0, 2, 1).copy().transpose(0, 2, 1)):
        mine, expected = ({name: each.copy() for name, each in p.items()} for _ in range(2))
        assert compiled(mine, given).item() == pytest.approx(step(expected, given).item())
        np.testing.assert_allclose(mine["W"], expected["W"])
    assert "recorded once" in repr(compiled)
    assert compiled._last is not None
    assert compiled._last.row_by_row == []


def test_a_program_from_a_file_refuses_what_does_not_lie_by_rows(tmp_path: Path) -> None:
    compiled, a = ag.compile(read_after_the_array_is_written), np.arange(12.0).reshape(3, 4)
    compiled(a.copy())
    compiled.save(tmp_path / "saved.py")
    loaded = ag.load_compiled(tmp_path / "saved.py")
    assert loaded(a.copy()).item() == 132
    with pytest.raises(ValueError, match="p does not lie in memory row by row"):
        loaded(np.asfortranarray(a))
