"""Indexing where the index itself is computed: entries that are read, written, or added to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.graph.tape import refuse
from autograd_mini.ops.indexing import led, setitem
from autograd_mini.ops.kinds import structured
from autograd_mini.ops.sampling import Sample

__all__ = ["Slot", "filled", "gather", "scatter", "slotted", "spread", "take"]


class Slot(NamedTuple):
    """What stands in an index where an operand goes.

    Attributes
    ----------
    position : int
        Which of the operands that are indices, from 0.
    """

    position: int


def filled(index: Any, arrays: Sequence[Any]) -> Any:
    """Return `index` with `arrays` in its slots."""
    if isinstance(index, Slot):
        return arrays[index.position]
    if isinstance(index, tuple):
        return tuple(filled(each, arrays) for each in index)
    return index


def _gather(xs: Any, index: Any) -> Any:
    return xs[0][filled(index, xs[1:])]


def _gather_vjp(g: Any, xs: Any, shapes: Any, index: Any) -> list[Any]:
    back = spread([g, *xs[1:]], shape=shapes[0], index=index)
    return [back, *(None for _ in xs[1:])]


def _spread(xs: Any, shape: tuple[int, ...], index: Any) -> Any:
    total = np.zeros(shape, xs[0].dtype)
    np.add.at(total, filled(index, xs[1:]), xs[0])
    return total


def _spread_vjp(g: Any, xs: Any, index: Any) -> list[Any]:
    return [gather([g, *xs[1:]], index=index), *(None for _ in xs[1:])]


def _scatter(xs: Any, index: Any) -> Any:
    return setitem.kernel(xs[0], xs[1], filled(index, xs[2:]))


def _scatter_vjp(g: Any, xs: Any, shapes: Any, index: Any) -> list[Any]:
    arrays = xs[2:]
    of_x = scatter([g, 0.0, *arrays], index=index)
    written = gather([g, *arrays], index=index)
    written = np.where(_stayed(shapes[0], np.shape(written), arrays, index), written, 0)
    return [of_x, led(written, len(shapes[1])), *(None for _ in arrays)]


def _stayed(shape: Any, selected: tuple[int, ...], arrays: Any, index: Any) -> Any:
    """Return where an entry that was written stayed, for it may be overwritten."""
    order = np.reshape(np.arange(math.prod(selected)), selected)
    latest = scatter([np.zeros(shape, np.intp), order, *arrays], index=index)
    return gather([latest, *arrays], index=index) == order


def _sample(x_shape: tuple[int, ...], *indices: Any, **params: Any) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        x = np.asarray(rng.normal(size=x_shape))
        return ([x, *(np.asarray(each) for each in indices)],), params

    return sample


gather = structured(
    "gather",
    _gather,
    variadic=True,
    xs=_gather_vjp,
    latex="{xs}[\\cdot]",
    samples=[
        _sample((3, 2), 1, index=Slot(0)),
        _sample((3, 2), [0, 0, 2], [1, 1, 0], index=(Slot(0), Slot(1))),
        _sample((2, 3, 2), [0, 2], index=(slice(None), Slot(0))),
        _sample((2, 3, 2), [[0], [1]], index=(Slot(0), slice(None), 1)),
    ],
)
scatter = structured(
    "scatter",
    _scatter,
    variadic=True,
    xs=_scatter_vjp,
    samples=[
        _sample((3, 2), [7.0, 8.0], 1, index=Slot(0)),
        _sample((3, 2), [1.0, 2.0, 3.0], [0, 0, 2], [1, 1, 0], index=(Slot(0), Slot(1))),
        _sample((2, 3, 2), 5.0, [0, 2], index=(slice(None), Slot(0))),
        _sample((2, 3, 2), [[[1.0]], [[2.0]]], [[0], [1]], index=(Slot(0), slice(None), 1)),
        _sample((3,), [[1.0, 2.0]], [2, 0], index=(Slot(0),)),
    ],
)
spread = structured(
    "spread",
    _spread,
    variadic=True,
    xs=_spread_vjp,
    samples=[
        _sample((2,), 1, shape=(3, 2), index=Slot(0)),
        _sample((3,), [0, 0, 2], shape=(4,), index=(Slot(0),)),
        _sample((2, 2, 2), [0, 2], shape=(2, 3, 2), index=(slice(None), Slot(0))),
    ],
)


def take(x: Any, index: Any) -> Any:
    """Return ``x[index]``, the tensors in `index` being operands."""
    template, operands = slotted(index)
    return gather([x, *operands], index=template)


def slotted(index: Any) -> tuple[Any, list[Any]]:
    """Return `index` with slots for the tensors in it, and those."""
    operands: list[Any] = []
    return _template(index, operands), operands


def _template(entry: Any, operands: list[Any]) -> Any:
    """Return `entry` with slots for the tensors in it, which are added to `operands`."""
    if isinstance(entry, tuple):
        return tuple([_template(each, operands) for each in entry])
    if hasattr(type(entry), "_record"):
        if entry.dtype.kind == "b":
            refuse("the number of entries that a mask selects")
        if entry.dtype.kind not in "iu":
            raise IndexError(f"an index that is computed must hold ints, not {entry.dtype}")
        operands.append(entry)
        return Slot(len(operands) - 1)
    if isinstance(entry, (np.ndarray, list)):
        return entry.copy()
    return np.array(entry, np.intp) if isinstance(entry, range) else entry
