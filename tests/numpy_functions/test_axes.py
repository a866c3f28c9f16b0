"""An axis that is not there is refused, as NumPy refuses it, and never taken for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.exceptions import AxisError

import autograd_mini as ag

X = np.arange(1.0, 13.0).reshape(3, 4)


def along(name: str, *args: Any) -> Callable[[Any, int], Any]:
    return lambda x, axis: getattr(np, name)(x, *args, axis=axis)


ALONG: dict[str, Callable[[Any, int], Any]] = {
    **{
        name: along(name)
        for name in (
            "sum", "prod", "max", "min", "mean", "std", "var", "all", "any", "median", "ptp",
            "argmax", "argmin", "count_nonzero", "average", "cumsum", "cumprod", "sort", "argsort",
            "diff", "gradient", "trapezoid", "flip", "expand_dims", "squeeze", "unique", "nansum",
            "nanprod", "nanmax", "nanmin", "nanmean", "nanstd", "nanvar", "nanmedian",
            "nancumsum", "nancumprod", "trim_zeros", "unstack", "cumulative_sum",
        )
    },
    **{
        name: along(name, 0.3)
        for name in ("quantile", "percentile", "nanquantile", "nanpercentile")
    },
    "average with weights": lambda x, axis: np.average(x, axis=axis, weights=np.ones(3)),
    "quantile with weights": lambda x, axis: np.quantile(
        x, 0.3, axis=axis, weights=np.ones(3), method="inverted_cdf"
    ),
    "roll": lambda x, axis: np.roll(x, 1, axis=axis),
    "take": lambda x, axis: np.take(x, [0], axis=axis),
    "repeat": lambda x, axis: np.repeat(x, 2, axis=axis),
    "partition": lambda x, axis: np.partition(x, 0, axis=axis),
    "insert": lambda x, axis: np.insert(x, 0, 1.0, axis=axis),
    "delete": lambda x, axis: np.delete(x, 0, axis=axis),
    "split": lambda x, axis: np.split(x, 1, axis=axis),
    "concatenate": lambda x, axis: np.concatenate([x, x], axis=axis),
    "stack": lambda x, axis: np.stack([x, x], axis=axis),
    "compress": lambda x, axis: np.compress([True], x, axis=axis),
    "moveaxis": lambda x, axis: np.moveaxis(x, axis, 0),
    "swapaxes": lambda x, axis: np.swapaxes(x, axis, 0),
    "vecdot": lambda x, axis: np.vecdot(x, x, axis=axis),
    "apply_along_axis": lambda x, axis: np.apply_along_axis(np.sum, axis, x),
    "apply_over_axes": lambda x, axis: np.apply_over_axes(np.sum, x, [axis]),
    "norm": lambda x, axis: np.linalg.norm(x, axis=axis),
    "norm of matrices": lambda x, axis: np.linalg.norm(x, ord=1, axis=(axis, 0)),
    "vector_norm": lambda x, axis: np.linalg.vector_norm(x, axis=axis),
    "fft": lambda x, axis: np.fft.fft(x, axis=axis),
    "tensordot": lambda x, axis: np.tensordot(x, x, axes=([axis], [axis])),
}  # fmt: skip

OURS: dict[str, Callable[[Any, int], Any]] = {
    "softmax": lambda x, axis: ag.softmax(x, axis=axis),
    "log_softmax": lambda x, axis: ag.log_softmax(x, axis=axis),
    "logsumexp": lambda x, axis: ag.logsumexp(x, axis=axis),
    "layer_norm": lambda x, axis: ag.layer_norm(x, axis=axis),
    "batch_norm": lambda x, axis: ag.batch_norm(x, axis=axis),
}


@pytest.mark.parametrize("axis", [7, -9])
@pytest.mark.parametrize("name", ALONG)
def test_functions_of_numpy(name, axis):
    with pytest.raises((ValueError, IndexError)) as theirs:
        ALONG[name](X, axis)
    with pytest.raises((ValueError, IndexError)) as ours:
        ALONG[name](ag.tensor(X, requires_grad=True), axis)
    if isinstance(theirs.value, AxisError):
        assert isinstance(ours.value, AxisError)


@pytest.mark.parametrize("axis", [7, -9])
@pytest.mark.parametrize("name", OURS)
def test_functions_of_networks(name, axis):
    with pytest.raises(AxisError):
        OURS[name](ag.tensor(X, requires_grad=True), axis)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "cumsum", "cumprod", "nanprod"])
@pytest.mark.parametrize("axis", [0, -1])
def test_without_axes_the_first_is_none_at_all(name, axis):
    f = getattr(np, name)
    t = ag.tensor(3.0, requires_grad=True)
    made = f(t, axis=axis)
    assert made.shape == f(np.array(3.0), axis=axis).shape
    made.sum().backward()
    assert t.grad.tolist() == 1.0
