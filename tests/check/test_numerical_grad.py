"""ag.numerical_grad: the gradient from values alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import autograd_mini as ag

METHODS = {"central": 1e-8, "complex": 1e-14, "richardson": 1e-10}


def smooth(x):
    return np.sum(np.exp(np.sin(x)) * x[0])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_the_engine(method):
    x = np.random.default_rng(0).normal(size=5)
    numerical = ag.numerical_grad(smooth, x, method=method)
    assert np.abs(numerical.numpy() - ag.grad(smooth)(x).numpy()).max() < METHODS[method]


def test_the_result_is_built_like_the_argument():
    @dataclass
    class Layer:
        W: np.ndarray
        b: float

    def f(layers, scale):
        return scale * sum(np.sum(each["l"].W ** 2) + 3 * each["l"].b for each in layers)

    found = ag.numerical_grad(f, [{"l": Layer(np.array([[1.0, 2.0]]), 0.5)}], 2.0)
    assert isinstance(found[0]["l"], Layer)
    assert isinstance(found[0]["l"].W, ag.Tensor)
    np.testing.assert_allclose(found[0]["l"].W.numpy(), [[4.0, 8.0]], atol=1e-8)
    np.testing.assert_allclose(found[0]["l"].b.numpy(), 6.0, atol=1e-8)


def test_several_argnums_give_a_tuple():
    gx, gy = ag.numerical_grad(lambda x, y: x * y, 2.0, 5.0, argnums=(0, -1))
    assert (round(gx.item(), 8), round(gy.item(), 8)) == (5.0, 2.0)


def test_the_callers_arrays_never_change():
    x = np.array([1.0, 2.0])
    t = ag.tensor([3.0])

    def greedy(x, t):
        x *= 2
        return np.sum(x) * np.sum(t)

    ag.numerical_grad(greedy, x, t, argnums=(0, 1))
    assert x.tolist() == [1.0, 2.0]
    assert t.numpy().tolist() == [3.0]


def test_single_precision_is_differenced_in_double():
    x = np.array([0.3, -2.0], np.float32)
    found = ag.numerical_grad(lambda x: np.sum(np.tanh(x)), x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.numpy(), 1 - np.tanh(x) ** 2, rtol=1e-6)


def test_a_function_that_insists_on_single_precision_gets_it_and_a_wider_step():
    def f(x):
        assert x.dtype == np.float32
        return np.sum(x * x)

    found = ag.numerical_grad(f, np.array([1.0, 3.0], np.float32))
    np.testing.assert_allclose(found.numpy(), [2.0, 6.0], rtol=1e-3)


def test_complex_arguments_have_the_engines_convention():
    z = np.array([1 + 2j, 3 - 1j])
    for f in (
        lambda z: np.sum(np.abs(z) ** 2),
        lambda z: np.sum(np.real(z**3)),
        lambda z: np.sum(z.imag),
    ):
        found = ag.numerical_grad(f, z).numpy()
        np.testing.assert_allclose(found, ag.grad(f)(z).numpy(), atol=1e-6)


def test_complex_steps_through_a_function_that_drops_imaginary_parts_raise():
    with pytest.raises(ValueError, match="analytic"):
        ag.numerical_grad(lambda x: np.sum(np.abs(x)), np.array([1.0, -2.0]), method="complex")


def test_kinks_within_the_step_are_reported_and_nothing_else_is():
    x = np.array([0.0, 2.0, 4e-6, -9e-6, -2e-4])
    _, kinks = ag.numerical_grad(lambda x: np.sum(np.abs(x)), x, return_kinks=True)
    assert kinks.tolist() == [True, False, True, True, False]


def test_strong_curvature_is_no_kink():
    _, kinks = ag.numerical_grad(
        lambda x: np.sum(np.exp(20 * x)), np.array([0.0, 1.0, -1.0]), return_kinks=True
    )
    assert not kinks.any()


def test_the_edge_of_the_domain_counts_as_a_kink():
    _, kinks = ag.numerical_grad(
        lambda x: np.sum(np.sqrt(x)), np.array([0.0, 1.0]), return_kinks=True
    )
    assert kinks.tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ag.numerical_grad(lambda x: x * 2, np.ones(3)), ValueError, r"scalar.*\(3,\)"),
        (lambda: ag.numerical_grad(np.sum, np.array([1, 2])), TypeError, "int64"),
        (lambda: ag.numerical_grad(np.sum, np.array([1j, 2])), TypeError, "complex"),
        (lambda: ag.numerical_grad(np.sum, np.ones(2), method="magic"), ValueError, "central"),
        (lambda: ag.numerical_grad(np.sum, np.ones(2), argnums=1), ValueError, "1 positional arg"),
    ],
)
def test_errors_say_what_is_wrong(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_scalars_of_no_dimension_and_empty_arrays_work():
    assert abs(ag.numerical_grad(lambda x: x**2, 3.0).item() - 6) < 1e-8
    assert ag.numerical_grad(np.sum, np.zeros((0, 3))).shape == (0, 3)
