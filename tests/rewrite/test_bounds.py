"""What the operations of a graph tell about the size of its values."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.rewrite.bounds import bounds

INF = math.inf


def node_of(function):
    return ag.trace(function, np.array([0.5, -2.0])).outputs[0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x, (-INF, INF)),
        (lambda x: np.exp(x), (0, INF)),
        (lambda x: ag.sigmoid(x) + 1e-8, (1e-8, 1 + 1e-8)),
        (lambda x: 1 - ag.sigmoid(x), (0, 1)),
        (lambda x: -np.tanh(x), (-1, 1)),
        (lambda x: x * x + 1, (1, INF)),
        (lambda x: np.sum(np.abs(x)) / (np.exp(x) + 1), (0, INF)),
        (lambda x: np.exp(x) / np.abs(x), (-INF, INF)),
        (lambda x: np.maximum(x, 0.1), (0.1, INF)),
        (lambda x: np.minimum(np.maximum(x, -3), 4), (-3, 4)),
        (lambda x: np.exp(x) * x, (-INF, INF)),
        (lambda x: np.exp(x) - np.exp(-x), (-INF, INF)),
        (lambda x: np.exp(x) + np.array([np.nan, 1.0]), (-INF, INF)),
    ],
)
def test_bounds_follow_from_the_operations(function, expected):
    assert bounds(node_of(function)) == expected


def test_the_difference_of_two_overflows_may_be_anything():
    def huge(x):
        return np.tanh(x) + 1e308 + 1e308

    with np.errstate(all="ignore"):
        assert bounds(node_of(lambda x: huge(x) - huge(-x))) == (-INF, INF)


def test_bounds_hold_for_values_drawn_at_random():
    rng = np.random.default_rng(0)
    unary = [np.exp, np.tanh, ag.sigmoid, np.square, np.abs, np.negative]
    binary = [np.add, np.subtract, np.multiply, np.maximum, np.minimum]
    known = 0
    for _ in range(200):
        terms = [rng.choice(unary), rng.choice(unary), rng.choice(binary), rng.choice(unary)]
        weight = rng.normal()

        def function(x, terms=terms, weight=weight):
            first, second, pair, last = terms
            return pair(last(pair(first(x), second(x * 0.5))), weight)

        x = 2 * rng.normal(size=50)
        low, high = bounds(ag.trace(function, x).outputs[0])
        value = np.asarray(ag.Tensor.numpy(function(ag.tensor(x))))
        assert (value >= low).all()
        assert (value <= high).all()
        known += low > -INF
    assert known > 50


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(
    "inside",
    [lambda x: np.tanh(x) ** 2 + 1e-8, lambda x: 1.1 - ag.sigmoid(x), lambda x: x * x],
)
def test_a_logarithm_of_what_is_never_negative_needs_no_guard(inside, backend):
    def total(x):
        return np.sum(np.log(inside(x)))

    x = np.array([-1.0, 0.5, 2.0])
    step = ag.compile(ag.grad(total), backend=backend)
    np.testing.assert_allclose(step(x).numpy(), ag.grad(total)(x).numpy(), rtol=1e-14)
    assert "nan" not in step.source
    assert "less" not in step.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_logarithm_that_may_be_outside_of_its_domain_keeps_it(backend):
    step = ag.compile(ag.grad(lambda x: np.sum(np.log(x) + np.log1p(x))), backend=backend)
    with np.errstate(all="ignore"):
        got = step(np.array([-1.5, -0.5, 1.0])).numpy()
    np.testing.assert_allclose(got, [np.nan, np.nan, 1.5], rtol=1e-14)
