"""Operations that move entries, in ONNX: read, put together, seen through windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node, value_of
from autograd_mini.onnx.rules import Writer, rule
from autograd_mini.ops.convolution import columns
from autograd_mini.ops.moving import numbers
from autograd_mini.ops.operation import registry

__all__: list[str] = []


# -- by the places entries come from --------------------------------------------------------------


def _gathered(w: Writer, x: str, places: Any, dtype: Any) -> str:
    """Return the entries of an array at these places, counted from 1; zeros where it is 0."""
    flat = w.call("Reshape", x, w.shape([-1]))
    places = np.asarray(places, np.int64)
    if places.size and places.min() == 0:
        zero = w.constant(np.zeros(1, dtype))
        return w.call("Gather", w.call("Concat", zero, flat, axis=0), w.constant(places), axis=0)
    return w.call("Gather", flat, w.constant(places - 1), axis=0)


def _collected(w: Writer, x: str, places: Any, node: Node) -> str:
    """Return zeros in the shape of `node` with entries added at these places, counted from 1."""
    zeros = w.constant(np.zeros(math.prod(node.shape) + 1, node.dtype))
    flat = w.call("Reshape", x, w.shape([-1]))
    where = w.constant(np.asarray(places, np.int64).reshape(-1))
    total = w.call("ScatterElements", zeros, where, flat, axis=0, reduction="add")
    inside = w.call("Slice", total, w.shape([1]), w.shape([math.prod(node.shape) + 1]))
    return w.call("Reshape", inside, w.shape(node.shape), allowzero=1)


def _places(node: Node, name: str | None = None, shape: Sequence[int] | None = None) -> Any:
    """Return where the entries of a result come from."""
    op = registry[name] if name else node.op
    start = numbers(tuple(shape if shape is not None else node.inputs[0].shape))
    rest = [value_of(each) for each in node.inputs[1:]]
    if any(each.__class__ is Node for each in node.inputs[1:]):
        raise ValueError(f"ONNX export writes {node.op.name} for indices that are not computed")
    params = {key: each for key, each in node.params.items() if key != "shape" or not name}
    return op.kernel(start, *rest, **params)


@rule(
    "delete", "diag", "diagonal", "flip", "moveaxis", "pad", "pad_moved", "rearrange", "repeat",
    "resize", "roll", "rot90", "sliding_window_view", "take", "take_along_axis", "tile", "tril",
    "triu", "windows",
)  # fmt: skip
def _moved(w: Writer, node: Node, xs: list[str]) -> str:
    return _gathered(w, xs[0], _places(node), node.dtype)


@rule("collect")
def _put_back(w: Writer, node: Node, xs: list[str]) -> str:
    return _collected(w, xs[0], value_of(node.inputs[1]), node)


@rule("overlap_add")
def _overlapped(w: Writer, node: Node, xs: list[str]) -> str:
    return _collected(w, xs[0], _places(node, "windows", node.shape), node)


# -- through windows ------------------------------------------------------------------------------


def _pads(node: Node) -> list[int]:
    """Return the padding before each axis, then that after."""
    return [each[side] for side in (0, 1) for each in node.params["pads"]]


def _columns(w: Writer, x: str, shape: Sequence[int], window: Any, node: Node) -> str:
    """Return the windows of an array as matrices (batch, group, entries, position)."""
    p = node.params
    found = columns(
        numbers(tuple(shape)), window, p["stride"], p["pads"], p["dilation"], p["groups"]
    )
    return _gathered(w, x, found, node.dtype)


def _by_groups(w: Writer, x: str, shape: Sequence[int], axis: int, node: Node) -> str:
    """Return kernels (axis 0) or channels (axis 1) as matrices for each group."""
    groups = node.params["groups"]
    sizes = (*shape[:axis], groups, shape[axis] // groups, math.prod(shape[axis + 1 :]))
    return w.call("Reshape", x, w.shape(sizes), allowzero=1)


def _turned(w: Writer, x: str, ndim: int) -> str:
    return w.call("Transpose", x, perm=[*range(ndim - 2), ndim - 1, ndim - 2])


@rule("conv")
def _conv(w: Writer, node: Node, xs: list[str]) -> str:
    """Write ``Conv``; for double precision, which runtimes lack there, products of matrices."""
    x, kernels = node.inputs
    p = node.params
    if node.dtype.itemsize <= 4:
        return w.call(
            "Conv", *xs, strides=p["stride"], pads=_pads(node), dilations=p["dilation"],
            group=p["groups"],
        )  # fmt: skip
    seen = _columns(w, xs[0], x.shape, kernels.shape[2:], node)
    made = w.call("MatMul", _by_groups(w, xs[1], kernels.shape, 0, node), seen)
    return w.call("Reshape", made, w.shape(node.shape), allowzero=1)


@rule("conv_transpose")
def _conv_transpose(w: Writer, node: Node, xs: list[str]) -> str:
    y, kernels = node.inputs
    p = node.params
    turned = _turned(w, _by_groups(w, xs[1], kernels.shape, 0, node), 3)
    made = w.call("MatMul", turned, _by_groups(w, xs[0], y.shape, 1, node))
    found = columns(
        numbers(node.shape), kernels.shape[2:], p["stride"], p["pads"], p["dilation"], p["groups"]
    )
    return _collected(w, made, found, node)


@rule("conv_kernel")
def _conv_kernel(w: Writer, node: Node, xs: list[str]) -> str:
    x, y = node.inputs
    seen = _turned(w, _columns(w, xs[0], x.shape, node.shape[2:], node), 4)
    made = w.call("MatMul", _by_groups(w, xs[1], y.shape, 1, node), seen)
    total = w.call("ReduceSum", made, w.shape([0]), keepdims=0)
    return w.call("Reshape", total, w.shape(node.shape), allowzero=1)


@rule("max_pool")
def _max_pool(w: Writer, node: Node, xs: list[str]) -> str:
    p = node.params
    return w.call("MaxPool", xs[0], kernel_shape=p["window"], strides=p["stride"], pads=_pads(node))


@rule("avg_pool")
def _avg_pool(w: Writer, node: Node, xs: list[str]) -> str:
    """Write the mean of windows: ``AveragePool`` has no double precision in runtimes."""
    seen = _gathered(w, xs[0], _places(node, "windows"), node.dtype)
    n = len(node.shape)
    return w.call("ReduceMean", seen, w.shape(range(n, 2 * n - 2)), keepdims=0)


# -- by an index ----------------------------------------------------------------------------------


def _bounds(index: Any, shape: Sequence[int]) -> list[tuple[int, int, int]] | None:
    """Return (start, stop, step) for each axis of a basic index; None for arrays."""
    parts = [each for each in (index if isinstance(index, tuple) else (index,)) if each is not None]
    for k, part in enumerate(parts):
        if part is Ellipsis:
            parts[k : k + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
            break
    parts += [slice(None)] * (len(shape) - len(parts))
    found = []
    for length, part in zip(shape, parts, strict=True):
        if isinstance(part, slice):
            found.append(part.indices(length))
        elif isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            found.append((int(part) % length, int(part) % length + 1, 1))
        else:
            return None
    return found


@rule("getitem")
def _read(w: Writer, node: Node, xs: list[str]) -> str:
    """Read a basic index with slices, and a reshape for the axes that go and come."""
    name, shape = xs[0], node.inputs[0].shape
    bounds = _bounds(node.params["index"], shape)
    if bounds is None:
        return _gathered(w, name, numbers(shape)[node.params["index"]], node.dtype)
    for axis, (start, stop, step) in enumerate(bounds):
        if (start, stop, step) != (0, shape[axis], 1):
            end = stop if stop >= 0 else -(shape[axis] + 1)
            name = w.call("Slice", name, *(w.shape([each]) for each in (start, end, axis, step)))
    return w.call("Reshape", name, w.shape(node.shape), allowzero=1)


@rule("scatter_add")
def _scattered(w: Writer, node: Node, xs: list[str]) -> str:
    """Add up parts, each surrounded by zeros."""
    shape, total = node.shape, ""
    for x, index in zip(xs, node.params["indices"], strict=True):
        bounds = _bounds(index, shape)
        if bounds is None or any(abs(step) != 1 for _, _, step in bounds):
            part = _collected(w, x, numbers(shape)[index], node)
            total = part if not total else w.call("Add", total, part)
            continue
        for axis, (_, _, step) in enumerate(bounds):
            if step == -1:
                bounds[axis] = (bounds[axis][1] + 1, bounds[axis][0] + 1, -1)
        inner = [stop - start for start, stop, _ in bounds]
        part = w.call("Reshape", x, w.shape(inner), allowzero=1)
        for axis, (_, _, step) in enumerate(bounds):
            if step == -1:
                ends = (-1, -(inner[axis] + 1), axis, -1)
                part = w.call("Slice", part, *(w.shape([each]) for each in ends))
        before = [start for start, _, _ in bounds]
        after = [n - stop for n, (_, stop, _) in zip(shape, bounds, strict=True)]
        padded = w.call("Pad", part, w.shape([*before, *after]), w.scalar(0, node.dtype))
        total = padded if not total else w.call("Add", total, padded)
    return total
