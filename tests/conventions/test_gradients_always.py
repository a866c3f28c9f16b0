"""What holds for every gradient: its dtype and shape, who owns it, what adds up, what is zero."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.graph.node import value_of
from autograd_mini.ops.operation import registry

FLOATS = ["float16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x * 2.0), lambda x: np.sum(x * 2), lambda x: np.mean(x),
        lambda x: np.sum(x / 3.0), lambda x: np.sum(x**2), lambda x: np.sum(x**2.5),
        lambda x: np.sum(x @ x.T), lambda x: np.sum(np.exp(x)), lambda x: x[0, 0] * 1.0,
        lambda x: np.sum(x.reshape(-1)[::2]), lambda x: np.var(x), lambda x: np.std(x),
        lambda x: np.sum(x * np.ones(3, np.float64)), lambda x: np.sum(x * np.float64(2)),
        lambda x: np.sum(x.astype("complex128")), lambda x: np.sum(np.where(x == 0, x, 2.0)),
        lambda x: np.sum(np.concatenate([x, np.ones((1, 3))])), lambda x: np.sum(x + 1e-3),
        lambda x: np.sum(np.stack([x, x])), lambda x: np.prod(x), lambda x: np.sum(np.cumsum(x)),
        lambda x: np.sum(np.abs(x)), lambda x: np.sum(np.real(x)), lambda x: np.sum(np.conj(x)),
        lambda x: np.sum(x, dtype="complex128"), lambda x: np.mean(x, dtype="complex64"),
    ],
)  # fmt: skip
def test_dtype_and_shape_of_a_gradient_are_those_of_its_tensor(f, dtype):
    x = ag.tensor((np.arange(6.0).reshape(2, 3) / 4 + 0.5).astype(dtype), requires_grad=True)
    y = f(x)
    y.backward()
    assert y.dtype == f(x.detach()).dtype
    assert x.grad.dtype == dtype
    assert x.grad.shape == (2, 3)
    g = ag.grad(lambda x: np.real(f(x)))(x.detach())
    assert (g.dtype, g.shape) == (dtype, (2, 3))
    _, t = ag.jvp(f, (x.detach(),), (np.ones((2, 3), dtype),))
    assert t.dtype == y.dtype


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64"])
def test_python_scalars_are_weak_and_numpy_scalars_strong(dtype):
    x = ag.tensor(np.ones(2, dtype), requires_grad=True)
    for weak in (x + 1, x * 2.0, 1 - x, 2.0 / x, x**2, x**2.5, 2**x, np.maximum(x, 0.0) * 1.0):
        assert weak.dtype == dtype
    for strong in (x * np.float64(2), np.float64(1) + x, x / np.array([2.0, 2.0])):
        assert strong.dtype == np.result_type(dtype, np.float64)
    for weak in (np.add(x, 1), np.multiply(2.0, x), np.where([True, False], x, 0.0)):
        assert weak.dtype == dtype


def test_a_0_d_tensor_is_strong_as_a_0_d_array_is():
    x = ag.tensor(np.ones(2, np.float32))
    assert (x * ag.tensor(2.0)).dtype == (x.numpy() * np.array(2.0)).dtype


@pytest.mark.parametrize("data", [3, [1, 2], [True], np.arange(3, dtype=np.uint8)])
def test_integers_and_bools_cannot_require_a_gradient(data):
    with pytest.raises(TypeError, match="float"):
        ag.tensor(data, requires_grad=True)
    t = ag.tensor(data)
    with pytest.raises(TypeError, match="float"):
        t.requires_grad = True
    assert ag.tensor(data, dtype=float, requires_grad=True).requires_grad


def test_functional_grad_of_an_integer_array_is_refused_and_of_a_python_int_taken_as_float():
    with pytest.raises(TypeError, match="int64"):
        ag.grad(np.sum)(np.arange(3))
    assert ag.grad(lambda x: x * x)(3).item() == 6.0


def test_a_broadcast_operand_gets_its_gradient_summed_to_its_shape():
    rng = np.random.default_rng(0)
    for shape in [(), (1,), (3,), (2, 1), (1, 3), (1, 1), (4, 1, 1), (4, 2, 3), (1, 2, 1)]:
        x = ag.tensor(rng.normal(size=shape), requires_grad=True)
        w = rng.normal(size=(4, 2, 3))
        (x * w).sum().backward()
        expected = np.broadcast_to(w, (4, 2, 3))
        extra = tuple(range(3 - len(shape)))
        expected = expected.sum(axis=extra)
        ones = tuple(k for k, n in enumerate(shape) if n == 1)
        np.testing.assert_allclose(x.grad.numpy(), expected.sum(axis=ones, keepdims=True))
        assert x.grad.shape == shape


@pytest.mark.parametrize(
    "name", [op.name for op in registry.values() if op.kind == "elementwise" and any(op.vjps[1:])]
)
def test_rules_leave_the_summing_of_broadcast_gradients_to_the_engine(name):
    op = registry[name]
    shapes = [(2, 3), (3,), (1,)][: len(op.inputs)]
    operands = [ag.tensor(np.full(n, 0.4 + k), requires_grad=True) for k, n in enumerate(shapes)]
    if op.vjps[0] is None:  # a condition
        operands[0] = np.array([[True, False, True]] * 2)
    made = op(*operands)
    g = np.ones((2, 3))
    for rule in op.vjps:
        if rule is not None:
            assert np.shape(rule(g, made._node, value_of)) in ((2, 3), ())
    np.sum(made).backward()
    for rule, each in zip(op.vjps, operands, strict=True):
        assert rule is None or each.grad.shape == each.shape


def test_add_hands_the_same_array_to_both_parents_and_neither_is_accumulated_into():
    x, y = (ag.tensor(np.ones(3), requires_grad=True) for _ in range(2))
    z = x + y
    ((z + x) * 2.0 + z).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [5, 5, 5])
    np.testing.assert_array_equal(y.grad.numpy(), [3, 3, 3])
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())


def test_grad_is_fresh_and_writable_and_belongs_to_nobody_else():
    x, y = (ag.tensor(np.ones(3), requires_grad=True) for _ in range(2))
    seed = np.array([1.0, 2.0, 3.0])
    (x + y).backward(seed)
    for t in (x, y):
        g = t.grad.numpy()
        assert g.flags.writeable
        assert not np.shares_memory(g, seed)
        g[...] = 7
    np.testing.assert_array_equal(seed, [1, 2, 3])
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())
    z = ag.tensor(np.ones((3, 3)), requires_grad=True)
    z.sum().backward()
    z.grad.numpy()[0, 0] = 5
    np.testing.assert_array_equal(z.grad.numpy()[1], [1, 1, 1])


def test_a_gradient_that_was_kept_does_not_change_when_more_is_added():
    x = ag.tensor(np.ones(3), requires_grad=True)
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    np.testing.assert_array_equal(first.numpy(), [2, 2, 2])
    np.testing.assert_array_equal(x.grad.numpy(), [5, 5, 5])


@pytest.mark.parametrize("make", [
    lambda x: x[:], lambda x: x.T, lambda x: x.reshape(9), lambda x: np.broadcast_to(x, (2, 3, 3)),
    lambda x: x + 0.0, lambda x: np.squeeze(x[None]), lambda x: x.copy(), lambda x: x.astype(float),
])  # fmt: skip
def test_a_gradient_never_shares_memory_with_the_one_passed_in(make):
    x = ag.tensor(np.ones((3, 3)), requires_grad=True)
    y = make(x)
    seed = np.ones(y.shape)
    y.backward(seed)
    assert not np.shares_memory(x.grad.numpy(), seed)
    assert x.grad.numpy().flags.writeable


def test_results_of_grad_are_fresh_and_writable_too():
    a, b = ag.grad(lambda x, y: np.sum(x + y), argnums=(0, 1))(np.ones(3), np.ones(3))
    for g in (a, b):
        assert g.numpy().flags.writeable
    a.numpy()[0] = 9
    np.testing.assert_array_equal(b.numpy(), [1, 1, 1])


def test_backward_on_a_non_scalar_says_its_shape_and_both_remedies():
    x = ag.tensor(np.ones((2, 3)), requires_grad=True, name="x")
    y = x * 2
    with pytest.raises(ValueError, match=r"\(2, 3\)") as caught:
        y.backward()
    assert "sum()" in str(caught.value)
    assert "backward(np.ones" in str(caught.value)
    with pytest.raises(ValueError, match=r"\(3, 2\).*\(2, 3\)"):
        y.backward(np.ones((3, 2)))
    assert x.grad is None


def test_calling_backward_twice_gives_the_same_increment_again():
    x = ag.tensor(np.linspace(1, 2, 4), requires_grad=True)
    y = np.sum(np.exp(x) * x[::2].sum())
    y.backward()
    once = x.grad.numpy().copy()
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * once)


def test_backward_of_two_results_that_share_a_graph():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    h = np.tanh(x)
    a, b = np.sum(h * h), np.sum(h)
    a.backward()
    b.backward()
    expected = ag.grad(lambda x: np.sum(np.tanh(x) ** 2) + np.sum(np.tanh(x)))(x.detach())
    np.testing.assert_allclose(x.grad.numpy(), expected.numpy())


def test_backward_of_what_is_not_recorded_says_what_to_do():
    with pytest.raises(ag.NotRecordedError, match="requires_grad=True"):
        np.sum(ag.tensor([1.0])).backward()


def test_unused_inputs_get_zeros_of_the_right_structure():
    params = {"W": np.ones((2, 3)), "b": [np.ones(2, np.float32), (np.ones(1), 2.0)]}
    g = ag.grad(lambda p: 3.0)(params)
    assert set(g) == {"W", "b"}
    np.testing.assert_array_equal(g["W"].numpy(), np.zeros((2, 3)))
    assert g["b"][0].dtype == np.float32
    assert isinstance(g["b"], list)
    assert isinstance(g["b"][1], tuple)
    assert g["b"][1][1].item() == 0
    a, b = ag.grad(lambda x, y: np.sum(x), argnums=(0, 1))(np.ones(2), np.ones(3))
    np.testing.assert_array_equal(a.numpy(), [1, 1])
    np.testing.assert_array_equal(b.numpy(), [0, 0, 0])
    _, pullback = ag.vjp(lambda x, y: x * 2, np.ones(2), np.ones(3))
    np.testing.assert_array_equal(pullback(np.ones(2))[1].numpy(), [0, 0, 0])
    _, t = ag.jvp(lambda x, y: np.ones(4), (np.ones(2), np.ones(3)), (np.ones(2), np.ones(3)))
    np.testing.assert_array_equal(t.numpy(), np.zeros(4))


def test_second_derivatives_of_linear_functions_are_zero_not_missing():
    g = ag.grad(lambda x: np.sum(ag.grad(lambda y: np.sum(3 * y))(x)))(np.ones(2))
    np.testing.assert_array_equal(g.numpy(), [0, 0])


@pytest.mark.parametrize(
    "cost",
    [
        lambda z: np.abs(z - (1 + 2j)) ** 2, lambda z: np.real(z) ** 2 + np.imag(z - 1j) ** 2,
        lambda z: np.real((z - 1j) * np.conj(z - 1j)), lambda z: np.abs(np.exp(z) - 1),
        lambda z: np.abs(z**2 - 1j) ** 2, lambda z: np.abs(np.sin(z) / (z + 3)),
        lambda z: np.imag(z) ** 2 + np.angle(z + 4) ** 2,
    ],
)  # fmt: skip
def test_complex_descent(cost):
    z = np.array(0.5 + 0.25j)
    value, g = ag.value_and_grad(cost)(z)
    assert cost(z - 1e-3 * g.numpy()) < value.item()
    h = 1e-6
    slope = (cost(z + h) - cost(z - h)) / (2 * h) + 1j * (cost(z + 1j * h) - cost(z - 1j * h)) / (
        2 * h
    )
    np.testing.assert_allclose(g.numpy(), slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("f", "slope"),
    [(np.exp, np.exp), (np.sin, np.cos), (lambda z: z**3, lambda z: 3 * z**2),
     (lambda z: 1 / z, lambda z: -1 / z**2), (np.log, lambda z: 1 / z),
     (np.sqrt, lambda z: 0.5 / np.sqrt(z)), (lambda z: (2 + 1j) * z, lambda z: 2 + 1j),
     (ag.sigmoid, lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2)],
)  # fmt: skip
def test_the_vjp_of_a_holomorphic_function_multiplies_by_the_conjugate_of_its_derivative(f, slope):
    z, g, t = np.array(0.5 + 0.8j), np.array(2 - 3j), np.array(-1 + 0.5j)
    _, pullback = ag.vjp(f, z)
    np.testing.assert_allclose(pullback(g)[0].numpy(), g * np.conj(slope(z)), rtol=1e-12)
    np.testing.assert_allclose(ag.jvp(f, (z,), (t,))[1].numpy(), slope(z) * t, rtol=1e-12)


def test_real_parameters_of_a_complex_computation_get_real_gradients():
    x = ag.tensor([0.3, 0.4], requires_grad=True)
    np.sum(np.abs(np.exp(1j * x) + x * (2 - 1j))).backward()
    assert x.grad.dtype == np.float64

    def cost(x):
        return np.sum(np.abs(np.exp(1j * x) + x * (2 - 1j)))

    h = 1e-6
    for k in range(2):
        d = np.zeros(2)
        d[k] = h
        slope = (cost(x.numpy() + d) - cost(x.numpy() - d)) / (2 * h)
        assert x.grad.numpy()[k] == pytest.approx(slope)


@pytest.mark.parametrize("function", [np.mean, np.average, lambda x: ag.mse(x, 0.5 * x)])
def test_a_mean_of_more_halves_than_float16_can_count_has_its_gradient(function):
    x = np.linspace(0.5, 1.0, 70_000)
    got = ag.grad(function)(x.astype(np.float16))
    assert got.dtype == np.float16
    np.testing.assert_allclose(np.asarray(got), ag.grad(function)(x), rtol=0.02, atol=6e-8)


@pytest.mark.parametrize("ends", [(np.True_, np.float16(2)), (np.int8(0), np.float32(3)), (0, 2.0)])
def test_linspace_has_numpys_dtype(ends):
    expected = np.linspace(*ends, 3)
    for start, stop in (ends, map(ag.tensor, ends), (ends[0], ag.tensor(ends[1]))):
        found = np.linspace(start, stop, 3)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(np.asarray(found), expected)
