"""Ties, NaN, zeros, infinities, numbers without axes and arrays without entries."""

# ruff: noqa: E501

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

nan, inf = np.nan, np.inf

# code, x, gradient of the sum of the result
CONVENTIONS: list[tuple[str, Any, Any]] = [
    # equal entries keep their order when sorted
    ("np.sort(x) * [1, 2, 3]", [2.0, 1.0, 1.0], [3, 1, 2]),
    ("np.sort(x)[::-1] * [1, 2, 3]", [1.0, 1.0, 2.0], [3, 2, 1]),
    ("np.partition(x, 1)[1]", [1.0, 1.0, 2.0], [0, 1, 0]),
    ("np.median(x)", [1.0, 1.0, 1.0], [0, 1, 0]),
    ("np.median(x)", [4.0, 1.0, 3.0, 2.0], [0, 0, 0.5, 0.5]),
    ("np.quantile(x, 0.0)", [2.0, 1.0, 1.0], [0, 1, 0]),
    ("np.quantile(x, 1.0)", [2.0, 1.0, 2.0], [0, 0, 1]),
    ("np.unique(x) * [1, 10]", [1.0, 2.0, 1.0], [1, 10, 0]),
    # ties of extremes share equally
    ("np.ptp(x)", [3.0, 1.0, 3.0], [0.5, -1, 0.5]),
    ("np.nanmax(x)", [3.0, nan, 3.0], [0.5, 0, 0.5]),
    ("np.maximum.reduce(x)", [2.0, 2.0, 1.0], [0.5, 0.5, 0]),
    ("np.maximum.accumulate(x)", [1.0, 1.0, 0.0], [1 + 0.5 + 0.5, 0.5 + 0.5, 0]),
    ("np.minimum.accumulate(x)", [2.0, 1.0, 1.0], [1, 1 + 0.5, 0.5]),
    ("np.pad(x, (0, 1), 'maximum')", [2.0, 2.0], [1.5, 1.5]),
    # NaN left out gets nothing
    ("np.nansum(x)", [1.0, nan], [1, 0]),
    ("np.nanprod(x)", [3.0, nan, 0.0], [0, 0, 3]),
    ("np.nanmean(x)", [1.0, nan, 2.0], [0.5, 0, 0.5]),
    ("np.nanstd(x)", [1.0, nan, 1.0], [0, 0, 0]),
    ("np.sum(x, where=x < 9)", [1.0, nan, 3.0, inf], [1, 0, 1, 0]),
    ("np.prod(x, where=x < 9)", [2.0, nan, 3.0, inf], [3, 0, 2, 0]),
    ("np.mean(x, where=x < 9)", [1.0, nan, 3.0, inf], [0.5, 0, 0.5, 0]),
    ("np.var(x, where=x < 9)", [1.0, nan, 3.0, inf], [-1, 0, 1, 0]),
    ("np.std(x, where=x < 9)", [1.0, nan, 3.0, inf], [-0.5, 0, 0.5, 0]),
    ("np.nanmedian(x)", [1.0, nan, 5.0, 2.0], [0, 0, 0, 1]),
    ("np.nancumsum(x)", [1.0, nan, 2.0], [3, 0, 1]),
    ("np.nan_to_num(x)", [1.0, nan, inf, -inf], [1, 0, 0, 0]),
    # zeros
    ("np.multiply.reduce(x)", [0.0, 2.0, 3.0], [6, 0, 0]),
    ("np.multiply.reduce(x)", [0.0, 0.0, 3.0], [0, 0, 0]),
    ("np.multiply.accumulate(x)", [0.0, 2.0, 3.0], [1 + 2 + 6, 0, 0]),
    ("np.cumulative_prod(x)", [2.0, 0.0, 3.0], [1, 2 + 6, 0]),
    ("np.hypot.reduce(x)", [0.0, 0.0], [0, 0]),
    ("np.vander(x, 3)", [0.0], [1]),
    ("np.polyval([1, 1, 1], x)", [0.0], [1]),
    ("np.sinc(x)", [0.0], [0]),
    ("np.i0(x)", [0.0], [0]),
    ("np.std(x, axis=0)", [[1.0, 2.0], [1.0, 2.0]], [[0, 0], [0, 0]]),
    ("np.std(x, where=[True, True, False])", [1.0, 1.0, 5.0], [0, 0, 0]),
    ("np.sqrt(x, where=x > 0, out=x * 0)", [0.0, 4.0], [0, 0.25]),
    ("np.log(x, where=[False, True], out=x * 0)", [0.0, 4.0], [0, 0.25]),
    ("np.emath.sqrt(x)", [0.0, 1.0], [inf, 0.5]),
    # -inf
    ("np.logaddexp.reduce(x)", [-inf, -inf], [0, 0]),
    ("np.logaddexp.reduce(x)", [1000.0, 1000.0], [0.5, 0.5]),
    # the kinks of interpolation: the slope to the right, and none outside
    ("np.interp(x, [0, 1, 2], [0, 1, 5])", [-1.0, 0.0, 1.0, 2.0, 3.0], [0, 1, 4, 4, 0]),
    # the closed interval
    ("np.clip(x, 0, 1)", [-1.0, 0.0, 1.0, 2.0], [0, 1, 1, 0]),
    ("x.clip(0)", [-1.0, 0.0, 1.0], [0, 1, 1]),
    # repeats add, what is written last counts
    ("np.take(x, [0, 0, 1])", [1.0, 2.0], [2, 1]),
    ("np.repeat(x, [0, 3])", [1.0, 2.0], [0, 3]),
    ("np.resize(x, 5)", [1.0, 2.0], [3, 2]),
    ("np.tile(x, (2, 1))", [1.0, 2.0], [2, 2]),
    # piecewise: the last condition that holds counts
    (
        "np.piecewise(x, [x > 0, x > 1], [lambda v: v, lambda v: 5 * v])",
        [-1.0, 0.5, 2.0],
        [0, 1, 5],
    ),
]


@pytest.mark.parametrize(("code", "x", "expected"), CONVENTIONS)
def test_gradients_where_they_are_a_matter_of_convention(code: str, x: Any, expected: Any):
    t = ag.tensor(x, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.sum(eval(code, {"np": np, "x": t})).backward()
    np.testing.assert_allclose(t.grad.numpy(), expected, rtol=1e-12)


def test_the_last_written_gets_the_gradient():
    y = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    t = ag.tensor([0.0, 0.0])
    np.put(t, [1, 0, 1], y)
    np.sum(t * [10.0, 1.0]).backward()
    assert t.tolist() == [2.0, 3.0]
    assert y.grad.tolist() == [0.0, 10.0, 1.0]


def test_ufunc_at_takes_repeats_in_order():
    x = ag.tensor([2.0, 3.0], requires_grad=True)
    y = ag.tensor([5.0, 7.0, 11.0], requires_grad=True)
    t = x * 1.0
    np.multiply.at(t, [0, 1, 0], y)
    assert t.tolist() == [2 * 5 * 11, 3 * 7]
    np.sum(t).backward()
    assert x.grad.tolist() == [55.0, 7.0]
    assert y.grad.tolist() == [22.0, 3.0, 10.0]


EMPTY = [
    "np.sort(x)", "np.diff(x)", "np.cumsum(x)", "np.cumprod(x)", "np.concatenate([x, x])",
    "np.unique(x)", "np.tile(x, 3)", "np.repeat(x, 2)", "np.flip(x)", "np.diag(x)", "np.outer(x, x)",
    "np.add.accumulate(x)", "np.maximum.accumulate(x)", "np.add.reduce(x)", "np.multiply.reduce(x)",
    "np.take(x, np.array([], int))", "np.delete(x, [])", "np.insert(x, 0, 1.0)", "np.append(x, 2.0)",
    "np.pad(x, 1)", "np.nansum(x)", "np.nanprod(x)", "np.split(x, 2)[0]", "np.roll(x, 1)",
    "np.vander(x)", "np.where(x > 0, x, x)", "np.clip(x, 0, 1)", "np.trapezoid(x)", "np.kron(x, x)",
    "np.inner(x, x)", "np.vdot(x, x)", "np.resize(x, 0)", "np.rot90(np.reshape(x, (0, 1)))",
    "np.add.outer(x, x)", "np.bincount(np.array([], int), x)", "np.trim_zeros(x)", "x[x > 0]",
    "np.logaddexp.reduce(np.append(x, -np.inf))", "np.compress([], x)", "np.extract(x > 0, x)",
]  # fmt: skip


@pytest.mark.parametrize("code", EMPTY)
def test_arrays_of_no_entries(code: str):
    x = np.zeros(0)
    t = ag.tensor(x, requires_grad=True)
    expected = np.asarray(eval(code, {"np": np, "x": x}))
    made = eval(code, {"np": np, "x": t})
    assert made.dtype == expected.dtype
    np.testing.assert_array_equal(getattr(made, "data", made), expected)
    if getattr(made, "requires_grad", False):
        np.sum(made).backward()
        assert t.grad is None or t.grad.shape == (0,)


SCALARS = [
    "np.cumsum(x)", "np.ravel(x)", "np.atleast_1d(x)", "np.atleast_3d(x)", "np.repeat(x, 3)",
    "np.tile(x, 2)", "np.outer(x, x)", "np.inner(x, x)", "np.vdot(x, x)", "np.kron(x, x)",
    "np.append(x, x)", "np.broadcast_to(x, (2, 2))", "np.clip(x, 0, 9)", "np.interp(x, [0, 9], [0, 3])",
    "np.polyval([1, 2], x)", "np.nan_to_num(x)", "np.median(x)", "np.quantile(x, 0.3)", "np.nansum(x)",
    "np.nanmax(x)", "np.ptp(x)", "np.average(x)", "np.where(x > 0, x, 0)", "np.select([x > 0], [x])",
    "np.add.outer(x, [1.0, 2.0])", "np.linspace(0, x, 3)", "np.full_like(x, x)", "np.ediff1d(x, x)",
    "np.diagflat(x)", "np.meshgrid(x, x)[0]", "np.stack([x, x])", "np.hstack([x, x])", "np.take(x, [0, 0])",
    "np.choose(1, [x, 2 * x])", "np.unwrap(np.atleast_1d(x))", "np.piecewise(x, [x > 0], [lambda v: v**2])",
    "np.std(x)", "np.cov(np.stack([x, 2 * x]))", "np.real_if_close(x)", "np.i0(x)", "np.modf(x)[0]",
    "np.sort(np.atleast_1d(x))", "np.sum(x, axis=())", "x.reshape(1, 1)", "x[...]", "x[None]", "x[()]",
]  # fmt: skip


@pytest.mark.parametrize("code", SCALARS)
def test_numbers_without_axes(code: str):
    t = ag.tensor(2.6, requires_grad=True)
    expected = np.asarray(eval(code, {"np": np, "x": np.float64(2.6)}))
    made = eval(code, {"np": np, "x": t})
    assert made.dtype == expected.dtype
    assert made.shape == expected.shape
    np.testing.assert_allclose(made.detach().numpy(), expected, rtol=1e-12)
    np.sum(made).backward()

    def f(x: float) -> Any:
        return np.sum(eval(code, {"np": np, "x": np.float64(x)}))

    h = 1e-5
    np.testing.assert_allclose(t.grad.item(), (f(2.6 + h) - f(2.6 - h)) / (2 * h), atol=1e-8)


ALL_NAN = ["nanmax", "nanmin", "nanmedian", "nanmean"]


@pytest.mark.parametrize("name", ALL_NAN)
def test_slices_of_nothing_but_nan_warn_and_give_nan(name: str):
    x = np.array([[nan, nan], [1.0, 2.0]])
    t = ag.tensor(x, requires_grad=True)
    with pytest.warns(RuntimeWarning, match=r"All-NaN|empty slice"):
        made = getattr(np, name)(t, axis=1)
    assert np.isnan(made.numpy()[0])
    made[1].backward()
    assert np.isfinite(t.grad.numpy()).all()


def test_nan_is_not_hidden():
    t = ag.tensor([1.0, nan], requires_grad=True)
    for name in ("median", "max", "min", "ptp", "mean"):
        assert np.isnan(getattr(np, name)(t).item()), name
    assert np.isnan(np.quantile(t, 0.2).item())


def test_out_takes_part_in_the_graph_and_keeps_its_dtype():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    out = ag.zeros(2, dtype=np.float32)
    assert np.multiply(x, x, out=out) is out
    assert out.dtype == np.float32
    np.sum(out).backward()
    assert x.grad.tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match="int"):
        np.multiply(x, 0.5, out=ag.zeros(2, dtype=int))


def test_dtype_of_ufuncs_casts_operands_as_numpy_does():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    made = np.add(x, 1, dtype=np.float32)
    assert made.dtype == np.float32
    np.sum(made * x).backward()
    assert x.grad.dtype == np.float64
    with pytest.raises(TypeError):
        np.add(x, 1, dtype=int)


def test_two_results_may_have_two_outs():
    x = ag.tensor([1.25, -2.5], requires_grad=True)
    fraction, whole = ag.zeros(2), ag.zeros(2)
    np.modf(x, out=(fraction, whole))
    assert whole.tolist() == [1.0, -2.0]
    np.sum(fraction).backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_where_without_out_says_what_is_missing():
    with pytest.raises(ValueError, match="out="):
        np.sqrt(ag.tensor([1.0]), where=[True])


def test_reduce_over_axes_in_no_order_is_refused_where_order_matters():
    with pytest.raises(ValueError, match="reorder"):
        np.subtract.reduce(ag.tensor(np.ones((2, 2))), axis=(0, 1))


def test_pad_by_a_function_is_recorded():
    def margin(line: Any, width: Any, axis: int, kwargs: Any) -> None:
        line[: width[0]] = kwargs["by"] * line[width[0]]
        line[-width[1] :] = 7.0

    x = np.array([[1.0, 2.0]])
    t = ag.tensor(x, requires_grad=True)
    made = np.pad(t, 1, margin, by=3.0)
    np.testing.assert_array_equal(made.numpy(), np.pad(x, 1, margin, by=3.0))
    np.sum(made).backward()
    assert t.grad.shape == (1, 2)
    assert t.grad.tolist() == [[1.0 + 3.0 + 3.0 + 9.0, 1.0 + 3.0]]


def test_a_mask_that_is_a_tensor_reaches_reductions_of_arrays():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    mask = ag.tensor(x) > 1.5
    assert np.sum(x, where=mask).item() == 9.0
    assert np.max(x, where=mask, initial=0.0).item() == 4.0
    assert np.add.reduce(x, axis=0, where=mask).tolist() == [3.0, 6.0]
    loose = ag.tensor(x, requires_grad=True) > 1.5
    assert np.mean(ag.tensor(x), where=loose).item() == 3.0


@pytest.mark.parametrize(
    "code", ["np.sum(x, initial=t)", "np.interp(x, [0, 9], [0, 1], left=t)", "np.max(x, initial=t)"]
)
def test_what_numpy_turns_into_a_number_without_asking_warns(code: str):
    t = ag.tensor(9.0, requires_grad=True)
    with pytest.warns(ag.GradientLostWarning):
        eval(code, {"np": np, "x": np.ones(2), "t": t})


def test_reductions_that_have_no_function_know_their_identity():
    t = ag.tensor([[1.0, 0.0], [2.0, 3.0]], requires_grad=True)
    assert np.logical_xor.reduce(t).tolist() == [False, True]
    assert np.logical_xor.reduce(t, axis=1).dtype == bool
    assert np.fmax.reduce(t, axis=(0, 1)).item() == 3.0
    with pytest.raises(ValueError, match="identity"):
        np.fmax.reduce(t[:0])
    with pytest.raises(IndexError, match="reduceat"):
        np.add.reduceat(t, [5])


@pytest.mark.parametrize(
    ("dtype", "n"), [(np.float16, 501), (np.float16, 70_000), (np.float32, 3000)]
)
def test_a_quantile_is_looked_up_in_more_digits_than_the_values_have(dtype, n):
    x = np.linspace(0.2, 0.9, n).astype(dtype)
    t = ag.tensor(x, requires_grad=True)
    for q in (0.3, 0.77):
        found = np.quantile(t, q)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found.detach().numpy(), np.quantile(x, q))
        place = np.flatnonzero(ag.grad(lambda x, q=q: np.quantile(x, q))(x).numpy())
        assert set(place) <= {int(q * (n - 1)), int(q * (n - 1)) + 1}


@pytest.mark.parametrize("moment", [np.nanvar, np.nanstd])
def test_a_mean_that_is_given_is_taken_and_gets_its_gradient(moment):
    x, mean = np.array([[1.0, nan, 3.0, 8.0]]), np.array([[2.0]])
    np.testing.assert_allclose(
        moment(ag.tensor(x), axis=1, mean=mean).numpy(), moment(x, axis=1, mean=mean)
    )
    given = ag.tensor(x)
    slope = ag.grad(lambda mean: np.sum(moment(given, axis=1, mean=mean)))(mean).numpy()
    h = 1e-6
    two = [np.sum(moment(x, axis=1, mean=mean + s)) for s in (h, -h)]
    np.testing.assert_allclose(slope, [[(two[0] - two[1]) / (2 * h)]], rtol=1e-6)


@pytest.mark.parametrize("median", [np.median, np.nanmedian])
@pytest.mark.parametrize(
    "x", [[1.0, inf, inf, inf], [1.0, inf], [-inf, -inf], [2.0, inf, 1.0], [3.0, 1.0, 2.0, 8.0]]
)
def test_a_median_between_infinities_is_numpys(median, x):
    assert median(ag.tensor(x)).item() == median(x)


@pytest.mark.parametrize("shape", [(1,), (1, 3), ()])
def test_hypot_of_a_single_entry_has_no_sign(shape):
    x = np.full(shape, -3.0)
    found = np.hypot.reduce(ag.tensor(x, requires_grad=True), axis=None)
    assert found.item() == np.hypot.reduce(x, axis=None) > 0
    if shape == (1,):
        assert ag.grad(np.hypot.reduce)(x).tolist() == [-1.0]


@pytest.mark.parametrize("x", [1.7, -1.7, 5.0])
@pytest.mark.parametrize("f", [np.emath.arcsin, np.emath.arccos])
def test_beyond_1_inverse_functions_stay_on_their_side_of_the_cut(f, x):
    h = 1e-6
    expected = (np.imag(f(x + h)) - np.imag(f(x - h))) / (2 * h)
    np.testing.assert_allclose(ag.grad(lambda x: np.imag(f(x)))(x).item(), expected, rtol=1e-6)


@pytest.mark.parametrize("z", [1.7 + 0j, complex(1.7, -0.0), -1.7 + 0j, complex(-1.7, -0.0)])
@pytest.mark.parametrize("f", [np.arcsin, np.arccos, np.arccosh])
def test_slopes_on_a_cut_are_those_along_it(f, z):
    h = 1e-6
    along = [f(complex(z.real + s, z.imag)) for s in (h, -h)]
    _, slope = ag.jvp(f, (z,), (1.0 + 0j,))
    np.testing.assert_allclose(slope.numpy(), (along[0] - along[1]) / (2 * h), rtol=1e-6)


def test_no_entries_are_taken_by_an_empty_list():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    assert np.take(t, []).shape == (0,)
    assert np.take(t, (), axis=0).dtype == np.float64


@pytest.mark.parametrize("recorded", [True, False])
def test_outer_makes_an_array_of_a_number_as_numpy_does(recorded):
    x = np.ones(2, np.float32)
    found = np.multiply.outer(ag.tensor(x, requires_grad=recorded), 3.0)
    assert found.dtype == np.multiply.outer(x, 3.0).dtype == np.float64


@pytest.mark.parametrize("dtype", ["int8", "int32", "float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize("f", [np.sort_complex, np.emath.sqrt, np.emath.arcsin])
def test_what_becomes_complex_has_the_precision_that_numpy_gives_it(f, dtype):
    x = np.array([-2, 3, 1], dtype)
    assert f(ag.tensor(x)).dtype == f(x).dtype
    np.testing.assert_array_equal(f(ag.tensor(x)).numpy(), f(x))


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "int8", "float16", "float32", "complex64", "longdouble"]
)
def test_polynomials_of_roots_have_the_precision_that_numpy_gives_them(dtype):
    roots = np.array([1, 2, 0, 3]).astype(dtype)
    assert ag.poly(ag.tensor(roots)).dtype == np.poly(roots).dtype
    np.testing.assert_array_equal(ag.poly(ag.tensor(roots)).numpy(), np.poly(roots))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "float32", "complex64"])
def test_least_squares_have_the_precision_that_numpy_gives_them(dtype):
    a, b = np.array([[1, 0], [1, 1], [0, 3]]).astype(dtype), np.array([1, 0, 3]).astype(dtype)
    found, expected = np.linalg.lstsq(ag.tensor(a), b)[0], np.linalg.lstsq(a, b)[0]
    assert found.dtype == expected.dtype
    few = 20 * np.finfo(expected.dtype).eps
    np.testing.assert_allclose(found.numpy(), expected, rtol=few, atol=few)


def test_correlations_of_bools_are_bools():
    a, v = np.array([True, False, True]), np.array([True, True])
    for mode in ("full", "same", "valid"):
        found = np.correlate(ag.tensor(a), v, mode)
        assert found.dtype == np.bool_
        np.testing.assert_array_equal(found.numpy(), np.correlate(a, v, mode))
