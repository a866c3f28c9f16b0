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

    with pytest.raises(AssertionError, match=r"(?m)^dW .*WRONG: scale"):
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


def test_the_message_names_the_mistake_the_worst_entry_and_what_to_write():
    def wrong(p, x):
        return {"W": np.outer(2 * np.tanh(p["W"] @ x), x), "b": 2 * p["b"]}

    with pytest.raises(AssertionError) as failed:
        ag.testing.assert_gradients_match(wrong, cost, P, X)
    said = str(failed.value)
    assert said.startswith("the manual gradient of cost does not match: dW is wrong.\n")
    assert "missing_activation_derivative" in said
    assert "write  dZ = dA * (1 - A**2)" in said
    assert "worst entry dW[" in said


@pytest.mark.parametrize(
    ("manual", "said"),
    [
        (lambda p, x: {"W": 0, "b": 0, "c": 0}, r"p\['c'\] not among the arguments"),
        (lambda p, x: [0, 0], r"p\['W'\], p\['b'\] missing; p\[0\], p\[1\] not among"),
        (lambda p, x: None, r"p\['W'\], p\['b'\] missing$"),
    ],
)
def test_a_gradient_that_is_not_built_like_the_argument_fails_and_says_where(manual, said):
    with pytest.raises(AssertionError, match=said):
        ag.testing.assert_gradients_match(manual, cost, P, X)


def test_arrays_of_one_name_in_two_arguments_are_told_apart():
    def f(p, q):
        return np.sum(p["W"] * q["W"])

    with pytest.raises(AssertionError) as failed:
        ag.testing.assert_gradients_match(
            lambda p, q: (q, {"W": 2 * p["W"]}),
            f, {"W": np.ones(3)}, {"W": np.arange(3.0)}, argnums=(0, 1),
        )  # fmt: skip
    rows = [line for line in str(failed.value).splitlines() if line.startswith("dq[W]  ")]
    assert len(rows) == 1
    assert "WRONG" in rows[0]


def test_a_gradient_for_too_few_arguments_fails():
    with pytest.raises(AssertionError, match=r"tuple of 1, but it is by 2 arguments: x, y"):
        ag.testing.assert_gradients_match(
            lambda x, y: (y,), lambda x, y: np.sum(x * y), np.ones(3), np.ones(3), argnums=(0, 1)
        )


def test_gradients_in_place_of_a_function_are_sent_elsewhere():
    with pytest.raises(TypeError, match=r"f_manual is a function .* ag\.compare"):
        ag.testing.assert_gradients_match({"dW": np.ones(3)}, np.sum)
