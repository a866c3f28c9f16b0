"""The functions of ``ag`` do what NumPy's of the same name do, on arrays, lists and tensors."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from tests.numpy_functions.forms import Form, forms
from tests.numpy_functions.test_coverage import flat, value


def ours(match: re.Match[str]) -> str:
    """Return the name in ``ag`` for one in ``np``, where there is one: ag.trace is another."""
    found: Any = ag
    for part in match[1].split("."):
        if not hasattr(found, part) or part == "trace":
            return match[0]
        found = getattr(found, part)
    return f"ag.{match[1]}"


def renamed(code: str) -> str:
    return re.sub(r"np\.((?:linalg\.|fft\.)?\w+)(?!\.(?:reduce|accumulate|at|outer))", ours, code)


RENAMED = [form for form in forms() if renamed(form.code) != form.code]


@pytest.mark.parametrize("form", RENAMED, ids=[renamed(each.code) for each in RENAMED])
@pytest.mark.parametrize("kind", [np.array, ag.tensor])
def test_every_form_of_a_call(form: Form, kind):
    points = form.points()
    expected = flat(form(*points))
    *before, last = renamed(form.code).split("; ")
    scope = {"np": np, "ag": ag, **dict(zip(form.names, map(kind, points), strict=True))}
    for statement in before:
        exec(statement, scope)
    made = flat(eval(last, scope))
    assert len(made) == len(expected)
    for mine, theirs in zip(made, expected, strict=True):
        assert np.shape(value(mine)) == np.shape(theirs)
        np.testing.assert_allclose(value(mine), theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "code",
    [
        "sum(x, axis=0, out=t)", "sum(x, 0, None, t)", "prod(x, axis=0, out=t)",
        "mean(x, axis=0, out=t)", "max(x, axis=0, out=t)", "cumsum(x[0], out=t)",
        "clip(x[0], 0.1, 2.0, out=t)", "round(x[0], out=t)", "take(x[0], [0, 1, 2], out=t)",
        "concatenate([x[0]], out=t)", "dot(x[:, :2], x, out=s)", "median(x, axis=0, out=t)",
        "quantile(x, 0.3, axis=0, out=t)", "einsum('ij->j', x, out=t)", "add(x[0], 1.0, out=t)",
        "nansum(x, axis=0, out=t)", "std(x, axis=0, out=t)", "matmul(x[0], x.T, out=u)",
        "sqrt(x[0], where=x[0] > 1, out=t)", "compress([1, 1, 1], x[0], out=t)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [np.array, ag.tensor])
def test_what_is_asked_for_as_out_is_written(code, kind):
    x = np.arange(6.0).reshape(2, 3) * 1.3 + 0.4
    results = []
    for name, space, of in (("np", np, np.array), ("ag", ag, kind)):
        into = {"t": of(np.full(3, 7.0)), "s": of(np.zeros((2, 3))), "u": of(np.zeros(2))}
        made = eval(f"{name}.{code}", {name: space, "x": of(x), **into})
        assert any(made is each for each in into.values())
        results.append(made)
    np.testing.assert_allclose(np.asarray(results[1]), results[0], rtol=1e-14)


def test_lists_of_arrays_of_several_shapes_are_not_taken_for_one_array():
    a, b, c = np.ones(2), np.zeros(3), np.full((2, 2), 3.0)
    assert ag.concat([a, b]).tolist() == [1, 1, 0, 0, 0]
    assert ag.column_stack([a, c]).tolist() == [[1, 3, 3], [1, 3, 3]]
    assert ag.block([[c, c], [c, c]]).shape == (4, 4)
    t = ag.tensor(a, requires_grad=True)
    ag.sum(ag.block([[c, c], [t, a]])).backward()
    assert t.grad.tolist() == [1, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counts, edges = ag.histogramdd([np.arange(3.0), np.arange(3.0)], 3)
    assert (counts.shape, len(edges)) == ((3, 3), 2)


def test_numbers_that_are_made_of_recorded_ones_are_recorded():
    assert ag.grad(lambda end: ag.sum(ag.linspace(0.0, end, 3)))(1.0).item() == 1.5
    assert ag.grad(lambda start: ag.sum(ag.linspace(start, 2.0, num=3)))(1.0).item() == 1.5
    assert ag.grad(lambda end: ag.linspace(0.0, end, 3, retstep=True)[1])(1.0).item() == 0.5
    assert ag.grad(lambda x: ag.sum(ag.full((2, 2), x)))(1.0).item() == 4.0
    numbers, step = ag.linspace(0.0, 1.0, 3, retstep=True)
    assert (numbers.tolist(), step.item()) == ([0.0, 0.5, 1.0], 0.5)
    named = ag.linspace(0.0, 1.0, 3, requires_grad=True, name="x")
    assert (named.requires_grad, named.name) == (True, "x")
