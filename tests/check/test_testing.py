"""ag.testing.assert_gradients_match, for people's own suites."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag


def cost(p, x):
    return np.sum(np.tanh(p["W"] @ x) ** 2) + p["b"] ** 2


def gradient(p, x):
    t = np.tanh(p["W"] @ x)
    return {"W": np.outer(2 * t * (1 - t**2), x), "b": 2 * p["b"]}


P = {"W": np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]), "b": 0.5}
X = np.array([1.0, 2.0])


def test_a_right_gradient_passes():
    ag.testing.assert_gradients_match(gradient, cost, P, X)


def test_several_arguments():
    ag.testing.assert_gradients_match(
        lambda x, y: (y, x), lambda x, y: np.sum(x * y), np.ones(3), np.arange(3.0), argnums=(0, 1)
    )


def test_a_wrong_gradient_fails_with_the_table():
    def wrong(p, x):
        return {**gradient(p, x), "W": 2 * gradient(p, x)["W"]}

    with pytest.raises(AssertionError, match=r"argument 0\['W'\].*WRONG"):
        ag.testing.assert_gradients_match(wrong, cost, P, X)


def test_a_missing_gradient_fails():
    with pytest.raises(AssertionError, match="missing"):
        ag.testing.assert_gradients_match(lambda p, x: {"W": gradient(p, x)["W"]}, cost, P, X)


def test_a_factor_common_to_all_gradients_fails_too():
    with pytest.raises(AssertionError):
        ag.testing.assert_gradients_match(
            lambda p, x: {k: 2 * v for k, v in gradient(p, x).items()}, cost, P, X
        )


def test_the_manual_function_gets_copies():
    def greedy(p, x):
        found = gradient(p, x)
        x *= 0
        return found

    ag.testing.assert_gradients_match(greedy, cost, P, X)
    assert X.tolist() == [1.0, 2.0]
