"""Averages, covariances and histograms, with the arguments NumPy gives them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_mini.ops.moving import collect
from autograd_mini.protocols import array_operand, implements, known, operand, plain

__all__ = [
    "average", "bincount", "corrcoef", "cov", "histogram", "histogram2d", "histogram_bin_edges",
    "histogramdd", "ptp",
]  # fmt: skip

_NO_VALUE: Any = np._NoValue


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = _NO_VALUE) -> Any:
    """Return the largest minus the smallest entry: ``np.ptp``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([3.0, 1.0, 2.0])
    >>> ag.ptp(x)
    Tensor(2.)
    >>> ag.grad(ag.ptp)(x)
    Tensor([ 1., -1.,  0.])
    """
    a = operand(a)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def _fitting(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights with the shape of `a` or one that broadcasts to it."""
    if np.shape(weights) == np.shape(a):
        return weights
    if axis is None:
        raise TypeError("axis must be specified when shapes of a and weights differ")
    axes = normalize_axis_tuple(axis, a.ndim)
    if np.shape(weights) != tuple(a.shape[each] for each in axes):
        raise ValueError(
            f"weights of shape {np.shape(weights)} do not fit axis {axis} of shape {a.shape}"
        )
    ordered = np.transpose(weights, np.argsort(axes).tolist())
    return np.reshape(ordered, tuple(n if k in axes else 1 for k, n in enumerate(a.shape)))


@implements(np.average)
def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *,
    keepdims: Any = _NO_VALUE,
) -> Any:  # fmt: skip
    """Return the weighted average: ``np.average``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 4.0])
    >>> ag.average(x, weights=[3.0, 1.0])
    Tensor(1.75)
    >>> ag.grad(lambda w: ag.average(x, weights=w))(ag.ones(2))
    Tensor([-0.75,  0.75])
    """
    a = array_operand(a)
    options = {} if keepdims is _NO_VALUE else {"keepdims": keepdims}
    if weights is None:
        mean = np.mean(a, axis=axis, **options)
        n = a.size / max(int(np.size(mean)), 1)
        return (mean, np.broadcast_to(mean.dtype.type(n), mean.shape).copy()) if returned else mean
    w = _fitting(array_operand(weights), a, axis)
    integral = a.dtype.kind in "iub"
    dtype = np.result_type(a.dtype, w.dtype, *([np.float64] if integral else []))
    products = (a * w).astype(dtype)
    total = np.sum(products, axis=axis, **options)
    weight = np.sum(np.broadcast_to(w, a.shape), axis=axis, dtype=dtype, **options)
    if known(weight == 0):
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    mean = total / weight
    return (mean, weight) if returned else mean


def _rows(m: Any, rowvar: bool, dtype: Any, keep_single_row: bool) -> Any:
    m = operand(m)
    if m.ndim > 2:
        raise ValueError("cov takes arrays with at most 2 dimensions")
    m = m if m.dtype == dtype else m.astype(dtype)
    rows = np.reshape(m, (1, m.size) if m.ndim < 2 else m.shape)
    turned = not rowvar and (np.shape(rows)[0] != 1 if keep_single_row else m.ndim != 1)
    return rows.T if turned else rows


@implements(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Return the covariance matrix of variables in rows: ``np.cov``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.cov(ag.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    given = [array_operand(each) for each in (m, y) if each is not None]
    dtype = dtype or np.result_type(*(each.dtype for each in given), np.float64)
    rows = [_rows(each, rowvar, dtype, keep_single_row=k > 0) for k, each in enumerate(given)]
    X = rows[0] if len(rows) == 1 else np.concatenate(rows, axis=0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    w = _observation_weights(fweights, aweights, X.shape[1])
    if w is None:
        mean = np.mean(X, axis=1, keepdims=True)
        n: Any = X.shape[1] - ddof
    else:
        total = np.sum(w)
        mean = np.sum(X * w, axis=1, keepdims=True) / total
        n = total if ddof == 0 else (
            total - ddof if aweights is None else total - ddof * np.sum(w * aweights) / total
        )  # fmt: skip
    if known(n <= 0):
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=5)
        n = 0.0
    centred = X - mean
    weighted = centred if w is None else centred * w
    products = np.dot(centred, np.conj(weighted.T))
    with np.errstate(divide="ignore", invalid="ignore"):
        made = products * np.true_divide(1, n)
    return np.squeeze(made if made.dtype == products.dtype else made.astype(products.dtype))


def _observation_weights(fweights: Any, aweights: Any, n: int) -> Any:
    for name, each in (("fweights", fweights), ("aweights", aweights)):
        if each is None:
            continue
        values = operand(each)
        if values.dtype.kind == "c":
            raise TypeError(f"{name} are real numbers")
        if values.ndim > 1 or values.shape != (n,):
            raise RuntimeError(f"{name} has shape {values.shape}, there are {n} observations")
        if known(values < 0):
            raise ValueError(f"{name} cannot be negative")
        if name == "fweights" and known(values != np.around(values)):
            raise TypeError("fweights must be integer")
    given = [operand(each) * 1.0 for each in (fweights, aweights) if each is not None]
    return None if not given else given[0] if len(given) == 1 else given[0] * given[1]


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Return the correlation of variables in rows: ``np.corrcoef``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.corrcoef(ag.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diagonal(c)))
    c = c / deviation[:, None] / deviation[None, :]
    if c.dtype.kind == "c":  # rounding may lead a little above 1
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.where(abs(c) > 1, np.sign(c), c)


# -- counting -------------------------------------------------------------------------------------


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count, or add up the weights of, each integer: ``np.bincount``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> weights = ag.tensor([0.5, 1.0, 2.0])
    >>> ag.bincount([0, 2, 0], weights)
    Tensor([2.5, 0. , 1. ])
    >>> ag.grad(lambda w: ag.bincount([0, 2, 0], w)[0])(weights)
    Tensor([1., 0., 1.])
    """
    x = plain(x)
    x = np.asarray(x)
    if weights is None or not x.size:
        return np.bincount(x, None, minlength)
    n = max(int(x.max()) + 1 if x.size else 0, minlength)
    weights = operand(weights)
    np.bincount(x, np.zeros(weights.shape), minlength)  # NumPy's own complaints
    return collect(weights.astype(np.float64), x + 1, shape=(n,))


@implements(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """Return the edges of bins, which move with the extremes: ``np.histogram_bin_edges``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.histogram_bin_edges(ag.tensor([0.0, 4.0]), 2)
    Tensor([0., 2., 4.])
    """
    a = operand(a)
    if not isinstance(bins, str) and np.ndim(bins):
        return operand(bins)
    if isinstance(bins, str) or a.size == 0:
        counted = np.histogram_bin_edges(plain(a), bins, plain(range), plain(weights))
        if a.size == 0:
            return counted
        bins = len(counted) - 1
    low, high = (np.min(a), np.max(a)) if range is None else (operand(each) for each in range)
    if known(~np.isfinite(low) | ~np.isfinite(high)):
        raise ValueError(f"the range of bins is not finite: {low}, {high}")
    if known(low > high):
        raise ValueError("max must be larger than min in range parameter.")
    if bins < 1:
        raise ValueError("`bins` must be positive, when an integer")
    wanted = np.result_type(low, high, a)
    wanted = wanted if wanted.kind in "fc" else np.dtype(np.float64)
    same = low == high
    low, high = np.where(same, low - 0.5, low), np.where(same, high + 0.5, high)
    edges = np.linspace(low, high, bins + 1)
    return edges if edges.dtype == wanted else edges.astype(wanted)


@implements(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Count entries by bins: ``np.histogram``; weights and edges have derivatives.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.histogram(ag.tensor([0.5, 1.5, 1.7]), [0.0, 1.0, 2.0])
    (Tensor([1, 2]), Tensor([0., 1., 2.]))
    """
    a = operand(a)
    edges = histogram_bin_edges(a, bins, range, weights)
    counts: Any = np.histogram(plain(a), plain(bins), plain(range))[0]
    if weights is not None:
        borders = np.asarray(plain(edges))
        values = np.reshape(plain(a), -1)
        w = np.reshape(operand(weights), -1)
        inside = (values >= borders[0]) & (values <= borders[-1])
        which = np.clip(np.searchsorted(borders, values, "right"), 1, len(borders) - 1)
        counts = collect(w * inside, which, shape=counts.shape)
    if density:
        counts = counts / np.diff(edges) / np.sum(counts)
    return counts, edges


@implements(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Count points by boxes: ``np.histogramdd``; the edges move with the extremes.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> counts, edges = ag.histogramdd(ag.tensor([[0.5], [1.5]]), [[0.0, 1.0, 2.0]])
    >>> counts
    Tensor([1., 1.])
    """
    if isinstance(sample, (list, tuple)):
        columns = [operand(each) for each in sample]
    else:
        points = operand(sample)
        points = points[:, None] if points.ndim == 1 else points
        columns = [points[:, k] for k in np.arange(points.shape[1]).tolist()]
    d = len(columns)
    each_bins = list(bins) if isinstance(bins, (list, tuple)) else [bins] * d
    each_range = [None] * d if range is None else list(range)
    edges = [
        histogram_bin_edges(column, n, span)
        for column, n, span in zip(columns, each_bins, each_range, strict=True)
    ]
    stacked = np.stack([plain(each) for each in columns], axis=-1)
    borders = [np.asarray(plain(each)) for each in edges]
    counts: Any = np.histogramdd(stacked, borders)[0]
    if weights is not None:
        which = [
            np.clip(np.searchsorted(b, v, "right"), 1, len(b) - 1) - 1
            for b, v in zip(borders, stacked.T, strict=True)
        ]
        inside = np.all(
            [(v >= b[0]) & (v <= b[-1]) for b, v in zip(borders, stacked.T, strict=True)], axis=0
        )
        flat = np.ravel_multi_index(which, counts.shape) + 1
        weights = operand(weights).astype(np.float64)
        counts = collect(weights * inside, flat, shape=counts.shape)
    if density:
        total = np.sum(counts)
        for k, each in enumerate(edges):
            shape = [1] * d
            shape[k] = -1
            counts = counts / np.reshape(np.diff(each), shape)
        counts = counts / total
    return counts, edges


@implements(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    """Count points of the plane by boxes: ``np.histogram2d``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> counts, x, y = ag.histogram2d(ag.tensor([0.5, 1.5]), [0.5, 0.5], [[0, 1, 2], [0, 1]])
    >>> counts
    Tensor([[1.],
            [1.]])
    """
    two = isinstance(bins, (list, tuple)) and len(bins) == 2
    each = bins if two or np.ndim(bins) == 0 else [bins, bins]
    counts, edges = histogramdd([x, y], each, range, density, weights)
    return counts, edges[0], edges[1]
