"""Every operator, in both orders, with every kind of other operand."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import autograd_mini as ag

OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod,
]  # fmt: skip
FUNCTIONS = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply,
    operator.truediv: np.divide, operator.pow: np.power, operator.mod: np.remainder,
}  # fmt: skip
OTHERS = [
    2.0, 2, True, 2.5, np.float64(2.5), np.float32(2.5), np.int64(2), np.array(2.5),
    np.array([2.5, 1.5]), np.array([[2], [3]]), [2.5, 1.5], (2.5, 1.5), ag.tensor([2.5, 1.5]),
]  # fmt: skip
SHAPES = [np.array([0.7, 1.3]), np.array(0.7)]


def gradient(f, x):
    t = ag.tensor(x, requires_grad=True)
    out = f(t)
    assert isinstance(out, ag.Tensor)
    assert out.requires_grad, "the result is not recorded"
    np.sum(out).backward()
    assert t.grad is not None, "the gradient was lost"
    return t.grad.numpy()


@pytest.mark.parametrize("x", SHAPES, ids=["vector", "0-d"])
@pytest.mark.parametrize("other", OTHERS, ids=repr)
@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_operators_are_numpys_functions_in_both_orders(op, other, x):
    plain = other.numpy() if isinstance(other, ag.Tensor) else other
    for operate, function, named in (
        (lambda a: op(a, other), lambda a: op(a, plain), lambda a: FUNCTIONS[op](a, other)),
        (lambda a: op(other, a), lambda a: op(plain, a), lambda a: FUNCTIONS[op](other, a)),
    ):
        expected = np.asarray(function(x))
        out = operate(ag.tensor(x, requires_grad=True))
        np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-15)
        assert out.dtype == expected.dtype
        h = 1e-6
        slope = np.sum(function(np.asarray(x + h)) - function(np.asarray(x - h))) / (2 * h)
        np.testing.assert_allclose(np.sum(gradient(operate, x)), slope, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(gradient(operate, x), gradient(named, x), rtol=1e-15)


@pytest.mark.parametrize("op", OPERATORS[:5], ids=lambda op: op.__name__)
@pytest.mark.parametrize("x", SHAPES, ids=["vector", "0-d"])
def test_python_complex_numbers_are_operands_too(op, x):
    for f in (lambda a: op(a, 1 + 2j), lambda a: op(1 + 2j, a)):
        t = ag.tensor(x, requires_grad=True)
        out = f(t)
        assert out.dtype == np.complex128
        np.testing.assert_allclose(out.detach().numpy(), f(x))
        np.sum(np.real(out)).backward()
        h = 1e-6
        slope = np.sum(np.real(f(x + h) - f(x - h))) / (2 * h)
        np.testing.assert_allclose(np.sum(t.grad.numpy()), slope, rtol=1e-6)


@pytest.mark.parametrize("op", [*OPERATORS, operator.matmul], ids=lambda op: op.__name__)
def test_both_operands_recorded_and_the_same_tensor_twice(op):
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.6, 1.7, (2, 2, 2))
    x, y = ag.tensor(a, requires_grad=True), ag.tensor(b, requires_grad=True)
    np.sum(op(x, y)).backward()
    z = ag.tensor(a, requires_grad=True)
    np.sum(op(z, z)).backward()
    h = 1e-6
    for t, f in (
        (x, lambda d: np.sum(op(a + d, b))),
        (y, lambda d: np.sum(op(a, b + d))),
        (z, lambda d: np.sum(op(a + d, a + d))),
    ):
        for k in np.ndindex(2, 2):
            d = np.zeros((2, 2))
            d[k] = h
            slope = (f(d) - f(-d)) / (2 * h)
            np.testing.assert_allclose(t.grad.numpy()[k], slope, rtol=1e-6, atol=1e-8)


def test_matmul_with_arrays_and_lists_on_either_side():
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, 6.0])
    for other in (b, b.tolist(), ag.tensor(b)):
        np.testing.assert_array_equal(gradient(lambda t, o=other: t @ o, a), [[5, 6], [5, 6]])
        np.testing.assert_array_equal(gradient(lambda t, o=other: o @ t, a), [[5, 5], [6, 6]])


def test_unary_operators():
    np.testing.assert_array_equal(gradient(lambda t: -t, SHAPES[0]), [-1, -1])
    np.testing.assert_array_equal(gradient(lambda t: +t, SHAPES[0]), [1, 1])
    np.testing.assert_array_equal(gradient(abs, np.array([-2.0, 3.0])), [-1, 1])


def test_lists_that_hold_recorded_tensors_are_stacked_differentiably():
    a = ag.tensor(2.0, requires_grad=True)
    np.sum(ag.tensor([1.0, 10.0]) * [a, 3 * a]).backward()
    assert a.grad.item() == 31


def test_divmod_and_floor_division_have_numpys_values():
    t = ag.tensor([7.5, -7.5], requires_grad=True)
    q, r = divmod(t, 2.0)
    np.testing.assert_array_equal(q.numpy(), [3, -4])
    np.testing.assert_array_equal(r.detach().numpy(), [1.5, 0.5])
    np.sum(r).backward()
    np.testing.assert_array_equal(t.grad.numpy(), [1, 1])
    q, r = divmod(7.5, ag.tensor(2.0))
    assert (q.item(), r.item()) == (3, 1.5)


def test_comparisons_give_tensors_of_bool_that_are_not_recorded():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    for out, expected in (
        (t < 2, [True, False]), (t < 2, [True, False]), (t <= [1, 1], [True, False]),
        (t == 1, [True, False]), (t != np.array([1, 1]), [False, True]), (t >= t, [True, True]),
    ):  # fmt: skip
        assert out.dtype == bool
        assert not out.requires_grad
        np.testing.assert_array_equal(out.numpy(), expected)


def test_comparison_with_something_else_is_pythons_own():
    t = ag.tensor([1.0])
    assert (t == "a string") is False or not np.any(np.asarray(t == "a string"))
    assert t != None  # noqa: E711
    with pytest.raises(TypeError):
        t + "a string"
    with pytest.raises(TypeError):
        t + None


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_arrays_whose_operators_mean_something_else_are_refused():
    t = ag.tensor(np.ones((2, 2)), requires_grad=True)
    matrix = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    masked = np.ma.array([1.0, 2.0], mask=[True, False])
    for other, says in ((matrix, "matrix"), (masked, r"masked|detach")):
        for op in (
            lambda o: t * o, lambda o: o * t, lambda o: np.multiply(t, o),
            lambda o: np.multiply(o, t),
            lambda o: t @ o, lambda o: np.dot(t, o), lambda o: np.where(t > 0, t, o),
            lambda o: np.concatenate([t, o]) if o.ndim == 2 else t + o, lambda o: t == o,
        ):  # fmt: skip
            with pytest.raises(TypeError, match=says):
                op(other)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("enter", [
    lambda x: ag.grad(np.sum)(x),
    lambda x: ag.grad(lambda p: np.sum(p["x"]))({"x": x}),
    lambda x: ag.vjp(np.sum, x),
    lambda x: ag.jvp(np.sum, (x,), (x,)),
    lambda x: ag.jacobian(np.sin)(x),
    lambda x: ag.compile(np.sum)(x),
    lambda x: ag.compile(lambda p: np.sum(p["x"]))({"x": x}),
], ids=["grad", "a dict", "vjp", "jvp", "jacobian", "compile", "a dict, compiled"])  # fmt: skip
def test_nor_do_they_become_arguments_that_mean_something_else(enter):
    for other, says in (
        (np.matrix([[1.0, 2.0]]), "np.asarray"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), "filled"),
    ):
        with pytest.raises(TypeError, match=says):
            enter(other)


@pytest.mark.parametrize(
    "enter", [ag.tensor, ag.asarray, ag.vmap(np.sin), lambda x: ag.numerical_grad(np.sum, x)]
)
def test_a_mask_is_not_lost(enter):
    with pytest.raises(TypeError, match="filled"):
        enter(np.ma.array([1.0, 2.0], mask=[True, False]))


def test_other_kinds_of_arrays_are_plain_arrays_here():
    class Mine(np.ndarray):
        pass

    t = ag.tensor(np.ones(2), requires_grad=True)
    y = t * np.array([2.0, 3.0]).view(Mine)
    assert type(y.detach().numpy()) is np.ndarray
    np.sum(y).backward()
    np.testing.assert_array_equal(t.grad.numpy(), [2, 3])
    assert type(t.grad.numpy()) is np.ndarray


def test_bool_and_integer_operators():
    a, b = ag.tensor([True, False]), ag.tensor([True, True])
    np.testing.assert_array_equal((a & b).numpy(), [True, False])
    np.testing.assert_array_equal((a | b).numpy(), [True, True])
    np.testing.assert_array_equal((a ^ b).numpy(), [False, True])
    np.testing.assert_array_equal((~a).numpy(), [False, True])
    i = ag.tensor([1, 6])
    np.testing.assert_array_equal((i << 1).numpy(), [2, 12])
    np.testing.assert_array_equal((1 << i).numpy(), [2, 64])
    np.testing.assert_array_equal((i >> 1).numpy(), [0, 3])
    np.testing.assert_array_equal((i // 4).numpy(), [0, 1])
