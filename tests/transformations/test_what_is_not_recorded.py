"""What transformations make of recorded tensors, outside of other ones: never lost in silence."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([0.5, -1.0, 2.0])
HERE = Path(__file__).name


def cubes(x):
    return np.sum(x**3)


def named(tensor):
    tensor.name = "made"
    return tensor


MADE = {
    "grad": lambda w: ag.grad(cubes)(w),
    "value": lambda w: ag.value_and_grad(cubes)(w)[0],
    "aux": lambda w: ag.grad(lambda x: (cubes(x), {"y": x * 2}), has_aux=True)(w)[1]["y"],
    "result of vjp": lambda w: ag.vjp(np.sin, w)[0],
    "vjp": lambda w: ag.vjp(np.sin, w)[1](X)[0],
    "result of jvp": lambda w: ag.jvp(np.sin, (w,), (X,))[0],
    "jvp": lambda w: ag.jvp(np.sin, (w,), (X,))[1],
    "tangent": lambda w: ag.jvp(np.sin, (X,), (w,))[1],
    "jacobian": lambda w: ag.jacobian(np.sin)(w),
    "forward jacobian": lambda w: ag.jacobian(np.sin, mode="forward")(w),
    "hessian": lambda w: ag.hessian(cubes)(w),
    "hvp": lambda w: ag.hvp(cubes, (w,), (X,))[0],
    "grad of a closure": lambda w: ag.grad(lambda x: np.sum(np.sin(w * x)))(X),
    "vjp of a closure": lambda w: ag.vjp(lambda x: np.sin(w * x), X)[1](X)[0],
    "jvp of a closure": lambda w: ag.jvp(lambda x: np.sin(w * x), (X,), (X,))[1],
    "jacobian of a closure": lambda w: ag.jacobian(lambda x: np.sin(w * x))(X),
    "hessian of a closure": lambda w: ag.hessian(lambda x: np.sum(np.sin(w * x)))(X),
    "another argument": lambda w: ag.grad(lambda x, w: np.sum(np.sin(w * x)))(X, w),
    "what is computed of it": lambda w: 2 * np.tanh(ag.grad(cubes)(w)),
    "what vmap computes of it": lambda w: ag.vmap(np.sin)(ag.grad(cubes)(w)),
    "what a function in vmap knows": lambda w: ag.vmap(ag.grad(cubes)(w).__mul__)(X),
    "what is computed of it by a name": lambda w: 2 * named(ag.grad(cubes)(w)),
    "a named value": lambda w: 2 * ag.value_and_grad(lambda x: named(cubes(x)))(w)[0],
}  # fmt: skip


def leaf():
    return ag.tensor(X, requires_grad=True, name="w")


@pytest.mark.parametrize("name", MADE)
def test_a_cost_that_uses_it_beside_recorded_tensors_warns_with_the_line(name):
    w = leaf()
    made = MADE[name](w)
    assert not made.requires_grad
    with pytest.warns(ag.GradientLostWarning, match=r"t\.detach\(\)") as caught:
        np.sum(w) + np.sum(made)
    assert [Path(each.filename).name for each in caught] == [HERE]


@pytest.mark.parametrize("name", MADE)
def test_backward_of_it_alone_says_where_it_is_recorded(name):
    cost = np.sum(MADE[name](leaf()) ** 2)
    with pytest.raises(ag.NotRecordedError, match="inside another one"):
        cost.backward()


@pytest.mark.parametrize("name", MADE)
def test_a_graph_that_uses_it_refuses_other_values(name):
    w = leaf()
    graph = ag.graph(np.sum(w) + np.sum(MADE[name](w).detach()))
    graph(X)
    with pytest.raises(ag.DataDependentError, match=r"ag\.trace"):
        graph(2 * X)


@pytest.mark.parametrize("name", MADE)
def test_inside_a_transformation_nothing_is_lost(name, recwarn):
    def cost(w):
        return np.sum(w) + np.sum(MADE[name](w))

    assert ag.gradcheck(cost, X)
    assert not [each for each in recwarn if each.category is ag.GradientLostWarning]


def newton_step(w):
    gradient, hessian = ag.grad(cubes)(w), ag.hessian(cubes)(w)
    return ag.grad(lambda p: gradient @ p + p @ hessian @ p / 2)(X)


def descend(w):
    for _ in range(2):
        w.data -= 0.1 * ag.grad(cubes)(w)
    with ag.no_grad():
        w -= 0.1 * ag.grad(cubes)(w)


@pytest.mark.parametrize(
    "use",
    [
        lambda w: np.sum(w * ag.grad(cubes)(w).detach()),
        lambda w: np.sum(w * ag.no_grad()(ag.grad(cubes))(w)),
        lambda w: np.sum(w * ag.grad(cubes)(w.detach())),
        lambda w: np.sum(w * ag.jacobian(cubes)(w.detach())),
        lambda w: np.sum(w * ag.grad(cubes)(X)),
        lambda w: np.sum(w * ag.jacobian(cubes)(X)),
        lambda w: np.sum(w * ag.grad(cubes)(w * 1.0)),
        newton_step,
        descend,
        lambda w: np.sum(w * (X + 0.1 * np.sign(ag.grad(cubes)(w)))),
        lambda w: np.sum(w * (ag.grad(cubes)(w) > 0)),
        lambda w: np.sum(w * np.where(ag.grad(cubes)(w) > 0, 1.0, -1.0)),
        lambda w: w[np.argmax(ag.grad(cubes)(w))],
        lambda w: np.sum(w * np.floor(ag.grad(cubes)(w))),
        lambda w: np.sum(w * ag.no_grad()(lambda g: -0.1 * g)(ag.grad(cubes)(w))),
    ],
)
def test_what_is_no_loss_or_is_asked_for_does_not_warn(use):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(leaf())


def test_a_graph_that_uses_gradients_of_constants_takes_other_values():
    w = leaf()
    value, gradient = ag.value_and_grad(cubes)(X)
    graph = ag.graph(np.sum(w * gradient) * value)
    np.testing.assert_allclose(graph(2 * X).numpy(), 2 * np.sum(3 * X**3) * cubes(X))
