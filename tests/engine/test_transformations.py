"""Functions of functions: containers, auxiliary results, closures, and any nesting of modes."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import autograd_mini as ag


def cube(x):
    return x**3


# -- arguments and results ------------------------------------------------------------------------


@dataclasses.dataclass
class Layer:
    W: np.ndarray
    b: object
    note: None = None


class Pair(NamedTuple):
    first: object
    second: object


def test_grad_has_the_structure_of_its_argument():
    params = {
        "layers": [Layer(np.ones((2, 3)), np.zeros(2)), Layer(np.ones((1, 2)), 0.5)],
        "scale": (2.0, Pair(np.float32(3.0), ag.tensor([1.0]))),
    }

    def cost(p, x):
        a = p["layers"][0].W @ x + p["layers"][0].b
        b = p["layers"][1].W @ np.tanh(a) + p["layers"][1].b
        return np.sum(b) * p["scale"][0] + p["scale"][1].first * np.sum(p["scale"][1].second)

    g = ag.grad(cost)(params, np.ones(3))
    assert isinstance(g["layers"], list)
    assert isinstance(g["layers"][0], Layer)
    assert isinstance(g["scale"], tuple)
    assert isinstance(g["scale"][1], Pair)
    assert g["layers"][0].note is None
    assert g["layers"][0].W.shape == (2, 3)
    assert g["layers"][1].b.item() == 2.0
    assert g["scale"][1].first.dtype == np.float32
    assert g["scale"][1].second.shape == (1,)
    h = 1e-6
    params["layers"][0].b = np.array([h, 0.0])
    up = cost({**params, "scale": (2.0, Pair(3.0, np.ones(1)))}, np.ones(3))
    params["layers"][0].b = np.array([-h, 0.0])
    down = cost({**params, "scale": (2.0, Pair(3.0, np.ones(1)))}, np.ones(3))
    assert g["layers"][0].b.numpy()[0] == pytest.approx((up - down) / (2 * h))


def test_argnums_single_tuple_negative_and_wrong():
    f = lambda x, y, z: np.sum(x * y + z)  # noqa: E731
    args = (np.ones(2), np.full(2, 3.0), 5.0)
    assert ag.grad(f, argnums=1)(*args).tolist() == [1, 1]
    assert ag.grad(f, argnums=-1)(*args).item() == 2
    one, two = ag.grad(f, argnums=(1, 0))(*args)
    assert (one.tolist(), two.tolist()) == ([1, 1], [3, 3])
    assert len(ag.grad(f, argnums=[0])(*args)) == 1
    with pytest.raises(ValueError, match="argnums"):
        ag.grad(f, argnums=3)(*args)
    with pytest.raises((TypeError, ValueError), match="0 positional arguments"):
        ag.grad(f)()


def test_keyword_arguments_are_passed_on():
    g = ag.grad(lambda x, *, power: np.sum(x**power))(np.array([1.0, 2.0]), power=3)
    assert g.tolist() == [3, 12]


def test_has_aux():
    def f(x):
        h = np.tanh(x)
        return np.sum(h * h), {"hidden": h, "note": "text", "n": 3}

    g, aux = ag.grad(f, has_aux=True)(np.array([0.5]))
    (value, also), again = ag.value_and_grad(f, has_aux=True)(np.array([0.5]))
    assert aux["note"] == "text"
    assert aux["n"] == 3
    np.testing.assert_allclose(aux["hidden"].numpy(), np.tanh([0.5]))
    assert not aux["hidden"].requires_grad
    assert value.item() == pytest.approx(np.tanh(0.5) ** 2)
    assert g.item() == again.item()
    assert set(also) == set(aux)
    with pytest.raises(TypeError, match="aux"):
        ag.grad(np.sum, has_aux=True)(np.ones(2))


def test_results_are_tensors_that_are_not_recorded():
    value, g = ag.value_and_grad(cube)(2.0)
    for each in (value, g):
        assert isinstance(each, ag.Tensor)
        assert not each.requires_grad


def test_a_function_that_is_not_scalar_is_told_so():
    for f, says in (
        (lambda x: x * 2, r"\(2,\)"), (lambda x: (np.sum(x), 1), "tuple"), (lambda x: [x], "list"),
    ):  # fmt: skip
        with pytest.raises((TypeError, ValueError), match=says):
            ag.grad(f)(np.ones(2))


def test_a_function_that_returns_something_constant():
    assert ag.grad(lambda x: 3.0)(2.0).item() == 0
    assert ag.grad(lambda x: np.float64(3.0))(2.0).item() == 0
    assert ag.jvp(lambda x: 3.0, (2.0,), (1.0,))[1].item() == 0


def test_leaves_passed_in_are_not_touched():
    W = ag.tensor([1.0, 2.0], requires_grad=True, name="W")
    g = ag.grad(lambda W: np.sum(W**2))(W)
    assert W.grad is None
    assert g.tolist() == [2, 4]
    assert not g.requires_grad


def test_the_function_sees_tensors_with_the_names_of_their_keys():
    seen = []

    def f(params):
        seen.extend(each.name for each in params.values())
        return np.sum(params["W1"]) + np.sum(params["b1"])

    ag.grad(f)({"W1": np.ones(2), "b1": np.ones(1)})
    assert seen == ["W1", "b1"]


def test_a_closure_over_a_recorded_tensor_leaves_its_graph_alone():
    c = ag.tensor(3.0, requires_grad=True)
    d = c * 2
    g = ag.grad(lambda x: x * x * d)(2.0)
    assert g.item() == 24
    assert c.grad is None


def test_a_closure_over_an_outer_variable_is_differentiated_by_the_outer_transformation():
    def f(y):
        return ag.grad(lambda x: x * x * y)(3.0) * 1.0  # 6 y

    assert ag.grad(f)(5.0).item() == 6


def test_backward_through_a_transformation_of_a_recorded_tensor():
    x = ag.tensor(2.0, requires_grad=True)
    g = ag.grad(cube)(x * 1.0)
    assert g.requires_grad
    g.backward()
    assert x.grad.item() == 12


# -- vjp and jvp ----------------------------------------------------------------------------------


def test_vjp_with_containers_and_several_calls():
    def f(p, y):
        return {"sum": p["a"] + y, "product": [p["a"] * y]}

    a, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    out, pullback = ag.vjp(f, {"a": a}, y)
    assert out["product"][0].tolist() == [3, 8]
    for scale in (1.0, 2.0):
        g, h = pullback({"sum": np.full(2, scale), "product": [np.zeros(2)]})
        assert g["a"].tolist() == [scale, scale]
        assert h.tolist() == [scale, scale]
    g, h = pullback({"sum": np.zeros(2), "product": [np.ones(2)]})
    assert (g["a"].tolist(), h.tolist()) == ([3, 4], [1, 2])
    with pytest.raises(ValueError, match="cotangent"):
        pullback(np.ones(2))
    with pytest.raises(ValueError, match=r"\(2,\)"):
        pullback({"sum": np.ones(3), "product": [np.ones(2)]})


def test_vjp_returns_a_tuple_even_for_one_argument():
    _, pullback = ag.vjp(np.sin, 0.0)
    assert isinstance(pullback(1.0), tuple)
    assert pullback(1.0)[0].item() == 1


def test_jvp_with_containers():
    out, t = ag.jvp(
        lambda p: {"y": p["a"] * p["b"][0], "c": 2.0},
        ({"a": 2.0, "b": [3.0]},),
        ({"a": 1.0, "b": [10.0]},),
    )
    assert out["y"].item() == 6
    assert t["y"].item() == 23
    assert t["c"].item() == 0
    with pytest.raises(ValueError, match="tangents"):
        ag.jvp(cube, (1.0,), (1.0, 2.0))
    with pytest.raises(ValueError, match="shape"):
        ag.jvp(np.sum, (np.ones(2),), (np.ones(3),))


def test_hvp_has_the_structure_of_the_primals():
    f = lambda p, y: np.sum(p["x"] ** 2) * y  # noqa: E731
    g, h = ag.hvp(f, ({"x": np.array([1.0, 2.0])}, 3.0), ({"x": np.array([1.0, 0.0])}, 0.5))
    np.testing.assert_allclose(g["x"].numpy(), [6 + 1, 2])
    assert h.item() == pytest.approx(2.0)


# -- nesting --------------------------------------------------------------------------------------


def test_perturbations_are_not_confused():
    """The classic: d/dx (x * d/dy (x + y)) = 1, whichever modes are used."""

    def by_reverse(f):
        return ag.grad(f)

    def by_forward(f):
        return lambda x: ag.jvp(f, (x,), (1.0,))[1]

    for outer in (by_reverse, by_forward):
        for inner in (by_reverse, by_forward):
            assert outer(lambda x, inner=inner: x * inner(lambda y: x + y)(2.0))(1.0).item() == 1
            assert outer(lambda x, inner=inner: x * inner(lambda y: x * y)(2.0))(3.0).item() == 6
            assert (
                outer(lambda x, inner=inner: inner(lambda y: (x * y) ** 2)(x))(2.0).item()
                == 6 * 2.0**2
            )


def test_the_same_name_in_nested_functions():
    def f(x):
        def g(x):
            return x * x

        return ag.grad(g)(x) * x  # 2 x^2

    assert ag.grad(f)(3.0).item() == 12
    assert ag.grad(ag.grad(f))(3.0).item() == 4


def test_a_shared_tensor_at_two_levels():
    def outer(x):
        def inner(y):
            return x * y * y + y * x * x

        return ag.grad(inner)(x)  # 2 x y + x^2 at y = x: 3 x^2

    assert ag.grad(outer)(2.0).item() == 12


@pytest.mark.parametrize("order", range(1, 6))
def test_every_mixture_of_modes_gives_the_same_high_derivative(order):
    import itertools
    import math

    def forward(f):
        return lambda x: ag.jvp(f, (x,), (1.0,))[1]

    expected = {1: 6, 2: 6 * 5, 3: 6 * 5 * 4, 4: 360, 5: 720}[order] * 1.5 ** (6 - order)
    for modes in itertools.product((ag.grad, forward), repeat=order):
        f = lambda x: x**6  # noqa: E731
        for mode in modes:
            f = mode(f)
        assert math.isclose(f(1.5).item(), expected, rel_tol=1e-12)


def test_grad_of_grad_of_grad_of_a_network_like_function():
    def f(x):
        return np.sum(np.tanh(np.array([[1.0, -2.0], [0.5, 1.5]]) @ np.stack([x, x * x])))

    d3 = ag.grad(ag.grad(ag.grad(f)))(0.3).item()
    h = 1e-3
    d2 = ag.grad(ag.grad(f))
    slope = (8 * (d2(0.3 + h) - d2(0.3 - h)) - (d2(0.3 + 2 * h) - d2(0.3 - 2 * h))).item() / (
        12 * h
    )
    assert d3 == pytest.approx(slope, rel=1e-7)


def test_jvp_of_grad_and_grad_of_jvp_agree():
    def f(x):
        return np.sum(np.exp(x) * np.sin(x[::-1]))

    x, v = np.array([0.3, 0.7, -0.2]), np.array([1.0, -1.0, 0.5])
    forward_over_reverse = ag.jvp(ag.grad(f), (x,), (v,))[1]
    reverse_over_forward = ag.grad(lambda x: ag.jvp(f, (x,), (v,))[1])(x)
    reverse_over_reverse = ag.grad(lambda x: np.sum(ag.grad(f)(x) * v))(x)
    np.testing.assert_allclose(forward_over_reverse.numpy(), reverse_over_forward.numpy())
    np.testing.assert_allclose(forward_over_reverse.numpy(), reverse_over_reverse.numpy())
    np.testing.assert_allclose(ag.hvp(f, (x,), (v,))[0].numpy(), reverse_over_reverse.numpy())


def test_a_pullback_can_be_differentiated():
    def f(x, g):
        _, pullback = ag.vjp(np.sin, x)
        return np.sum(pullback(g)[0] ** 2)

    x, g = np.array([0.4]), np.array([2.0])
    dx, dg = ag.grad(f, argnums=(0, 1))(x, g)
    np.testing.assert_allclose(dx.numpy(), -2 * g**2 * np.cos(x) * np.sin(x))
    np.testing.assert_allclose(dg.numpy(), 2 * g * np.cos(x) ** 2)


def test_a_pullback_made_outside_is_linear_in_the_cotangent_inside():
    x = np.array([0.4, 0.8])
    _, pullback = ag.vjp(np.sin, x)
    jacobian_transposed = ag.grad(lambda g: np.sum(pullback(g)[0]))(np.ones(2))
    np.testing.assert_allclose(jacobian_transposed.numpy(), np.cos(x))


def test_derivatives_with_respect_to_the_tangent():
    x = np.array([0.4, 0.8])
    g = ag.grad(lambda t: np.sum(ag.jvp(np.sin, (x,), (t,))[1]))(np.ones(2))
    np.testing.assert_allclose(g.numpy(), np.cos(x))


def test_loops_conditions_and_recursion_in_python_just_work():
    def f(x, n):
        return x if n == 0 else np.sin(f(x, n - 1)) if x.item() > 0 else -x

    def newton(a):
        x = a
        while abs((x * x - a).item()) > 1e-12:
            x = (x + a / x) / 2
        return x

    h = 1e-6
    slope = (np.sin(np.sin(0.5 + h)) - np.sin(np.sin(0.5 - h))) / (2 * h)
    assert ag.grad(f)(0.5, 2).item() == pytest.approx(slope)
    assert ag.grad(newton)(2.0).item() == pytest.approx(0.5 / np.sqrt(2))


def test_an_exception_inside_leaves_the_engine_as_it_was():
    def bad(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        ag.grad(bad)(1.0)
    assert ag.is_grad_enabled()
    assert ag.grad(cube)(2.0).item() == 12
    y = ag.tensor(1.0, requires_grad=True) * 2
    assert ag.graph(y).nodes[-1].scope == ""


def test_writing_inside_of_a_differentiated_function():
    def f(x):
        y = x.copy()
        y[0] = y[1] * 2
        y *= y
        return np.sum(y)

    g = ag.grad(f)(np.array([1.0, 3.0]))
    assert g.tolist() == [0, 2 * 3 + 8 * 3]
    assert ag.jvp(f, (np.array([1.0, 3.0]),), (np.array([5.0, 1.0]),))[1].item() == 30
    second = ag.grad(lambda x: np.sum(ag.grad(f)(x)))(np.array([1.0, 3.0]))
    assert second.tolist() == [0, 10]


# -- backward inside -------------------------------------------------------------------------------


def test_gradients_by_backward_inside_are_differentiated():
    def f(a):
        t = ag.tensor(2.0, requires_grad=True)
        (t * t * a).backward()
        return t.grad * a  # 4 a²

    assert ag.grad(f)(3.0).item() == 24
    assert ag.jvp(f, (3.0,), (1.0,))[1].item() == 24
    assert ag.hessian(f)(3.0).item() == 8


def test_backward_inside_records_nothing_of_what_does_not_depend_on_the_inputs():
    def f(a):
        t = ag.tensor(2.0, requires_grad=True)
        for _ in range(3):
            (t * t).backward()
            t.data -= 0.25 * t.grad
            t.zero_grad()
        return a * t.item()

    assert ag.grad(f)(3.0).item() == 0.25


def test_an_input_made_of_an_argument_inside_warns():
    def cost(w):
        w = ag.tensor(w, requires_grad=True)
        return np.sum(w**2)

    with pytest.warns(ag.GradientLostWarning, match=r"ag\.asarray"):
        assert ag.grad(cost)(np.ones(2)).tolist() == [0, 0]
