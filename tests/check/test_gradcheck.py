"""ag.gradcheck: True for right derivatives, an error that names the wrong one."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_functions_pass_in_every_order(order):
    assert ag.gradcheck(
        lambda x, y: np.tanh(x) @ y, RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2)), order=order
    )


def test_containers_and_constants_among_the_arguments():
    def f(p, labels, power):
        return {"a": np.exp(p["W"])[labels] * 2, "c": p["b"] ** power}

    assert ag.gradcheck(f, {"W": RNG.normal(size=3), "b": 1.5}, np.array([0, 2, 2]), 3, order=2)


def test_tensors_as_arguments():
    assert ag.gradcheck(lambda t: t.sum() * t, ag.tensor([1.0, 2.0], requires_grad=True))


def test_complex_functions():
    z = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    assert ag.gradcheck(lambda z: z**2 * np.conj(z), z, order=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_lower_precision_gets_wider_tolerances(dtype):
    assert ag.gradcheck(lambda x: np.tanh(x) * x, RNG.normal(size=4).astype(dtype))


def test_kinks_are_not_judged():
    assert ag.gradcheck(lambda x: np.maximum(x, 0), np.array([0.0, 1.0, -2.0]))
    assert ag.gradcheck(lambda x: np.sqrt(x), np.array([0.0, 1.0]))


def spoiled(factor):
    def f(x, y):
        t = np.exp(x) * y
        if isinstance(t, ag.Tensor) and t.requires_grad:
            t.register_hook(lambda g: g * factor)
        return t

    return f


def test_a_wrong_gradient_is_named_with_argument_mode_entry_and_both_values():
    with pytest.raises(ag.GradcheckError) as caught:
        ag.gradcheck(spoiled(1.01), np.array([1.0, 2.0]), np.array([0.5, 0.1]))
    message = str(caught.value)
    assert "reverse mode" in message
    assert "argument 0" in message
    assert "entry [0]" in message
    assert "ratio 1.01" in message


def test_a_mode_that_is_not_asked_for_is_not_checked():
    assert ag.gradcheck(spoiled(2.0), np.ones(2), np.ones(2), modes=("forward",))


def test_a_wrong_entry_beside_a_kink_is_still_found():
    def f(x):
        t = np.abs(x) * 3
        if isinstance(t, ag.Tensor) and t.requires_grad:
            t.register_hook(lambda g: g * np.array([1.0, 1.001]))
        return t

    with pytest.raises(ag.GradcheckError, match=r"entry \[1\]"):
        ag.gradcheck(f, np.array([0.0, 2.0]))


def test_a_wrong_second_derivative_is_found_by_order_two():
    @np.vectorize
    def wrong(v):
        return 6 * v

    def f(x):  # first derivative x**3 is right, and recorded as a constant
        if not isinstance(x, ag.Tensor):
            return np.sum(x**4) / 4
        held = x.detach().numpy() ** 3
        return (
            np.sum(held * x)
            + np.sum(x.detach().numpy() ** 4) / 4
            - np.sum(held * x.detach().numpy())
        )

    x = np.array([1.0, 2.0])
    with pytest.raises(ag.GradcheckError):
        ag.gradcheck(f, x, order=2)


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_value_that_is_not_finite_is_an_error():
    with pytest.raises(ag.GradcheckError, match="-inf"):
        ag.gradcheck(np.log, np.array([0.0, 2.0]))


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: ag.gradcheck(np.exp, np.array([1, 2])), TypeError),
        (lambda: ag.gradcheck(np.exp, np.ones(2), modes=("sideways",)), ValueError),
        (lambda: ag.gradcheck(np.exp, np.ones(2), order=0), ValueError),
    ],
)
def test_misuse_is_an_error(call, error):
    with pytest.raises(error):
        call()
