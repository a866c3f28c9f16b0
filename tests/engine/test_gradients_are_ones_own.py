"""Nobody who writes into a gradient changes another's, or an array of the caller's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag


def two() -> tuple[Any, Any]:
    return ag.tensor(np.ones(2), requires_grad=True), ag.tensor(np.ones(2), requires_grad=True)


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_of_leaves_share_nothing(create_graph: bool) -> None:
    a, b = two()
    seed = ag.tensor(np.array([1.0, 2.0]))
    (a + b).backward(seed, create_graph=create_graph)
    a.grad *= 2
    np.testing.assert_array_equal(a.grad, [2, 4])
    np.testing.assert_array_equal(b.grad, [1, 2])
    np.testing.assert_array_equal(seed, [1, 2])


def test_gradients_inside_of_another_transformation_share_nothing() -> None:
    def outer(z: Any) -> Any:
        ones = np.ones(2)
        ga, gb = ag.grad(lambda x, y: np.sum((x + y) * np.array([1.0, 2.0])), (0, 1))(ones, ones)
        ga *= 2
        return np.sum(z * gb)

    value, gradient = ag.value_and_grad(outer)(np.ones(2))
    assert value.item() == 3
    np.testing.assert_array_equal(gradient, [1, 2])

    def of_z(z: Any) -> Any:
        gx, gy = ag.grad(lambda x, y: np.sum((x + y) * z), (0, 1))(np.ones(2), np.ones(2))
        gx *= 2
        return np.sum(gy)

    np.testing.assert_array_equal(ag.grad(of_z)(np.ones(2)), [1, 1])


def test_tangents_share_nothing_with_what_was_given() -> None:
    v = np.array([1.0, 2.0])
    _, (first, second) = ag.jvp(lambda x: (x + 1, x + 2), (np.ones(2),), (v,))
    first *= 3
    np.testing.assert_array_equal(v, [1, 2])
    np.testing.assert_array_equal(second, [1, 2])


def test_a_hook_that_writes_changes_the_gradient_of_its_own_tensor_only() -> None:
    a, b = two()
    seed = np.array([1.0, 2.0])

    def double(g: Any) -> None:
        g *= 2

    a.register_hook(double)
    (a + b).backward(seed)
    np.testing.assert_array_equal(a.grad, [2, 4])
    np.testing.assert_array_equal(b.grad, [1, 2])
    np.testing.assert_array_equal(seed, [1, 2])


def _cube(x: Any) -> Any:
    return x**3 * 1.0


NUMBERS = {
    "grad": lambda x: ag.grad(_cube)(x),
    "value_and_grad": lambda x: ag.value_and_grad(_cube)(x)[1],
    "vjp": lambda x: ag.vjp(_cube, x)[1](np.float64(1.0))[0],
    "jvp": lambda x: ag.jvp(_cube, (x,), (np.float64(1.0),))[1],
    "hvp": lambda x: ag.hvp(_cube, (x,), (np.float64(1.0),))[0],
    "hessian": lambda x: ag.hessian(_cube)(x),
}


@pytest.mark.parametrize("derivative", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("x", [np.float64(2.0), np.array(2.0)], ids=["number", "array"])
def test_a_derivative_of_no_dimensions_is_an_array_recorded_or_not(derivative: Any, x: Any) -> None:
    def written_into(x: Any) -> Any:
        g = same = derivative(x)
        same *= 2.0
        return g

    plain = written_into(x)
    assert plain.item() == 24.0
    assert ag.compile(written_into)(x).item() == 24.0
    value, slope = ag.value_and_grad(written_into)(x)
    assert value.item() == 24.0
    expected = ag.numerical_grad(lambda x: written_into(x).item(), x)
    assert slope.item() == pytest.approx(np.asarray(expected).item(), rel=1e-5)
