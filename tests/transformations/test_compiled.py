"""Transformations inside compiled functions: recorded once, right for other values."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

rng = np.random.default_rng(0)
W = rng.normal(size=(3, 3))
X, Y = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))


def cost(x):
    return np.sum(np.tanh(W @ x) ** 2 * np.log(1 + x**2)) + np.sum(x**3)


@ag.primitive
def squared(x):
    return x * x


squared.defvjp(lambda g, out, x: 2 * x * g)


def moved(x):
    y = x * 1.0
    where = np.argsort(x[:, 0])
    y[where[1:3], 1] = x[0, :2]
    np.add.at(y, where[[0, 0]], x[:2])
    return np.sum(y**2)


CALLS = {
    "vmap of grad": lambda X: ag.vmap(ag.grad(cost))(X),
    "jacobian by rows": lambda X: ag.jacobian(lambda x: np.tanh(W @ x), mode="reverse")(X[0]),
    "jacobian by columns": lambda X: ag.jacobian(lambda x: np.sin(W @ x), mode="forward")(X[0]),
    "hessian": lambda X: ag.hessian(cost)(X[0]),
    "hvp": lambda X: ag.hvp(cost, (X[0],), (X[1],))[0],
    "checkpoint": lambda X: ag.grad(lambda t: np.sum(ag.checkpoint(np.exp)(np.sin(t))))(X),
    "primitive": lambda X: ag.grad(lambda t: np.sum(squared(t) ** 2))(X),
    "writing at computed indices": lambda X: ag.grad(moved)(X),
    "jvp": lambda X: ag.jvp(lambda t: np.sort(t, axis=0), (X,), (X[::-1],))[1],
}


@pytest.mark.parametrize("name", CALLS)
def test_replayed_results_are_those_of_the_function(name):
    compiled = ag.compile(CALLS[name])
    for values in (X, Y, X):
        expected = np.asarray(CALLS[name](values))
        np.testing.assert_allclose(np.asarray(compiled(values)), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CALLS)
def test_traced_graphs_are_those_of_the_function(name):
    graph = ag.trace(CALLS[name], X)
    np.testing.assert_allclose(np.asarray(graph(Y)), np.asarray(CALLS[name](Y)), atol=1e-14)
