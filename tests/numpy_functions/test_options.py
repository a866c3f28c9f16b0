"""Options that few calls use: each gives NumPy's value and dtype, and the numerical gradient."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import autograd_mini as ag
from tests.numpy_functions.test_coverage import flat, value

X = np.array([[0.3, -1.2, 2.1, 0.9], [1.7, 0.4, -0.6, 1.1], [-0.2, 2.4, 0.8, -1.5]])
N = X.copy()
N[0, 1] = N[2, 2] = np.nan
V, M = X[0], X > 0.5
OPERANDS = {"X": X, "N": N, "V": V, "P": np.abs(V) + 0.3, "Y": X[:, :3]}
SCOPE = {
    "np": np, "X": X, "V": V, "M": M, "P": np.abs(X) + 0.3,
    "sliding_window_view": sliding_window_view,
}  # fmt: skip

CALLS = {
    "X": """
    np.array_split(x, 2, axis=1)
    sliding_window_view(x, 2, axis=1)
    sliding_window_view(x, (2, 3), axis=(0, 1))
    np.cumulative_sum(x, axis=1, dtype=np.float32)
    np.cumulative_prod(x, axis=0, dtype=np.float32)
    np.full_like(x, 2.5, dtype=np.float32)
    np.clip(x, None, 1.0)
    np.clip(x, max=1.0)
    np.angle(x + 1j, deg=True)
    np.cross(x.T, x ** 2, axisb=0)
    np.trace(x, dtype=np.float32)
    np.trace(x, 1, 1, 0)
    np.quantile(x, 0.3, axis=1, keepdims=True)
    np.quantile(x, [0.2, 0.8], axis=(0, 1), keepdims=True)
    np.percentile(x, 30, axis=0, keepdims=True)
    np.percentile(x, 30, axis=1, method='inverted_cdf', weights=np.arange(1.0, 13).reshape(3, 4))
    np.median(x, axis=1, overwrite_input=True)
    np.var(x, dtype=np.float32)
    np.std(x, axis=1, dtype=np.float32)
    np.var(x, axis=1, mean=np.mean(x, axis=1, keepdims=True))
    np.std(x, axis=1, correction=1)
    np.amax(x, axis=0, initial=1.0, where=M)
    np.amin(x, axis=1, initial=1.0, where=M, keepdims=True)
    np.cumsum(x, 1, np.float32)
    np.cumprod(x, dtype=np.float32)
    np.trim_zeros(np.pad(x, 1), axis=0)
    np.trim_zeros(np.pad(x, 1), axis=(0, 1))
    np.reshape(x, (4, 3), copy=True)
    np.reshape(x, (4, 3), order='F')
    np.reshape(x, (4, 3), order='A')
    np.squeeze(x[None, :, :, None], axis=(0, 3))
    np.squeeze(x[None], axis=0)
    np.concatenate([x, x], dtype=np.float32)
    np.concatenate([x, x], axis=1, dtype=np.float32, casting='unsafe')
    np.stack([x, x], 1, dtype=np.float32)
    np.vstack([x, x], dtype=np.float32)
    np.hstack([x, x], dtype=np.float32)
    np.astype(x, np.float32, copy=False)
    np.copy(x, order='F')
    np.sort(x, axis=0, stable=True)
    np.sort(x, axis=None)
    np.sort(x, kind='heapsort')
    np.partition(x, (1, 2), axis=1)
    np.unique(x, axis=0)
    np.cov(x, dtype=np.float32)
    np.cov(x, rowvar=False, bias=True)
    np.cov(x, x ** 2, ddof=0)
    np.cov(x, fweights=[1, 2, 1, 3], aweights=[0.5, 1, 2, 1])
    np.corrcoef(x, rowvar=False)
    np.corrcoef(x, dtype=np.float32)
    np.diff(x, n=2, axis=0)
    np.diff(x, prepend=0.0, append=x[:, :1])
    np.gradient(x, 2.0, 0.5)
    np.gradient(x, [0.0, 1.0, 3.0], axis=0, edge_order=2)
    np.pad(x, ((1, 2), (0, 1)), 'constant', constant_values=((1.0, 2.0), (3.0, 4.0)))
    np.pad(x, 2, 'linear_ramp', end_values=5.0)
    np.pad(x, ((2, 2), (1, 3)), 'maximum', stat_length=2)
    np.pad(x, 2, 'mean', stat_length=((2, 1), (1, 3)))
    np.pad(x, 2, 'reflect', reflect_type='odd')
    np.pad(x, 2, 'symmetric', reflect_type='odd')
    np.pad(x, 1, 'median')
    np.pad(x, 1, 'wrap')
    np.average(x, axis=1, weights=[1.0, 2.0, 3.0, 4.0], returned=True)
    np.average(x, axis=(0, 1), weights=P)
    np.average(x, axis=0, weights=[1.0, 2.0, 3.0], keepdims=True)
    np.ptp(x, axis=1, keepdims=True)
    np.roll(x, (1, 2), axis=(0, 1))
    np.roll(x, 1)
    np.rot90(x, 3, axes=(1, 0))
    np.repeat(x, [1, 0, 2], axis=0)
    np.insert(x, [0, 2], 9.0, axis=1)
    np.delete(x, [0, -1], axis=1)
    np.delete(x, slice(0, 2), axis=0)
    np.take(x, [5, -1, 20], mode='wrap')
    np.take(x, [5, -1, 20], mode='clip')
    np.choose([0, 1, 2, 3], x[[0, 1, 2, 0]], mode='wrap')
    np.einsum('ij,kj->ik', x, x, optimize=True)
    np.einsum(x, [0, 1], [1, 0])
    np.tensordot(x, x, axes=([0], [0]))
    np.trapezoid(x, [0.0, 1.0, 3.0, 4.0], axis=1)
    np.trapezoid(x, dx=0.5, axis=0)
    np.linalg.norm(x, ord=3, axis=1)
    np.linalg.norm(x, ord=-np.inf, axis=(0, 1), keepdims=True)
    np.linalg.pinv(x, rtol=0.001)
    np.linalg.qr(x.T, 'complete')[1]
    np.linalg.svd(x, full_matrices=False, compute_uv=False)
    np.linalg.matrix_norm(x, ord='nuc', keepdims=True)
    np.linalg.cross(x, x[::-1], axis=0)
    np.linalg.vecdot(x, x ** 2, axis=0)
    np.linalg.trace(x[:, :3], offset=1, dtype=np.float32)
    np.fft.fft(x, n=6, axis=0, norm='ortho')
    np.fft.irfft(x, n=5, norm='forward')
    np.fft.fftn(x, s=(2, 5), axes=(0, 1))
    np.fft.rfft2(x, s=(2, 5), norm='ortho')
    np.fft.hfft(x, 7)
    np.fft.ihfft(x, 3, norm='ortho')
    np.fft.irfftn(x, s=(3, 5), axes=(0, 1), norm='forward')
    np.fft.fftshift(x, axes=1)
    """,
    "V": """
    np.unwrap(x * 4, discont=4.0)
    np.unwrap(x * 4, period=3.0)
    np.real_if_close(x + 1e-14j, tol=1000)
    np.real_if_close(x + 1e-08j, tol=1e-06)
    np.meshgrid(x, x, copy=False)
    np.meshgrid(x, x, sparse=True, indexing='ij')
    np.linspace(x, 2 * x, 4, dtype=np.float32)
    np.logspace(x, 2 * x, 4, endpoint=False, axis=1)
    np.logspace(x, 2 * x, 4, dtype=np.float32, base=3.0)
    np.linspace(x, 2 * x, 4, axis=1, endpoint=False)
    np.polyfit(np.arange(4.0), x, 1, rcond=0.001)
    np.polyfit(np.arange(4.0), x, 1, w=[1.0, 2.0, 1.0, 3.0])
    np.trim_zeros(np.concatenate([np.zeros(2), x, np.zeros(1)]), 'f')
    np.unique(x, return_index=True)
    np.unique(x, return_inverse=True, return_counts=True)
    np.unique(x, sorted=False)
    np.intersect1d(x, x[::2], assume_unique=True)
    np.intersect1d(x, x[::2], return_indices=True)
    np.setdiff1d(x, [5.0], assume_unique=True)
    np.setxor1d(x, [5.0], assume_unique=True)
    np.union1d(x, x * 2)
    np.histogram(V, 3, range=(-1, 2), weights=x)
    np.histogram(V, 3, weights=x, density=True)
    np.histogramdd(X[:, :2], (2, 2), range=[(-2, 3), (-2, 3)], weights=x[:3], density=True)
    np.histogram2d(X[:, 0], X[:, 1], 2, range=[(-2, 3), (-2, 3)], weights=x[:3])
    np.interp(x, [0.0, 1.0, 2.0], [1.0, 3.0, 2.0], left=-5.0, right=7.0)
    np.interp(x, [0.0, 1.0, 2.0], [1.0, 3.0, 2.0], period=1.5)
    np.convolve(x, [1.0, 2.0, 3.0], 'same')
    np.convolve(x, [1.0, 2.0, 3.0], 'valid')
    np.correlate(x, [1.0, 2.0, 3.0], 'full')
    np.vander(x, 3, increasing=True)
    np.polyint(x, 2, k=[1.0, 2.0])
    np.polyder(x, 2)
    """,
    "N": """
    np.nan_to_num(x, nan=1.5, posinf=3.0, neginf=-2.0)
    np.nansum(x, axis=0, dtype=np.float32)
    np.nansum(x, axis=0, initial=2.0)
    np.nansum(x, axis=1, where=M)
    np.nanprod(x, axis=0, initial=2.0, where=M)
    np.nanprod(x, dtype=np.float32)
    np.nancumsum(x, axis=1, dtype=np.float32)
    np.nancumprod(x, axis=1)
    np.nanmax(x, axis=0, initial=1.0)
    np.nanmin(x, axis=1, initial=9.0, where=M)
    np.nanmax(x, axis=1, initial=-9.0, where=M)
    np.nanmean(x, axis=0, dtype=np.float32)
    np.nanmean(x, axis=1, where=M)
    np.nanvar(x, axis=1, where=M)
    np.nanvar(x, axis=1, correction=1)
    np.nanstd(x, axis=1, ddof=1)
    np.nanstd(x, axis=1, correction=1, keepdims=True)
    np.nanvar(x, axis=1, mean=np.nanmean(x, axis=1, keepdims=True))
    np.nanstd(x, axis=0, dtype=np.float32)
    np.nanstd(x, axis=1, where=M)
    np.nanquantile(x, 0.4, axis=1, weights=np.arange(1.0, 13).reshape(3, 4), method='inverted_cdf')
    np.nanpercentile(x, 40, axis=1, keepdims=True, method='nearest')
    np.nanpercentile(x, 40, method='hazen')
    np.nanmedian(x, axis=0, overwrite_input=True)
    np.unique(x, equal_nan=False)
    """,
    "P": """
    np.geomspace(x, 2 * x, 4, endpoint=False, axis=-1)
    np.geomspace(x, 2 * x, 4, dtype=np.float32)
    """,
    "Y": """
    np.cross(x, x[::-1] ** 2, axisa=0, axisb=0)
    np.cross(x, x[:, ::-1] ** 2, axisa=0, axisb=0, axisc=0)
    """,
}
"""By operand x."""

CASES = [
    (name, code.strip()) for name, codes in CALLS.items() for code in codes.strip().splitlines()
]


def called(code: str, x: Any) -> list[Any]:
    return flat(eval(code, {**SCOPE, "x": x}))


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def numbers(code: str, x: np.ndarray, v: Any) -> list[Any]:
    """Return the float results as a function of those entries of x that are no NaN."""
    nan = np.isnan(x)
    places = np.cumsum(~nan).reshape(x.shape) - 1
    full = np.where(nan, np.nan, v[np.where(nan, 0, places)])
    made = [each for each in called(code, full) if value(each).dtype.kind in "fc"]
    return [np.where(np.isnan(each), 0.0, each) for each in made]


@pytest.mark.parametrize(("name", "code"), CASES, ids=[f"{code} of {name}" for name, code in CASES])
def test_value_and_dtype_are_numpys_and_the_gradient_is_right(name, code):
    x = OPERANDS[name]
    expected = called(code, x.copy())
    made = called(code, ag.tensor(x.copy(), requires_grad=True))
    assert len(made) == len(expected)
    for mine, theirs in zip(made, expected, strict=True):
        assert value(mine).dtype == np.asarray(theirs).dtype
        assert np.shape(mine) == np.shape(theirs)
        np.testing.assert_allclose(value(mine), theirs, rtol=1e-5, atol=1e-6)
    if not any(np.asarray(each).dtype in (np.float32, np.complex64) for each in expected):
        assert ag.gradcheck(lambda v: numbers(code, x, v), x[~np.isnan(x)])


def test_options_of_functions_that_only_look_may_be_tensors():
    x, y = ag.tensor([1.0, 2.0]), np.array([1.05, 2.0])
    for a, b in ((x, y), (y, y + 0.04), (y, x)):
        for tol in (0.0, 0.1):
            found = np.isclose(a, b, rtol=0, atol=ag.tensor(tol))
            np.testing.assert_array_equal(found, np.isclose(value(a), value(b), rtol=0, atol=tol))
    assert np.linalg.matrix_rank(ag.tensor([[2.0, 0.0], [0.0, 1e-3]]), tol=ag.tensor(0.1)) == 1
    with pytest.raises(ag.DataDependentError):
        ag.compile(lambda x, tol: np.isclose(x, 0.0, atol=tol))(y, np.array(0.1))
