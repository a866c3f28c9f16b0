"""Convolution and pooling over any number of spatial axes.

All of it reads a padded array through windows: ``cells[n, c, *position, *offset]`` is
``x[n, c, *(position * stride + offset * dilation)]``, a view that copies nothing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_mini.ops.broadcasting import shared
from autograd_mini.ops.halves import in_single
from autograd_mini.ops.kinds import bilinear, linear, structured
from autograd_mini.ops.network import is_plain
from autograd_mini.ops.operation import Op
from autograd_mini.ops.sampling import normal

__all__ = [
    "avg_pool",
    "columns",
    "conv",
    "conv_kernel",
    "conv_transpose",
    "max_pool",
    "overlap_add",
    "windows",
]

Ints = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


def _padded(x: Any, pads: Pads, fill: float = 0.0) -> Any:
    """Do what ``np.pad`` does, in a tenth of the time where arrays are small."""
    if not any(itertools.chain.from_iterable(pads)):
        return x
    sizes = [low + n + high for n, (low, high) in zip(x.shape[2:], pads, strict=True)]
    made = np.full((*x.shape[:2], *sizes), fill, x.dtype)
    made[_inside(x.shape, pads)] = x
    return made


def _inside(shape: Ints, pads: Pads) -> tuple[slice, ...]:
    """Return where an array of `shape` lies in the padded one."""
    within = [slice(low, low + n) for n, (low, _) in zip(shape[2:], pads, strict=True)]
    return (slice(None), slice(None), *within)


def positions(shape: Ints, window: Ints, stride: Ints, dilation: Ints, pads: Pads) -> Ints:
    """Return how many windows fit along each spatial axis of an array of `shape`."""
    return tuple(
        (n + sum(pad) - d * (k - 1) - 1) // s + 1
        for n, k, s, d, pad in zip(shape[2:], window, stride, dilation, pads, strict=True)
    )


def _cells(x: Any, window: Ints, stride: Ints, dilation: Ints) -> Any:
    """Return all windows of a padded array, as a view.

    ``sliding_window_view`` would take longer than a small convolution.
    """
    x = np.ascontiguousarray(x)
    out = positions(x.shape, window, stride, dilation, ((0, 0),) * len(window))
    steps = [own * s for own, s in zip(x.strides[2:], stride, strict=True)]
    inner = [own * d for own, d in zip(x.strides[2:], dilation, strict=True)]
    shape, strides = (*x.shape[:2], *out, *window), (*x.strides[:2], *steps, *inner)
    return np.ndarray(shape, x.dtype, x, 0, strides)


def _slices(
    window: Ints, stride: Ints, dilation: Ints, out: Ints
) -> Iterator[tuple[Ints, tuple[slice, ...]]]:
    """Yield each offset in a window, and where in the padded array it falls for all positions."""
    for offset in np.ndindex(*window):
        starts = [o * d for o, d in zip(offset, dilation, strict=True)]
        yield (
            offset,
            tuple(
                slice(start, start + s * (n - 1) + 1, s)
                for start, s, n in zip(starts, stride, out, strict=True)
            ),
        )


def _summed(cells: Any, shape: Ints, window: Ints, stride: Ints, dilation: Ints, pads: Pads) -> Any:
    """Add windows up where they overlap, ``cells`` having the offsets before the positions."""
    out = cells.shape[2 + len(window) :]
    padded = tuple(n + sum(pad) for n, pad in zip(shape[2:], pads, strict=True))
    total = np.zeros((*shape[:2], *padded), cells.dtype)
    if math.prod(out):
        for offset, where in _slices(window, stride, dilation, out):
            total[(slice(None), slice(None), *where)] += cells[(slice(None), slice(None), *offset)]
    return total[_inside(shape, pads)]


# -- windows --------------------------------------------------------------------------------------


def _windows(x: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    return _cells(_padded(x, pads), window, stride, (1,) * len(window)).copy()


def _overlap_add(cells: Any, shape: Ints, window: Ints, stride: Ints, pads: Pads) -> Any:
    n = len(window)
    order = (0, 1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n))
    return _summed(np.transpose(cells, order), shape, window, stride, (1,) * n, pads)


_LINE = {"window": (3,), "stride": (1,), "pads": ((0, 0),)}
_EXAMPLE = {"window": (2, 2), "stride": (2, 1), "pads": ((0, 1), (1, 0))}

windows: Op = linear(
    "windows",
    _windows,
    x=lambda g, x_shape, window, stride, pads: overlap_add(g, x_shape, window, stride, pads),
    latex="{x}",
    samples=[normal((2, 1, 4, 3), **_EXAMPLE), normal((1, 2, 5), **_LINE)],
)  # fmt: skip
overlap_add: Op = linear(
    "overlap_add",
    _overlap_add,
    cells=lambda g, window, stride, pads: windows(g, window, stride, pads),
    latex="{cells}",
    samples=[normal((2, 1, 2, 3, 2, 2), shape=(2, 1, 4, 3), **_EXAMPLE)],
)


# -- convolution ----------------------------------------------------------------------------------


def columns(x: Any, window: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int) -> Any:
    """Return the windows of `x` as matrices (batch, group, entries of a window, position)."""
    cells = _cells(_padded(x, pads), window, stride, dilation)
    n = len(window)
    order = (0, 1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n))
    entries = x.shape[1] // groups * math.prod(window)
    count = math.prod(cells.shape[2 : 2 + n])
    return np.transpose(cells, order).reshape(x.shape[0], groups, entries, count)


def _grouped(g: Any, groups: int) -> Any:
    """Return (batch, channel, *position) as matrices (batch, group, channel, position)."""
    batch, channels, *space = g.shape
    return g.reshape(batch, groups, channels // groups, math.prod(space))


def _matrices(w: Any, groups: int) -> Any:
    """Return kernels as matrices (group, channel, entries of a window)."""
    return w.reshape(groups, w.shape[0] // groups, math.prod(w.shape[1:]))


def _conv(x: Any, w: Any, stride: Ints, pads: Pads, dilation: Ints, groups: int = 1) -> Any:
    out = positions(x.shape, w.shape[2:], stride, dilation, pads)
    seen = columns(x, w.shape[2:], stride, pads, dilation, groups)
    return np.matmul(_matrices(w, groups), seen).reshape(x.shape[0], w.shape[0], *out)


def _conv_transpose(
    y: Any, w: Any, shape: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int = 1
) -> Any:
    window = w.shape[2:]
    columns = np.matmul(np.swapaxes(_matrices(w, groups), -1, -2), _grouped(y, groups))
    cells = columns.reshape(y.shape[0], shape[1], *window, *y.shape[2:])
    return _summed(cells, shape, window, stride, dilation, pads)


def _conv_kernel(
    x: Any, y: Any, shape: Ints, stride: Ints, pads: Pads, dilation: Ints, groups: int = 1
) -> Any:
    seen = columns(x, shape[2:], stride, pads, dilation, groups)
    products = np.matmul(_grouped(y, groups), np.swapaxes(seen, -1, -2))
    return products.sum(axis=0).reshape(shape)


_FLAT = {"stride": (2,), "pads": ((1, 0),), "dilation": (2,), "groups": 1}
_SPACE = {"stride": (1, 2), "pads": ((1, 1), (0, 1)), "dilation": (1, 1), "groups": 2}


def _flops(node: Any) -> float:
    return 2.0 * float(np.prod(node.shape)) * float(np.prod(node.inputs[1].shape[1:]))


conv: Op = bilinear(
    "conv",
    _conv,
    x=lambda g, x_shape, w, stride, pads, dilation, groups: conv_transpose(
        g, w, x_shape, stride, pads, dilation, groups
    ),
    w=lambda g, x, w_shape, stride, pads, dilation, groups: conv_kernel(
        x, g, w_shape, stride, pads, dilation, groups
    ),
    latex=r"{w} \ast {x}",
    flops=_flops,
    samples=[normal((2, 3, 7), (4, 3, 2), **_FLAT), normal((2, 4, 4, 5), (4, 2, 2, 3), **_SPACE)],
)
conv_transpose: Op = bilinear(
    "conv_transpose",
    _conv_transpose,
    y=lambda g, w, stride, pads, dilation, groups: conv(g, w, stride, pads, dilation, groups),
    w=lambda g, y, w_shape, stride, pads, dilation, groups: conv_kernel(
        g, y, w_shape, stride, pads, dilation, groups
    ),
    latex=r"{w} \ast^T {y}",
    samples=[
        normal((2, 4, 3), (4, 3, 2), shape=(2, 3, 7), **_FLAT),
        normal((2, 4, 5, 2), (4, 2, 2, 3), shape=(2, 4, 4, 5), **_SPACE),
    ],
)
conv_kernel: Op = bilinear(
    "conv_kernel",
    _conv_kernel,
    x=lambda g, x_shape, y, stride, pads, dilation, groups: conv_transpose(
        y, g, x_shape, stride, pads, dilation, groups
    ),
    y=lambda g, x, stride, pads, dilation, groups: conv(x, g, stride, pads, dilation, groups),
    latex=r"{x} \star {y}",
    samples=[
        normal((2, 3, 7), (2, 4, 3), shape=(4, 3, 2), **_FLAT),
        normal((2, 4, 4, 5), (2, 4, 5, 2), shape=(4, 2, 2, 3), **_SPACE),
    ],
)


# -- pooling --------------------------------------------------------------------------------------


def _pool_flops(node: Any) -> float:
    return float(math.prod(node.shape) * math.prod(node.params["window"]))


def _max_pool(x: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    if x.dtype.kind == "c":
        raise TypeError("complex numbers have no largest one")
    ones = (1,) * len(window)
    out = positions(x.shape, window, stride, ones, pads)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    padded = _padded(x, pads, lowest)
    whole = slice(None), slice(None)
    parts = (padded[(*whole, *where)] for _, where in _slices(window, stride, ones, out))
    best = next(parts).copy()
    for part in parts:
        np.maximum(best, part, out=best)
    return best


def _shares(x: Any, out: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    """Return what part of each maximum each entry of its window made; ties share equally."""
    n = len(window)
    inside = _windows(np.ones((1, 1, *x.shape[2:])), window, stride, pads) > 0
    reached = (windows(x, window, stride, pads) == out[(..., *(None,) * n)]) & inside
    offsets = tuple(range(-n, 0))
    return reached / np.maximum(np.sum(reached, axis=offsets, keepdims=True), 1)


def _max_pool_vjp(g: Any, x: Any, out: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    if is_plain(x) and is_plain(g):
        return _share_out(g, x, out, window, stride, pads)
    shares = _shares(x, out, window, stride, pads).astype(g.dtype)
    return overlap_add(g[(..., *(None,) * len(window))] * shares, x.shape, window, stride, pads)


def _share_out(g: Any, x: Any, out: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    """Do what the transpose of reading through windows does, offset by offset: none is copied."""
    ones, axes = (1,) * len(window), tuple(range(2, 2 + len(window)))
    padded = _padded(x, pads, np.nan)  # which nothing equals
    reached: Any = np.empty((*g.shape[:2], *window, *g.shape[2:]), bool)
    for offset, where in _slices(window, stride, ones, g.shape[2:]):
        part = padded[(slice(None), slice(None), *where)]
        np.equal(part, out, out=reached[(slice(None), slice(None), *offset)])
    ties = np.add.reduce(reached, axis=axes)
    if ties.size and ties.max() > 1:
        g = g * (1 / np.maximum(ties, 1)).astype(g.dtype)
    cells = np.multiply(np.expand_dims(g, axes), reached)
    return _summed(cells, x.shape, window, stride, ones, pads)


def _max_pool_jvp(t: Any, x: Any, out: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    shares = _shares(x, out, window, stride, pads).astype(t.dtype)
    return np.sum(windows(t, window, stride, pads) * shares, axis=tuple(range(-len(window), 0)))


max_pool = structured(
    "max_pool", _max_pool, x=_max_pool_vjp, jvp={"x": _max_pool_jvp},
    latex=r"\operatorname{{maxpool}} {x}",
    flops=_pool_flops,
    samples=[normal((2, 1, 4, 3), **_EXAMPLE), normal((1, 2, 5), **_LINE)],
)  # fmt: skip


@in_single
def _avg_pool(x: Any, window: Ints, stride: Ints, pads: Pads) -> Any:
    ones = (1,) * len(window)
    out = positions(x.shape, window, stride, ones, pads)
    padded = _padded(x, pads)
    whole = slice(None), slice(None)
    parts = (padded[(*whole, *where)] for _, where in _slices(window, stride, ones, out))
    total = next(parts) / 1  # which makes floats of whole numbers
    for part in parts:
        total += part
    return total / math.prod(window)


def _avg_pool_vjp(g: Any, x_shape: Ints, window: Ints, stride: Ints, pads: Pads) -> Any:
    each = shared(g, math.prod(window))[(..., *(None,) * len(window))]
    cells = np.broadcast_to(each, (*g.shape, *window))
    return overlap_add(cells, x_shape, window, stride, pads)


avg_pool = linear(
    "avg_pool",
    _avg_pool,
    x=_avg_pool_vjp,
    latex=r"\operatorname{{avgpool}} {x}",
    flops=_pool_flops,
    samples=[normal((2, 1, 4, 3), **_EXAMPLE), normal((1, 2, 5), **_LINE)],
)
