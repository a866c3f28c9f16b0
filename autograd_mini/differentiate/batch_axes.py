"""Operations along axes, and those that move axes, for a whole batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.differentiate.batching import Call, batches, one_by_one, padded, up
from autograd_mini.ops import shaping

__all__: list[str] = []


@batches("alias", "stop_gradient", "copy", "astype", "conj", "zeros_like", "ones_like", "round")
@batches(
    "cast", "numbered", "fix", "exponent", "isreal", "iscomplex", "isposinf", "isneginf", "mirror"
)
@batches("inv", "pinv", "cofactors", "det", "slogdet", "cholesky", "qr", "eigh", "eig", "svd")
def _as_it_is(call: Call) -> Any:
    """Work entry by entry, or matrix by matrix: one axis more in front changes nothing."""
    return call.run(call.xs)


def _all_axes(ndim: int) -> tuple[int, ...]:
    return tuple(range(1, ndim + 1))


@batches("sum", "mean", "var", "std", "max", "min", "prod", "logsumexp", "all", "any")
@batches("count_nonzero", "softmax", "log_softmax", "flip", "euclidean_norm", "p_norm")
def _over_axes(call: Call) -> Any:
    """Reduce, or normalise, over one axis, several or all."""
    ndim, axis = call.ndim(0), call.parameter("axis")
    name = call.node.op.name
    if not ndim and name in ("flip", "euclidean_norm", "p_norm"):
        return call.xs[0] if name == "flip" else np.abs(call.xs[0])
    axes = _all_axes(ndim) if axis is None or not ndim else up(axis, ndim)
    return call.run(call.xs, axis=axes)


@batches("cumsum", "cumprod", "argsort", "sort", "partition", "argpartition", "unwrap")
@batches("fft", "ifft", "rfft", "irfft", "cummax", "cummin")
def _along_axis(call: Call) -> Any:
    """Work along one axis, or along the flattened example."""
    ndim, axis = call.ndim(0), call.parameter("axis")
    if axis is None or not ndim:
        return call.run([np.reshape(call.xs[0], (call.size, -1))], axis=1) if call.size else (
            np.zeros((0, *call.node.shape), call.node.dtype)
        )  # fmt: skip
    return call.run(call.xs, axis=up(axis, ndim))


@batches("argmax", "argmin", "nanargmax", "nanargmin")
def _arg_extreme(call: Call) -> Any:
    """Count the entries of the flattened example, if no axis is given."""
    ndim, axis = call.ndim(0), call.parameter("axis")
    if axis is not None and ndim:
        return call.run(call.xs, axis=up(axis, ndim))
    if not call.size:
        return np.zeros((0, *call.node.shape), call.node.dtype)
    found = call.run([np.reshape(call.xs[0], (call.size, -1))], axis=1)
    return np.reshape(found, (call.size, *call.node.shape))


@batches("roll")
def _roll(call: Call) -> Any:
    (x,), axis = call.xs, call.parameter("axis")
    if axis is not None:
        return call.run([x], axis=up(axis, call.ndim(0)))
    entries = int(np.prod(call.node.shape))
    flat = call.run([np.reshape(x, (call.size, entries))], axis=1)
    return np.reshape(flat, (call.size, *call.node.shape))


@batches("reshape", "ravel", "squeeze", "expand_dims")
def _reshape(call: Call) -> Any:
    if call.parameter("order") not in (None, "C"):
        return one_by_one(call)
    return shaping.reshape(call.xs[0], (call.size, *call.node.shape))


@batches("broadcast_to")
def _broadcast_to(call: Call) -> Any:
    shape = call.node.shape
    return call.run([padded(call.xs[0], len(shape))], shape=(call.size, *shape))


@batches("transpose")
def _transpose(call: Call) -> Any:
    ndim, axes = call.ndim(0), call.parameter("axes")
    order = tuple(reversed(_all_axes(ndim))) if axes is None else up(tuple(axes), ndim)
    return call.run(call.xs, axes=(0, *order))


@batches("swapaxes")
def _swapaxes(call: Call) -> Any:
    n = call.ndim(0)
    first, second = call.parameter("axis1"), call.parameter("axis2")
    return call.run(call.xs, axis1=up(first, n), axis2=up(second, n))


@batches("moveaxis")
def _moveaxis(call: Call) -> Any:
    n = call.ndim(0)
    source, destination = call.parameter("source"), call.parameter("destination")
    return call.run(call.xs, source=up(source, n), destination=up(destination, n))


@batches("concatenate", "stack")
def _join(call: Call) -> Any:
    axis = call.parameter("axis")
    xs = [call.whole(k) for k in range(len(call.xs))]
    if axis is None:
        xs = [np.reshape(x, (call.size, int(np.prod(np.shape(x)[1:])))) for x in xs]
        return call.run(xs, axis=1)
    return call.run(xs, axis=up(axis, len(call.node.shape)))


@batches("matrix_rank")
def _matrix_rank(call: Call) -> Any:
    return call.run(call.xs) if call.ndim(0) > 1 else one_by_one(call)


@batches("searchsorted")
def _searched(call: Call) -> Any:
    """Look up any number of values at once in what is the same for all."""
    if call.mapped[0] or np.ndim(call.parameter("sorter")):
        return one_by_one(call)
    return call.run(call.xs)


@batches("digitize", "isin")
def _compared_with_all(call: Call) -> Any:
    """Look each entry up in the whole of the second operand."""
    return one_by_one(call) if call.mapped[1] else call.run(call.xs)
