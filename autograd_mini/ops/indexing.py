"""Indexing: reading entries, writing entries, and adding up what was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.ops.kinds import linear, structured
from autograd_mini.ops.operation import Op
from autograd_mini.ops.sampling import normal, together

__all__ = ["Part", "Scatter", "getitem", "led", "pick", "scatter_add", "setitem"]


class Scatter:
    """A gradient that is zero but for the entries at one index.

    Reading ``x[i]`` in a loop makes one of these each time; they become one array when the
    gradient of `x` is complete, so that the loop costs what it should.
    """

    __slots__ = ("g", "key")

    def __init__(self, key: Any, g: Any) -> None:
        self.key, self.g = key, g


class Part:
    """The gradient of one result of an operation that has several."""

    __slots__ = ("g", "key")

    def __init__(self, key: int, g: Any) -> None:
        self.key, self.g = key, g


_INDICES: tuple[Any, ...] = (
    1, -1, slice(None), slice(None, None, -2), None, Ellipsis, (), (2, 1), (slice(1, 3), 0),
    (..., None, -1), [0, 0, 2], [-1, 2, 2], ([0, 1, 1], [2, 0, 0]), ([[0], [2]], [1, 1]),
    (slice(None), [1, 1, 0]), (None, [0, 0], slice(0, 2)), ([0, 1], None, [1, 1]),
    np.array([True, False, True]), np.arange(9).reshape(3, 3) % 2 == 0,
    (np.array([True, False, True]), 1), (0, np.array([True, True, False])), True, False,
    np.zeros((0,), int), np.array(2), slice(3, 0), np.int64(1), (np.uint8(1), slice(None)),
)  # fmt: skip
"""Every way of indexing an array of shape (3, 3), for samples."""


def _getitem(x: Any, index: Any) -> Any:
    return x[index]


getitem = linear(
    "getitem",
    _getitem,
    x=lambda g, index: Scatter(index, g),
    latex="{x}[\\cdot]",
    samples=[normal((3, 3), index=index) for index in _INDICES],
)


def _selects_once(index: Any) -> bool:
    """Return whether an index is known to select no entry twice, so that ``+=`` adds right."""
    if index.__class__ is np.ndarray and index.dtype.char == "?":
        return True
    entries = index if isinstance(index, tuple) else (index,)
    return all(
        isinstance(each, (int, np.integer, slice, type(None), type(Ellipsis))) for each in entries
    )


def _scatter_add(gs: Sequence[Any], shape: tuple[int, ...], indices: Sequence[Any]) -> Any:
    total = np.zeros(shape, np.result_type(*gs))
    for index, g in zip(indices, gs, strict=True):
        if _selects_once(index):
            total[index] += g
        elif np.size(g) < _MANY or not _add_rows(total, index, g):
            np.add.at(total, index, g)
    return total


_MANY = 1 << 11
"""Entries that take longer one by one than it takes to look at their index."""


def _add_rows(total: Any, index: Any, g: Any) -> bool:
    """Add `g` to rows of `total`, if that is what `index` selects; return whether it is.

    ``np.add.at`` takes several times as long for rows as for single entries.
    """
    keys = [np.asarray(each) for each in (index if isinstance(index, tuple) else (index,))]
    if len(keys) >= total.ndim or any(each.dtype.kind not in "iu" for each in keys):
        return False
    taken = np.broadcast_shapes(*(each.shape for each in keys))
    if g.shape != taken + total.shape[len(keys) :]:
        return False
    lead = total.shape[: len(keys)]
    rows = np.ravel_multi_index(np.broadcast_arrays(*keys), lead, mode="wrap").reshape(-1)
    if np.unique(rows).size == rows.size:
        total[index] += g
        return True
    width = g.size // rows.size
    entries = rows[:, None] * width + np.arange(width)
    np.add.at(total.reshape(-1), entries.reshape(-1), g.reshape(-1))
    return True


scatter_add = linear(
    "scatter_add",
    _scatter_add,
    variadic=True,
    gs=lambda g, indices: [g[index] for index in indices],
    samples=[
        together((3,), (), (2,), shape=(3, 3), indices=[1, (0, 0), ([0, 0], [1, 1])]),
        together((2, 2), shape=(3, 2), indices=[[2, 2]]),
    ],
)


def _setitem(x: Any, v: Any, index: Any) -> Any:
    out = np.array(x)
    if np.asarray(v).dtype.kind == "c" and out.dtype.kind != "c":
        raise TypeError(f"complex values do not fit into an array of {out.dtype}")
    out[index] = v
    return out


def _last_written(x_shape: tuple[int, ...], index: Any) -> Any:
    """Return where in ``x[index] = v`` an entry of v stayed, for it may be overwritten."""
    position = np.zeros(x_shape, np.intp)
    selected = position[index]
    order = np.arange(selected.size).reshape(selected.shape)
    position[index] = order
    return position[index] == order


def _setitem_value_vjp(
    g: Any, x_shape: tuple[int, ...], v_shape: tuple[int, ...], index: Any
) -> Any:
    written = g[index]
    if not _selects_once(index):
        written = np.where(_last_written(x_shape, index), written, 0)  # also of an infinite one
    return led(written, len(v_shape))


def led(written: Any, ndim: int) -> Any:
    """Return the gradient of what was written, led by axes of length 1 if that had such axes."""
    extra = ndim - written.ndim
    return np.reshape(written, (1,) * extra + written.shape) if extra > 0 else written


setitem: Op = structured(
    "setitem",
    _setitem,
    x=lambda g, index: setitem(g, 0.0, index=index),
    v=_setitem_value_vjp,
    jvp={
        "x": lambda t, v_shape, index: setitem(t, np.zeros(v_shape), index=index),
        "v": lambda t, x_shape, index: setitem(np.zeros(x_shape, t.dtype), t, index=index),
    },
    samples=[
        *(normal((3, 3), np.zeros((3, 3))[index].shape, index=index) for index in _INDICES),
        normal((3, 3), (), index=(slice(None), 1)),
        normal((3, 3), (3,), index=slice(0, 2)),
        normal((3, 3), (1, 1, 3), index=0),
        normal((3, 3), (2, 1), index=[0, 0]),
    ],
)


def _pick(x: Any, position: int) -> Any:
    return x[position]


pick = linear("pick", _pick, x=lambda g, position: Part(position, g), latex="{x}")
