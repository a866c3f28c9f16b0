"""Network functions at their extremes: values, derivatives, precision, and no warnings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special, stats

import autograd_mini as ag

EXTREME = np.array([-np.inf, -1000.0, -50.0, -1.0, 0.0, 1.0, 50.0, 1000.0, np.inf])
ORDINARY = np.array([-3.0, -0.7, 0.4, 2.5])

VALUES = {
    "relu": (ag.relu, lambda x: np.maximum(x, 0)),
    "leaky_relu": (ag.leaky_relu, lambda x: np.where(x > 0, x, 0.01 * x)),
    "elu": (ag.elu, lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0)))),
    "gelu": (ag.gelu, lambda x: np.where(x < -40, 0, x) * stats.norm.cdf(x)),
    "sigmoid": (ag.sigmoid, special.expit),
    "log_sigmoid": (ag.log_sigmoid, special.log_expit),
    "softplus": (ag.softplus, lambda x: -special.log_expit(-x)),
    "tanh": (ag.tanh, np.tanh),
}
every = pytest.mark.parametrize("name", VALUES)


@every
def test_values_are_right_at_the_extremes_and_do_not_warn(name):
    f, expected = VALUES[name]
    with np.errstate(all="ignore"):
        wanted = expected(EXTREME)
    np.testing.assert_allclose(f(EXTREME).numpy(), wanted, rtol=1e-14)
    for dtype, close in ((np.float32, 1e-6), (np.float16, 2e-3)):
        got = f(EXTREME.astype(dtype))
        assert got.dtype == dtype
        np.testing.assert_allclose(got.numpy(), wanted, rtol=close, atol=close)


@pytest.mark.parametrize("name", [*VALUES, "silu", "gelu tanh"])
def test_gradients_at_the_extremes_are_those_of_the_asymptotes(name):
    f = (lambda x: ag.gelu(x, "tanh")) if name == "gelu tanh" else getattr(ag, name)
    x = np.array([-1000.0, 1000.0])
    below = {"leaky_relu": 0.01, "log_sigmoid": 1.0}.get(name, 0.0)
    above = {"sigmoid": 0.0, "tanh": 0.0, "log_sigmoid": 0.0}.get(name, 1.0)
    for dtype in (np.float64, np.float32, np.float16):
        g = ag.grad(lambda x: np.sum(f(x)))(x.astype(dtype))
        assert g.dtype == dtype
        np.testing.assert_allclose(g.numpy(), [below, above], rtol=1e-3)
        second = ag.hvp(lambda x: np.sum(f(x)), (x.astype(dtype),), (np.ones(2, dtype),))[0]
        np.testing.assert_array_equal(second.numpy(), 0)


CHOICES = {  # by cases, and the slope
    "relu": (ag.relu, lambda x: np.where(x <= 0, 0, x), lambda x: x > 0),
    "elu": (
        ag.elu,
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.where(x < 0, np.exp(np.minimum(x, 0)), 1),
    ),
    **{
        f"elu {a}": (
            lambda x, a=a: ag.elu(x, a),
            lambda x, a=a: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))),
            lambda x, a=a: np.where(
                x > 0, 1, np.where(x < 0, a * np.exp(np.minimum(x, 0)), np.clip(a, 0, 1))
            ),
        )
        for a in (0.5, 2.0, -0.5, 0.0)
    },
    **{
        f"leaky_relu {a}": (
            lambda x, a=a: ag.leaky_relu(x, a),
            lambda x, a=a: np.where(x > 0, x, a * x),
            lambda x, a=a: np.where(x > 0, 1, np.where(x < 0, a, np.clip(a, 0, 1))),
        )
        for a in (0.01, 1e-300, 1.0, 1.5, 0.0, -0.5, 1, 0, np.float64(0.1), np.float32(0.1))
    },
    "softplus": (
        ag.softplus,
        lambda x: np.where(x > 0, x, 0) + np.log1p(np.exp(-np.abs(x))),
        lambda x: ag.sigmoid(x).numpy(),
    ),
}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", CHOICES)
def test_activations_are_what_their_cases_say_to_the_last_bit(name, dtype):
    f, value, slope = CHOICES[name]
    special = [np.inf, -np.inf, np.nan, 0.0, -0.0, 5e-324, -5e-324, 1e-40, -1e-7, 6e4, -6e4]
    with np.errstate(all="ignore"):
        x = np.append(special, np.random.default_rng(0).normal(size=1000)).astype(dtype)
        wanted = value(x)
        made = f(x).numpy()
        assert made.dtype == wanted.dtype
        np.testing.assert_array_equal(made, wanted)
        g = ag.grad(lambda x: np.sum(f(x)))(x).numpy()
        assert g.dtype == dtype
        np.testing.assert_array_equal(g, slope(x).astype(dtype))


@pytest.mark.parametrize("name", [*VALUES, "silu", "gelu tanh"])
def test_derivatives_between(name):
    f = (lambda x: ag.gelu(x, "tanh")) if name == "gelu tanh" else getattr(ag, name)
    assert ag.gradcheck(f, ORDINARY, order=2)


def test_gelu_is_right_to_rounding_far_into_the_tail():
    x = np.linspace(-37, 37, 5001)
    np.testing.assert_allclose(ag.gelu(x).numpy(), x * stats.norm.cdf(x), rtol=3e-15)
    tanh = ag.gelu(ORDINARY, "tanh").numpy()
    inner = math.sqrt(2 / math.pi) * (ORDINARY + 0.044715 * ORDINARY**3)
    np.testing.assert_allclose(tanh, 0.5 * ORDINARY * (1 + np.tanh(inner)), rtol=1e-14)
    with pytest.raises(ValueError, match="'erf'"):
        ag.gelu(ORDINARY, "erf")
    with pytest.raises(TypeError, match="real"):
        ag.gelu(ORDINARY + 1j)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 2e-15), (np.float32, 6e-7)])
def test_the_slope_of_gelu_is_right_to_rounding(dtype, tolerance):
    x = np.concatenate([np.linspace(-12, 45, 2001), [0.0, -0.0, 5e-324, -1e-310, 1e-40, 1e-29]])
    x = x.astype(dtype)
    exact = x.astype(np.float64)
    wanted = stats.norm.cdf(exact) + exact * stats.norm.pdf(exact)
    found = ag.grad(lambda x: np.sum(ag.gelu(x)))(x).numpy()
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)
    ends = ag.grad(lambda x: np.sum(ag.gelu(x)))(np.array([np.inf, -np.inf, np.nan], dtype))
    np.testing.assert_array_equal(ends.numpy(), [1, 0, np.nan])


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (ag.relu, 0.0),
        (ag.leaky_relu, 0.01),
        (lambda x: ag.leaky_relu(x, -0.5), 0.0),
        (ag.elu, 1.0),
        (lambda x: ag.elu(x, 0.5), 0.5),
        (ag.silu, 0.5),
        (ag.gelu, 0.5),
        (ag.softplus, 0.5),
        (ag.sigmoid, 0.25),
    ],
)
def test_at_0_the_least_subgradient(f, slope):
    assert ag.grad(f)(0.0).item() == pytest.approx(slope)


# -- softmax -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-1, 0, (0, 1), None])
def test_softmax_and_its_logarithm(axis):
    x = np.random.default_rng(0).normal(size=(3, 4)) * 5
    np.testing.assert_allclose(ag.softmax(x, axis).numpy(), special.softmax(x, axis), rtol=1e-13)
    np.testing.assert_allclose(
        ag.log_softmax(x, axis).numpy(), special.log_softmax(x, axis), rtol=1e-13
    )
    np.testing.assert_allclose(
        ag.logsumexp(x, axis).numpy(), special.logsumexp(x, axis), rtol=1e-13
    )
    for f in (ag.softmax, ag.log_softmax, ag.logsumexp):
        assert ag.gradcheck(lambda x, f=f: f(x, axis), x, order=2)


def test_softmax_of_huge_numbers_is_finite_and_shares():
    x = np.array([1000.0, 1000.0, -1000.0])
    np.testing.assert_array_equal(ag.softmax(x).numpy(), [0.5, 0.5, 0])
    assert ag.log_softmax(x).numpy().tolist() == pytest.approx(
        [-math.log(2)] * 2 + [-2000 - math.log(2)]
    )
    np.testing.assert_array_equal(ag.grad(ag.logsumexp)(x).numpy(), [0.5, 0.5, 0])


def test_impossible_entries_have_no_weight_and_no_gradient():
    x = np.array([0.0, -np.inf, 0.0])
    np.testing.assert_array_equal(ag.softmax(x).numpy(), [0.5, 0, 0.5])
    g = ag.grad(lambda x: np.sum(ag.softmax(x) * np.array([1.0, 5.0, 2.0])))(x)
    np.testing.assert_array_equal(g.numpy(), [-0.25, 0, 0.25])
    np.testing.assert_array_equal(
        ag.grad(lambda x: ag.log_softmax(x)[0])(x).numpy(), [0.5, 0, -0.5]
    )
    np.testing.assert_array_equal(ag.grad(ag.logsumexp)(np.full(3, -np.inf)).numpy(), 0)


def test_softmax_of_nothing_possible_is_nan_without_a_warning():
    x = np.full(2, -np.inf)
    assert np.isnan(ag.softmax(x).numpy()).all()
    assert np.isnan(ag.log_softmax(x).numpy()).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0)])
def test_softmax_of_nothing(shape):
    for f in (ag.softmax, ag.log_softmax):
        assert f(np.zeros(shape)).shape == shape
        assert ag.grad(lambda x, f=f: np.sum(f(x)))(np.zeros(shape)).shape == shape


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_softmax_keeps_the_precision(dtype):
    x = ORDINARY.astype(dtype)
    for f in (ag.softmax, ag.log_softmax, ag.logsumexp):
        assert f(x).dtype == dtype
        assert ag.grad(lambda x, f=f: np.sum(f(x) ** 2))(x).dtype == dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("axis", [-1, 0, (0, 1), None, ()])
@pytest.mark.parametrize("layout", ["C", "F", "every other", "repeated"])
def test_softmax_is_its_formula_and_leaves_what_it_is_given(layout, axis, dtype):
    lay = {
        "C": np.ascontiguousarray, "F": np.asfortranarray, "every other": lambda x: x[:, ::2],
        "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
    }[layout]  # fmt: skip
    x = (np.random.default_rng(0).normal(size=(30, 40)) * 3).astype(dtype)
    x[3, 5], x[7, :], x[:, 4] = -np.inf, 2, -70
    x, g = lay(x), lay(np.random.default_rng(1).normal(size=x.shape).astype(dtype))

    def total(a):
        return np.sum(a, axis=axis, keepdims=True)

    with np.errstate(invalid="ignore"):  # infinity alone
        shifted = x - np.max(x, axis=axis, keepdims=True)
    share = np.exp(shifted) / total(np.exp(shifted))
    close = {"rtol": 50 * np.finfo(dtype).eps, "atol": 50 * np.finfo(dtype).eps}
    for f, value, slope in (
        (ag.softmax, share, share * (g - total(g * share))),
        (ag.log_softmax, shifted - np.log(total(np.exp(shifted))), g - share * total(g)),
    ):
        t, given, weights = ag.tensor(x, requires_grad=True), x.copy(), g.copy()
        made = f(t, axis)
        assert made.dtype == dtype
        np.testing.assert_allclose(made.numpy(), value, **close)
        kept = made.numpy().copy()
        made.backward(g)
        assert t.grad.dtype == dtype
        np.testing.assert_allclose(t.grad.numpy(), slope, **close)
        for now, before in ((x, given), (g, weights), (made.numpy(), kept)):
            np.testing.assert_array_equal(now, before)
        pushed = ag.jvp(lambda x, f=f: f(x, axis), (x,), (g,))[1]
        by_sum = share * (g - total(g * share)) if f is ag.softmax else g - total(share * g)
        np.testing.assert_allclose(pushed.numpy(), by_sum, **close)


# -- losses --------------------------------------------------------------------------------------

LABELS = np.array([0, 1, 1, 0])


def test_binary_cross_entropy():
    p = np.array([0.2, 0.7, 0.99, 0.5])
    expected = -np.mean(np.log(np.where(LABELS == 1, p, 1 - p)))
    assert ag.binary_cross_entropy(p, LABELS).item() == pytest.approx(expected)
    assert ag.gradcheck(lambda p: ag.binary_cross_entropy(p, LABELS), p, order=2)
    assert ag.gradcheck(ag.binary_cross_entropy, p, np.array([0.1, 0.9, 0.4, 0.5]), order=2)


def test_certain_and_right_costs_nothing():
    p = np.array([0.0, 1.0])
    assert ag.binary_cross_entropy(p, [0, 1]).item() == 0
    np.testing.assert_allclose(
        ag.grad(lambda p: ag.binary_cross_entropy(p, [0, 1]))(p).numpy(), [0.5, -0.5]
    )


def test_binary_cross_entropy_with_logits():
    z = np.array([-3.0, 0.0, 2.0, 1.5])
    expected = ag.binary_cross_entropy(special.expit(z), LABELS).item()
    assert ag.binary_cross_entropy_with_logits(z, LABELS).item() == pytest.approx(expected)
    np.testing.assert_allclose(
        ag.grad(lambda z: ag.binary_cross_entropy_with_logits(z, LABELS))(z).numpy(),
        (special.expit(z) - LABELS) / 4,
    )
    assert ag.gradcheck(
        ag.binary_cross_entropy_with_logits, z, np.array([0.1, 0.9, 0.4, 0.0]), order=2
    )


def test_logits_may_be_huge():
    z = np.array([1000.0, -1000.0, np.inf, 40.0])
    assert ag.binary_cross_entropy_with_logits(z, [1, 0, 1, 1]).item() == pytest.approx(
        math.exp(-40) / 4
    )
    assert ag.binary_cross_entropy_with_logits(z[:2], [0, 1]).item() == 1000
    g = ag.grad(lambda z: ag.binary_cross_entropy_with_logits(z, [0, 1]))(z[:2])
    np.testing.assert_array_equal(g.numpy(), [0.5, -0.5])


def test_cross_entropy():
    z, labels = np.random.default_rng(1).normal(size=(4, 3)), np.array([2, 0, 1, 1])
    expected = -np.mean(special.log_softmax(z, axis=1)[np.arange(4), labels])
    assert ag.cross_entropy(z, labels).item() == pytest.approx(expected)
    np.testing.assert_allclose(
        ag.grad(lambda z: ag.cross_entropy(z, labels))(z).numpy(),
        (special.softmax(z, axis=1) - np.eye(3)[labels]) / 4,
    )
    assert ag.gradcheck(lambda z: ag.cross_entropy(z, labels), z, order=2)
    assert ag.cross_entropy([[1000.0, 0.0]], [1]).item() == 1000


def test_mean_squared_error():
    a, b = ORDINARY, ORDINARY[::-1].copy()
    assert ag.mse(a, b).item() == pytest.approx(np.mean((a - b) ** 2))
    assert ag.gradcheck(ag.mse, a, b, order=2)


MANY = 100_000  # more than float16 can count, and the sum of as many ones more than it can hold


@pytest.mark.parametrize("backend", [None, "numpy", "numba"])
@pytest.mark.parametrize("f", [ag.softmax, ag.log_softmax, ag.logsumexp, np.mean])
def test_sums_of_many_half_floats_are_taken_in_single_ones(f, backend):
    """Values, gradients and tangents, whatever the sums on the way to them come to."""
    x = np.zeros(MANY)
    x[:3] = -1, -2, -3
    t = np.linspace(0, 1, MANY)

    def with_slopes(x, t):
        out, pullback = ag.vjp(f, x)
        return out, pullback(t[: out.size].reshape(out.shape) + 1)[0], ag.jvp(f, (x,), (t,))[1]

    call = with_slopes if backend is None else ag.compile(with_slopes, backend=backend)
    found = call(x.astype(np.float16), t.astype(np.float16))
    for ours, exact in zip(found, with_slopes(x, t), strict=True):
        assert ours.dtype == np.float16
        largest = np.max(np.abs(exact)).item()
        np.testing.assert_allclose(ours, exact, rtol=0, atol=0.03 * largest)


@pytest.mark.parametrize("backend", [None, "numpy", "numba"])
def test_the_gradient_of_what_was_added_to_many_rows_counts_all_of_them(backend):
    def cost(b, X):
        return np.mean(X + b) + ag.cross_entropy(X[:2, :1] * np.ones(MANY, X.dtype), [0, 1])

    X, b = np.zeros((MANY, 3), np.float16), np.zeros(3, np.float16)
    step = ag.value_and_grad(cost)
    J, db = (step if backend is None else ag.compile(step, backend=backend))(b, X)
    assert J.dtype == db.dtype == np.float16
    np.testing.assert_allclose(J, np.log(MANY), rtol=1e-3)
    np.testing.assert_allclose(db, [1 / 3] * 3, rtol=2e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(
    "labels", [[0, 1, 1, 0], np.array([0, 1, 1, 0]), np.array([0, 1, 1, 0], bool)]
)
def test_losses_keep_the_precision_of_predictions_for_integer_labels(dtype, labels):
    p = np.array([0.2, 0.5, 0.7, 0.1], dtype)
    for loss in (ag.binary_cross_entropy, ag.binary_cross_entropy_with_logits, ag.mse):
        assert loss(p, labels).dtype == dtype
        assert ag.grad(lambda p, loss=loss: loss(p, labels))(p).dtype == dtype
    assert ag.cross_entropy(p.reshape(2, 2), [0, 1]).dtype == dtype


def test_mistakes_raise_with_shapes():
    for loss in (ag.binary_cross_entropy, ag.binary_cross_entropy_with_logits, ag.mse):
        with pytest.raises(ValueError, match=r"\(4,\) and \(4, 1\)"):
            loss(np.full(4, 0.5), np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"\(4,\)"):
        ag.cross_entropy(np.ones(4), [0])
    with pytest.raises(TypeError, match="integers"):
        ag.cross_entropy(np.ones((1, 2)), [0.5])
    with pytest.raises(ValueError, match="0 … 1"):
        ag.cross_entropy(np.ones((1, 2)), [2])


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    "name",
    ["elu", "leaky_relu", "log_sigmoid", "log_softmax", "logsumexp", "relu", "sigmoid", "silu",
     "softmax", "softplus"],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "bool"])
def test_whole_numbers_are_no_less_exact_than_floats(name, dtype, compiled):
    f = getattr(ag, name)
    x = np.array([100, 3, 0, 1]).astype(dtype)
    f = ag.compile(f) if compiled else f
    np.testing.assert_allclose(f(x), getattr(ag, name)(x.astype(float)), rtol=1e-14)


def test_losses_take_numbers_and_whole_numbers():
    small = np.array([0, 200], np.uint8)
    assert ag.mse(small, small[::-1].copy()).item() == 40_000
    assert ag.mse(2.0, 1).item() == 1
    for loss in (ag.binary_cross_entropy, ag.binary_cross_entropy_with_logits):
        expected = ag.grad(lambda p, loss=loss: loss(p, np.array([1.0])))(np.array([0.5]))
        for label in (1, 1.0, True):
            np.testing.assert_array_equal(ag.grad(loss)(0.5, label), expected[0])
    logits = np.array([200, 3], np.uint8)
    np.testing.assert_allclose(
        ag.binary_cross_entropy_with_logits(logits, np.array([1, 0])).item(),
        (np.log1p(np.exp(-3.0)) + 3) / 2, rtol=1e-12,
    )  # fmt: skip
