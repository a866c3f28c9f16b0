"""The derivative where it exists; else the least subgradient, the limit, NaN, or equal shares."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_mini as ag

INF, NAN = np.inf, np.nan


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


def slopes(f, *points, argnums=0):
    """Return the gradient of the sum of f, entry by entry."""
    arrays = [np.asarray(p, float) for p in points]
    g = ag.grad(lambda *a: np.sum(f(*a)), argnums=argnums)(*arrays)
    return [each.numpy().tolist() for each in g] if isinstance(g, tuple) else g.numpy().tolist()


def equal(a, b):
    np.testing.assert_array_equal(a, b)


def test_abs_and_relu_at_0_have_slope_0():
    equal(slopes(np.abs, [-1.0, 0.0, -0.0, 2.0]), [-1, 0, 0, 1])
    equal(slopes(np.fabs, [-1.0, 0.0, 2.0]), [-1, 0, 1])
    equal(slopes(ag.relu, [-1.0, 0.0, -0.0, 2.0]), [0, 0, 0, 1])


def test_leaky_relu_and_elu_at_0_take_the_subgradient_of_least_norm():
    equal(slopes(ag.leaky_relu, [-1.0, 0.0, 1.0]), [0.01, 0.01, 1])
    equal(slopes(lambda x: ag.leaky_relu(x, slope=2.0), [-1.0, 0.0, 1.0]), [2, 1, 1])
    equal(slopes(lambda x: ag.leaky_relu(x, slope=-0.5), [-1.0, 0.0, 1.0]), [-0.5, 0, 1])
    np.testing.assert_allclose(slopes(lambda x: ag.elu(x, alpha=0.5), [0.0]), [0.5])
    np.testing.assert_allclose(slopes(ag.elu, [0.0]), [1.0])


@pytest.mark.parametrize(
    "f",
    [np.sign, np.round, np.rint, np.floor, np.ceil, np.trunc, np.argmax, np.argmin,
     lambda x: x > 1, lambda x: x <= 1, lambda x: x == x, lambda x: x != 1, lambda x: x // 0.3,
     np.isfinite, np.signbit, lambda x: np.fix(x), lambda x: np.around(x, 1),
     np.argsort, lambda x: np.searchsorted([0.5, 1.5], x), np.count_nonzero, np.nonzero],
)  # fmt: skip
def test_piecewise_constant_functions_leave_no_edge_in_the_graph(f):
    x = ag.tensor([0.0, 1.5, -0.5], requires_grad=True)
    out = f(x)
    for each in out if isinstance(out, tuple) else (out,):
        assert not getattr(each, "requires_grad", False)
    (np.sum(x * 3.0) + np.sum(np.asarray(out) * 1.0)).backward()
    equal(x.grad.numpy(), [3, 3, 3])


@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_a_tie_of_two_operands_is_shared(f):
    equal(slopes(f, [1.0, 0.0], [1.0, -0.0], argnums=(0, 1)), [[0.5, 0.5], [0.5, 0.5]])


@pytest.mark.parametrize("f", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_a_tie_with_a_constant_has_slope_one_half(f):
    equal(slopes(lambda x: f(x, 0), [0.0]), [0.5])
    equal(slopes(lambda x: f(0.0, x), [0.0]), [0.5])
    equal(slopes(lambda x: f(x, np.array([0.0])), [0.0]), [0.5])


def test_maximum_of_a_tensor_with_itself_has_slope_1():
    equal(slopes(lambda x: np.maximum(x, x), [3.0, 0.0]), [1, 1])


def test_fmax_ignores_nan_and_maximum_hands_it_on():
    equal(slopes(lambda x: np.fmax(x, NAN), [1.0]), [1])
    equal(slopes(lambda x, y: np.fmin(x, y), [NAN], [2.0], argnums=(0, 1)), [[0], [1]])


@pytest.mark.parametrize("f", [np.maximum, np.minimum])
@pytest.mark.parametrize("pair", [(NAN, 1.0), (1.0, NAN), (1.0, 1.0), (-INF, INF)])
def test_compiled_extremes_of_numbers_hand_nan_on_and_share_ties_too(f, pair):
    a, b = np.array(pair[0]), np.array(pair[1])
    equal(ag.compile(f)(a, b).numpy(), f(a, b))
    both = ag.grad(f, argnums=(0, 1))
    for got, expected in zip(ag.compile(both)(a, b), both(a, b), strict=True):
        equal(got.numpy(), expected.numpy())


@pytest.mark.parametrize("f", [np.max, np.min, np.amax, np.amin])
def test_ties_over_an_axis_are_shared_by_their_number(f):
    equal(slopes(f, [2.0, 2.0, 2.0, 2.0]), [0.25] * 4)
    equal(slopes(lambda x: f(x, axis=0), [[1.0, 3.0], [1.0, 3.0]]), [[0.5, 0.5], [0.5, 0.5]])
    equal(slopes(lambda x: f(x, axis=(0, 1), keepdims=True), [[1.0, 1.0]]), [[0.5, 0.5]])


def test_ties_are_counted_in_integers_not_in_the_dtype_of_the_gradient():
    """float16 counts only up to 2048."""
    x = ag.tensor(np.ones(4097, np.float16), requires_grad=True)
    np.max(x).backward(np.float16(4097))
    assert x.grad.dtype == np.float16
    equal(x.grad.numpy(), np.ones(4097))


def test_max_with_initial_above_all_entries_has_gradient_0():
    equal(slopes(lambda x: np.max(x, initial=5.0), [1.0, 2.0]), [0, 0])
    equal(slopes(lambda x: np.max(x, initial=2.0), [1.0, 2.0]), [0, 0.5])


def test_clip_has_slope_1_on_the_closed_interval():
    equal(slopes(lambda x: np.clip(x, 0, 1), [-1.0, 0.0, 0.5, 1.0, 2.0]), [0, 1, 1, 1, 0])
    equal(slopes(lambda x: np.clip(x, None, 1), [-1.0, 1.0, 2.0]), [1, 1, 0])
    equal(slopes(lambda x: np.clip(x, 0, None), [-1.0, 0.0, 2.0]), [0, 1, 1])
    equal(slopes(lambda x: np.clip(x, 0.5, 0.5), [0.0, 0.5, 1.0]), [0, 0, 0])


def test_clip_bounds_get_the_gradient_of_what_they_replaced():
    low, high = slopes(
        lambda low, high: np.clip(np.array([-2.0, 0.0, 3.0]), low, high), -1.0, 1.0,
        argnums=(0, 1),
    )  # fmt: skip
    assert (low, high) == (1.0, 1.0)


def test_sort_and_partition_follow_the_stable_permutation():
    weights = np.array([1.0, 10.0, 100.0, 1000.0])
    x = [2.0, 1.0, 2.0, 1.0]
    equal(slopes(lambda x: np.sort(x, kind="stable") * weights, x), [100, 1, 1000, 10])
    equal(slopes(lambda x: np.sort(x) * weights, x), [100, 1, 1000, 10])
    g = slopes(lambda x: np.partition(x, 1)[:2] * np.array([1.0, 1.0]), [3.0, 1.0, 2.0])
    equal(g, [0, 1, 1])


def test_median_and_quantile_give_to_the_order_statistics_they_interpolate():
    equal(slopes(np.median, [3.0, 1.0, 2.0]), [0, 0, 1])
    equal(slopes(np.median, [4.0, 1.0, 2.0, 3.0]), [0, 0, 0.5, 0.5])
    equal(slopes(lambda x: np.quantile(x, 0.25), [0.0, 10.0, 20.0]), [0.5, 0.5, 0])
    equal(slopes(lambda x: np.percentile(x, 50), [0.0, 10.0, 20.0]), [0, 1, 0])


def test_sqrt_at_0_has_the_limit_infinity():
    equal(slopes(np.sqrt, [0.0, 4.0]), [INF, 0.25])
    equal(slopes(np.cbrt, [0.0]), [INF])
    equal(slopes(np.log, [0.0]), [INF])
    equal(slopes(np.log1p, [-1.0]), [INF])
    equal(slopes(np.arcsin, [1.0]), [INF])
    equal(slopes(np.arccos, [1.0]), [-INF])
    equal(slopes(np.arctanh, [1.0]), [INF])
    equal(slopes(np.arccosh, [1.0]), [INF])


@pytest.mark.parametrize(
    ("function", "outside", "within"),
    [
        (np.sqrt, -1.0, 4.0), (np.arcsin, 2.0, 0.5), (np.arccos, -2.0, 0.5),
        (np.log, -1.0, 2.0), (np.log2, -1.0, 2.0), (np.log10, -1.0, 2.0), (np.log1p, -2.0, 1.0),
        (np.arctanh, 2.0, 0.5), (np.arctanh, -2.0, 0.5), (np.arccosh, 0.5, 2.0),
        (lambda x: x**1.5, -1.0, 2.0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outside_of_its_domain_a_function_has_gradient_nan(function, outside, within, dtype):
    x = np.array([outside, within, np.nan], dtype)

    def total(x):
        return np.sum(function(x))

    with np.errstate(all="ignore"):
        first = ag.grad(total)(x).numpy()
        second = ag.grad(lambda x: np.sum(ag.grad(total)(x)))(x).numpy()
        _, forward = ag.jvp(function, (x,), (np.ones_like(x),))
        compiled = ag.compile(ag.grad(total))(x).numpy()
    equal(np.isnan(first), [True, False, True])
    equal(np.isnan(second), [True, False, True])
    equal(forward, first)
    equal(compiled, first)
    assert first.dtype == second.dtype == dtype


@pytest.mark.parametrize("function", [np.remainder, np.fmod])
def test_a_remainder_of_a_division_by_0_has_gradient_nan(function):
    twos, divisors = np.array([2.0, 2.0]), np.array([0.0, 1.5])
    with np.errstate(all="ignore"):
        of_x, of_y = ag.grad(lambda x, y: np.sum(function(x, y)), (0, 1))(twos, divisors)
    equal(of_x, [np.nan, 1])
    equal(of_y, [np.nan, -1])


@pytest.mark.parametrize(
    ("x", "y", "of_x", "of_y"),
    [(-1.0, INF, 1, 1), (1.0, -INF, 1, 1), (1.0, INF, 1, 0), (-1.0, -INF, 1, 0), (5.0, -3.0, 1, 2)],
)
def test_a_remainder_of_a_division_by_infinity_has_the_slopes_of_large_divisors(x, y, of_x, of_y):
    """It is x + y if the signs differ, else x: NumPy has an infinite value for the first."""
    with np.errstate(all="ignore"):
        slopes = ag.grad(np.remainder, (0, 1))
        for f in (slopes, ag.compile(slopes)):
            equal([each.item() for each in f(np.array(x), np.array(y))], [of_x, of_y])


@pytest.mark.parametrize("second", [ag.grad, lambda f, k: lambda *xs: forward_slope(f, k, xs)])
@pytest.mark.parametrize("first", [ag.grad, lambda f, k: lambda *xs: forward_slope(f, k, xs)])
@pytest.mark.parametrize("function", [np.remainder, np.fmod])
def test_a_remainder_of_a_division_by_0_has_second_derivatives_nan(function, first, second):
    """Whichever way each of the two derivatives is taken; elsewhere they are 0."""
    for x, y, expected in [(2.0, 0.0, np.nan), (INF, 1.5, np.nan), (2.0, 1.5, 0), (2.0, INF, 0)]:
        with np.errstate(all="ignore"):
            equal(second(first(function, 0), 0)(x, y), expected)


@pytest.mark.parametrize("second", [ag.grad, lambda f, k: lambda *xs: forward_slope(f, k, xs)])
@pytest.mark.parametrize("first", [ag.grad, lambda f, k: lambda *xs: forward_slope(f, k, xs)])
@pytest.mark.parametrize("function", [np.arctan, np.arcsinh])
def test_slopes_that_have_come_to_rest_at_infinity_have_the_slope_0(function, first, second):
    curvature = second(first(function, 0), 0)
    for x in (INF, -INF):
        equal(curvature(x), 0)
        equal(ag.compile(curvature)(np.array(x)), 0)
        equal(ag.vmap(curvature)(np.array([x, 1.0]))[0], 0)


def forward_slope(f, k, xs):
    return ag.jvp(f, xs, tuple(1.0 if each == k else 0.0 for each in range(len(xs))))[1]


def test_what_was_not_used_outside_of_the_domain_has_gradient_0():
    def used(x):
        return np.sum(np.where(x > 0, np.log(x), 0))

    with np.errstate(all="ignore"):
        equal(slopes(used, [-1.0, 0.0, 2.0]), [0, 0, 0.5])
        equal(ag.compile(ag.grad(used))(np.array([-1.0, 0.0, 2.0])), [0, 0, 0.5])


def test_a_complex_logarithm_has_no_outside():
    equal(ag.grad(lambda z: np.real(np.log(z)))(np.array(-2.0 + 0j)).numpy(), -0.5)


@pytest.mark.parametrize(
    "norm",
    [np.linalg.norm, lambda x: np.linalg.norm(x, axis=0), lambda x: np.linalg.norm(x, 1),
     lambda x: np.linalg.norm(x, np.inf), lambda x: np.linalg.norm(x, 3),
     lambda x: np.linalg.vector_norm(x)],
)  # fmt: skip
def test_norm_at_0_has_gradient_0(norm):
    equal(slopes(norm, [0.0, 0.0]), [0, 0])


def test_std_of_equal_values_has_gradient_0():
    equal(slopes(np.std, [2.0, 2.0, 2.0]), [0, 0, 0])
    equal(slopes(lambda x: np.std(x, axis=0), [[1.0, 5.0], [1.0, 7.0]]), [[0, -0.5], [0, 0.5]])
    equal(slopes(lambda x: np.std(x, where=[True, True, False]), [2.0, 2.0, 5.0]), [0, 0, 0])


def test_hypot_and_arctan2_at_the_origin_have_gradient_0():
    equal(slopes(np.hypot, [0.0], [0.0], argnums=(0, 1)), [[0], [0]])
    equal(slopes(np.arctan2, [0.0], [0.0], argnums=(0, 1)), [[0], [0]])


def test_a_complex_absolute_value_and_angle_at_0_have_gradient_0():
    z = np.zeros(2, complex)
    equal(ag.grad(lambda z: np.sum(np.abs(z)))(z).numpy(), [0, 0])
    equal(ag.grad(lambda z: np.sum(np.angle(z)))(z).numpy(), [0, 0])


def test_sqrt_of_a_sum_of_squares_written_out_is_nan_at_0_and_anomaly_detection_names_norm():
    def written_out(x):
        return np.sqrt(np.sum(x * x))

    assert np.isnan(slopes(written_out, [0.0, 0.0])).all()
    x = ag.tensor([0.0, 0.0], requires_grad=True)
    with ag.detect_anomaly():
        y = written_out(x)
        with pytest.raises(ag.AnomalyError, match="norm"):
            y.backward()


def test_powers_at_0_have_slope_0():
    equal(slopes(lambda x: x**2, [0.0]), [0])
    equal(slopes(lambda x: x**1.5, [0.0]), [0])
    equal(slopes(lambda x: x**0, [0.0, 3.0]), [0, 0])
    equal(slopes(lambda x: x**0.0, [0.0, 3.0]), [0, 0])
    equal(slopes(lambda x: x ** np.array([2.0, 1.5, 0.0]), [0.0, 0.0, 0.0]), [0, 0, 0])
    equal(slopes(lambda x: x**1, [0.0, 3.0]), [1, 1])
    equal(slopes(lambda x: np.float_power(x, 2), [0.0]), [0])
    equal(slopes(lambda x: x**0.5, [0.0]), [INF])
    equal(slopes(lambda x: np.square(x), [0.0]), [0])


def test_second_derivatives_of_powers_at_0():
    second = ag.grad(ag.grad(lambda x: x**2))
    assert second(0.0).item() == 2
    assert ag.grad(ag.grad(lambda x: x**3))(0.0).item() == 0
    assert ag.grad(ag.grad(lambda x: x**1))(0.0).item() == 0
    assert ag.grad(ag.grad(ag.grad(lambda x: x**2)))(0.0).item() == 0


def test_0_to_a_power_has_slope_0_in_the_exponent():
    equal(slopes(lambda y: 0.0**y, [2.0, 0.5, 0.0]), [0, 0, 0])
    equal(slopes(lambda y: np.power(0.0, y), [2.0, 0.0]), [0, 0])


def test_a_negative_base_has_slope_nan_in_the_exponent_unless_nothing_flows():
    assert np.isnan(slopes(lambda y: (-2.0) ** y, [2.0])).all()
    equal(slopes(lambda y: ((-2.0) ** y) * 0.0, [2.0]), [0])
    assert slopes(lambda x: x ** ag.tensor([2.0], requires_grad=True), [-2.0]) == [-4.0]


@pytest.mark.parametrize("axis", [None, 0])
def test_a_product_with_zeros(axis):
    equal(slopes(lambda x: np.prod(x, axis=axis), [0.0, 2.0, 3.0]), [6, 0, 0])
    equal(slopes(lambda x: np.prod(x, axis=axis), [0.0, 0.0, 3.0]), [0, 0, 0])
    equal(slopes(lambda x: np.prod(x, axis=axis), [2.0, 0.0, 3.0]), [0, 6, 0])


def test_second_derivatives_of_a_product_with_zeros():
    hessian = [
        ag.grad(lambda x, k=k: ag.grad(np.prod)(x)[k])(np.array([0.0, 0.0, 3.0])).numpy()
        for k in range(3)
    ]
    equal(hessian, [[0, 3, 0], [3, 0, 0], [0, 0, 0]])


def test_running_products_with_zeros():
    equal(slopes(np.cumprod, [0.0, 2.0, 3.0]), [9, 0, 0])
    equal(slopes(np.cumprod, [2.0, 0.0, 3.0]), [1, 8, 0])
    equal(slopes(np.cumprod, [0.0, 0.0, 3.0]), [1, 0, 0])
    x = [[0.0, 2.0], [3.0, 0.0]]
    equal(slopes(lambda x: np.cumprod(x, axis=1), x), [[3, 0], [1, 3]])
    equal(slopes(lambda x: np.multiply.accumulate(x), [2.0, 0.0, 3.0]), [1, 8, 0])


def test_logsumexp_of_nothing_but_minus_infinity_has_gradient_0():
    assert ag.logsumexp(ag.tensor([-INF, -INF])).item() == -INF
    equal(slopes(ag.logsumexp, [-INF, -INF]), [0, 0])
    equal(slopes(lambda x: np.logaddexp(x, -INF), [-INF, 0.0]), [0, 1])
    equal(slopes(lambda x: np.logaddexp2(x, -INF), [-INF, 0.0]), [0, 1])
    x = [[-INF, -INF], [0.0, -INF]]
    equal(slopes(lambda x: ag.logsumexp(x, axis=1), x), [[0, 0], [1, 0]])


def test_logsumexp_of_large_values_shares():
    equal(slopes(ag.logsumexp, [1000.0, 1000.0]), [0.5, 0.5])
    equal(slopes(np.logaddexp, [1000.0], [1000.0], argnums=(0, 1)), [[0.5], [0.5]])
    np.testing.assert_allclose(ag.logsumexp(ag.tensor([1000.0, 1000.0])).item(), 1000 + np.log(2))


@pytest.mark.parametrize(
    "f", [ag.sigmoid, np.tanh, ag.softplus, ag.log_sigmoid, ag.silu, ag.elu, ag.gelu]
)
@pytest.mark.parametrize("x", [1000.0, -1000.0])
def test_saturated_functions_have_their_limit_slope_and_do_not_warn(f, x):
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        first = ag.grad(f)(x).item()
        second = ag.grad(ag.grad(f))(x).item()
    expected = {
        "sigmoid": (0, 0), "tanh": (0, 0), "softplus": (0, 1), "log_sigmoid": (1, 0),
        "silu": (0, 1), "elu": (0, 1), "gelu": (0, 1),
    }[f.__name__]  # fmt: skip
    assert first == expected[x > 0]
    assert second == 0


def test_logsumexp_and_its_edges_do_not_warn():
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in ([-INF, -INF], [1000.0, 1000.0], [-1000.0, 1000.0]):
            t = ag.tensor(x, requires_grad=True)
            ag.logsumexp(t).backward()


def test_softmax_and_log_softmax_stay_finite_for_large_logits():
    x = ag.tensor([1000.0, -1000.0, 0.0], requires_grad=True)
    ag.log_softmax(x)[0].backward()
    equal(x.grad.numpy(), [0, 0, 0])
    equal(ag.softmax(ag.tensor([1000.0, 1000.0])).numpy(), [0.5, 0.5])


def test_the_mixed_derivative_of_a_power_at_exponent_0_is_that_of_the_formula():
    hessian = ag.hessian(lambda p: p[0] ** p[1])(np.array([2.0, 0.0]))
    np.testing.assert_allclose(hessian, [[0, 0.5], [0.5, np.log(2) ** 2]], rtol=1e-12)


def test_the_slope_of_a_remainder_is_a_whole_number_that_fits_its_value():
    equal(slopes(lambda y: np.fmod(15.45, y), [0.15]), [-102])


@pytest.mark.parametrize("other", [1.0, -1.0])
def test_the_logarithm_at_minus_0_has_the_slope_at_0(other):
    with np.errstate(all="ignore"):
        assert slopes(np.log, [-0.0, other])[0] == INF
        assert ag.compile(ag.grad(lambda x: np.sum(np.log(x))))(np.array([-0.0, other]))[0] == INF
