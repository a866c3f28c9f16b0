"""Every operation compiled, for arguments in any order in memory: results are nobody else's."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.operation import Op
from tests.ops.cases import DIFFERENTIABLE, cases

LAYOUTS = {
    "C": lambda x: np.array(x, order="C"),
    "F": lambda x: np.array(x, order="F"),
    "backwards": lambda x: x[::-1].copy()[::-1] if x.ndim else x.copy(),
}
"""In one block, by columns, and in no order that loops can take."""


OPERATIONS = [op for op in DIFFERENTIABLE if not op.random]


def _arrays(results: Any) -> list[Any]:
    if isinstance(results, (tuple, list)):
        return [array for each in results for array in _arrays(each)]
    return [results.numpy()]


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_results_are_the_same_and_share_no_memory(backend: str, op: Op) -> None:
    for case in itertools.islice((each for each in cases(op) if each.points), 4):

        def f(*points: Any, case: Any = case) -> Any:
            loops = [np.tanh(each) * each + 1 for each in points if each.dtype.kind == "f"]
            return case.at(*points), loops

        compiled, points = ag.compile(f, backend=backend), [np.asarray(x) for x in case.points]
        with np.errstate(all="ignore"):
            expected = _arrays(f(*map(ag.tensor, points)))
        held: list[Any] = []
        for layout in (*LAYOUTS, "F"):
            given = [LAYOUTS[layout](each) for each in points]
            with np.errstate(all="ignore"):
                found = _arrays(compiled(*given))
            for ours, theirs in zip(found, expected, strict=True):
                assert ours.dtype == theirs.dtype
                np.testing.assert_allclose(ours, theirs, rtol=1e-11)
            for one, other in itertools.combinations([*given, *held, *found], 2):
                assert not np.shares_memory(one, other)
            for before, now in zip(points, given, strict=True):
                np.testing.assert_array_equal(now, before)
            held += found


ASKING: dict[str, Any] = {
    "t.flags": lambda x: x * 2 if x.flags.c_contiguous else x,
    "flags": lambda x: x * 2 if np.isfortran(x) else x,
    "t.strides": lambda x: x * x.strides[0],
    "strides": lambda x: (x * 2 + 1) * (x * 2).strides[0],
    "order='K'": lambda x: x.ravel(order="K"),
    "order='A'": lambda x: np.reshape(x, -1, order="A"),
}


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_asks_for_the_layout_is_refused(name: str, backend: str) -> None:
    def caught(x: Any) -> Any:
        try:
            return ASKING[name](x)
        except ag.DataDependentError:
            return x

    for f in (ASKING[name], caught):
        with pytest.raises(ag.DataDependentError, match=f"{name} asks for the order in memory"):
            ag.compile(f, backend=backend)(np.ones((2, 2)))


def test_the_layout_of_what_is_no_argument_may_be_asked_for() -> None:
    outside = np.asfortranarray(np.ones((2, 3)))
    compiled = ag.compile(lambda x: x * outside.strides[0] + outside.flags.fnc)
    np.testing.assert_array_equal(compiled(np.ones(2)), np.full(2, 9.0))
