"""What operations do to a whole batch at once: ``vmap`` runs these rules.

A batched operand has the batch as its first axis; the others are as they were for one example.
Most rules only move axes up by one.  An operation without a rule runs once for each example, and
the results are stacked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node
from autograd_mini.ops import logic, shaping
from autograd_mini.ops.gathering import Slot
from autograd_mini.record import Recorded

__all__ = ["Call", "batched", "batches"]


class Call(NamedTuple):
    """One operation, to run on a batch.

    Attributes
    ----------
    node : Node
        What it was for one example.
    xs : list
        Operands; those batched have one axis more than for one example.
    mapped : list of bool
        Which operands are batched.
    size : int
        Length of the batch.
    """

    node: Node
    xs: list[Any]
    mapped: list[bool]
    size: int

    def ndim(self, k: int) -> int:
        """Return the number of axes of operand `k` in one example."""
        return int(np.ndim(self.xs[k])) - self.mapped[k]

    def parameter(self, name: str) -> Any:
        """Return a parameter of the call."""
        return self.node.params.get(name, self.node.op.defaults.get(name))

    def run(self, xs: Sequence[Any], **changed: Any) -> Any:
        """Apply the operation to `xs`, with some parameters changed."""
        op, params = self.node.op, {**self.node.params, **changed}
        if op.variadic:
            return op(list(xs), **params)
        return op(**dict(zip(op.inputs, xs, strict=True)), **params)

    def whole(self, k: int) -> Any:
        """Return operand `k` with the batch as first axis, repeated if it has none."""
        x = self.xs[k]
        return x if self.mapped[k] else np.broadcast_to(x, (self.size, *np.shape(x)))


F = TypeVar("F", bound=Callable[[Call], Any])
RULES: dict[str, Callable[[Call], Any]] = {}


def batches(*names: str) -> Callable[[F], F]:
    """Declare the rule of the operations called `names`."""

    def register(rule: F) -> F:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def batched(call: Call) -> Any:
    """Run an operation on a batch; the result has the batch as its first axis."""
    op = call.node.op
    rule = RULES.get(op.name)
    if rule is None:
        by_entry = op.kind == "elementwise" or op.name in logic.table
        rule = entry_by_entry if by_entry else one_by_one
    return rule(call)


# -- for every operation --------------------------------------------------------------------------


def one_by_one(call: Call) -> Any:
    """Run the operation on each example, and stack the results."""
    node = call.node
    several = bool(node.shape) and isinstance(node.shape[0], tuple)
    shapes: list[Any] = list(node.shape) if several else [node.shape]
    if not call.size:
        empty = tuple(np.zeros((0, *shape), node.dtype) for shape in shapes)
        return empty if several else empty[0]
    results = []
    for k in range(call.size):
        xs = [x[k] if mapped else x for x, mapped in zip(call.xs, call.mapped, strict=True)]
        found = call.run(xs)
        results.append(found if several else (found,))
        for each, shape in zip(results[-1], shapes, strict=True):
            if np.shape(each) != shape:
                raise DataDependentError(
                    f"{node.op.name} gave shape {shape} for one example and {np.shape(each)} for "
                    f"another: inside vmap shapes may depend on shapes only ({node.source})"
                )
    stacked = tuple(np.stack(each) for each in zip(*results, strict=True))
    return stacked if several else stacked[0]


def _padded(x: Any, ndim: int) -> Any:
    """Return batched `x` with axes of length 1 up to `ndim` axes an example."""
    shape = np.shape(x)
    missing = ndim - len(shape) + 1
    return np.reshape(x, (shape[0],) + (1,) * missing + shape[1:]) if missing > 0 else x


def entry_by_entry(call: Call) -> Any:
    """Align the examples' axes, and let broadcasting do the rest."""
    ndim = max(call.ndim(k) for k in range(len(call.xs)))
    return call.run(
        [_padded(x, ndim) if m else x for x, m in zip(call.xs, call.mapped, strict=True)]
    )


@batches("alias", "stop_gradient", "copy", "astype", "conj", "zeros_like", "ones_like", "round")
@batches("fix")
def _as_it_is(call: Call) -> Any:
    return call.run(call.xs)


# -- along axes -----------------------------------------------------------------------------------


def _up(axis: Any, ndim: int) -> Any:
    """Return axis or axes of an example as those of the batch."""
    if isinstance(axis, (tuple, list)):
        return tuple(_up(each, ndim) for each in axis)
    return int(axis) % ndim + 1


def _all_axes(ndim: int) -> tuple[int, ...]:
    return tuple(range(1, ndim + 1))


@batches("sum", "mean", "var", "std", "max", "min", "prod", "logsumexp", "all", "any")
@batches("count_nonzero", "softmax", "log_softmax", "flip")
def _over_axes(call: Call) -> Any:
    """Reduce, or normalise, over one axis, several or all."""
    ndim, axis = call.ndim(0), call.parameter("axis")
    if not ndim and call.node.op.name == "flip":
        return call.xs[0]
    axes = _all_axes(ndim) if axis is None or not ndim else _up(axis, ndim)
    return call.run(call.xs, axis=axes)


@batches("cumsum", "cumprod", "argsort", "sort")
def _along_axis(call: Call) -> Any:
    """Work along one axis, or along the flattened example."""
    ndim, axis = call.ndim(0), call.parameter("axis")
    if axis is None or not ndim:
        return call.run([np.reshape(call.xs[0], (call.size, -1))], axis=1) if call.size else (
            np.zeros((0, *call.node.shape), call.node.dtype)
        )  # fmt: skip
    return call.run(call.xs, axis=_up(axis, ndim))


@batches("argmax", "argmin")
def _arg_extreme(call: Call) -> Any:
    ndim, axis = call.ndim(0), call.parameter("axis")
    if axis is not None and ndim:
        return call.run(call.xs, axis=_up(axis, ndim))
    if not call.size:
        return np.zeros((0, *call.node.shape), call.node.dtype)
    found = call.run([np.reshape(call.xs[0], (call.size, -1))], axis=1, keepdims=False)
    return np.reshape(found, (call.size, *call.node.shape))


@batches("roll")
def _roll(call: Call) -> Any:
    (x,), axis = call.xs, call.parameter("axis")
    if axis is not None:
        return call.run([x], axis=_up(axis, call.ndim(0)))
    entries = int(np.prod(call.node.shape))
    flat = call.run([np.reshape(x, (call.size, entries))], axis=1)
    return np.reshape(flat, (call.size, *call.node.shape))


# -- shapes ---------------------------------------------------------------------------------------


@batches("reshape", "ravel", "squeeze", "expand_dims")
def _reshape(call: Call) -> Any:
    if call.parameter("order") not in (None, "C"):
        return one_by_one(call)
    return shaping.reshape(call.xs[0], (call.size, *call.node.shape))


@batches("broadcast_to")
def _broadcast_to(call: Call) -> Any:
    shape = call.node.shape
    return call.run([_padded(call.xs[0], len(shape))], shape=(call.size, *shape))


@batches("transpose")
def _transpose(call: Call) -> Any:
    ndim, axes = call.ndim(0), call.parameter("axes")
    order = tuple(reversed(_all_axes(ndim))) if axes is None else _up(tuple(axes), ndim)
    return call.run(call.xs, axes=(0, *order))


@batches("swapaxes")
def _swapaxes(call: Call) -> Any:
    n = call.ndim(0)
    first, second = call.parameter("axis1"), call.parameter("axis2")
    return call.run(call.xs, axis1=_up(first, n), axis2=_up(second, n))


@batches("moveaxis")
def _moveaxis(call: Call) -> Any:
    n = call.ndim(0)
    source, destination = call.parameter("source"), call.parameter("destination")
    return call.run(call.xs, source=_up(source, n), destination=_up(destination, n))


@batches("concatenate", "stack")
def _join(call: Call) -> Any:
    axis = call.parameter("axis")
    xs = [call.whole(k) for k in range(len(call.xs))]
    if axis is None:
        xs = [np.reshape(x, (call.size, int(np.prod(np.shape(x)[1:])))) for x in xs]
        return call.run(xs, axis=1)
    return call.run(xs, axis=_up(axis, len(call.node.shape)))


# -- products -------------------------------------------------------------------------------------


@batches("matmul", "dot")
def _matmul(call: Call) -> Any:
    (x, y), n, m = call.xs, call.ndim(0), call.ndim(1)
    if call.node.op.name == "dot" and (n > 2 or m > 2):
        return one_by_one(call)
    if n == 0 or m == 0:
        return entry_by_entry(call._replace(node=_like(call.node, "multiply")))
    if call.mapped[1] and not call.mapped[0] and m == 1 and n == 2:
        return np.matmul(y, np.swapaxes(x, 0, 1))  # one product for all examples
    if call.mapped[0] and not call.mapped[1] and n == 1 and m == 2:
        return np.matmul(x, y)
    x = x[..., None, :] if n == 1 else x
    y = y[..., None] if m == 1 else y
    ndim = max(n, m, 2)
    made = np.matmul(
        _padded(x, ndim) if call.mapped[0] else x, _padded(y, ndim) if call.mapped[1] else y
    )
    return np.reshape(made, (call.size, *call.node.shape))


def _like(node: Node, name: str) -> Node:
    """Return what `node` was, by an operation of another name."""
    made = Node()
    made.op, made.params, made.shape, made.dtype = logic.registry[name], {}, node.shape, node.dtype
    made.code = None
    return made


@batches("tensordot")
def _tensordot(call: Call) -> Any:
    """Bring the axes to sum over together: then it is a product of matrices for each example."""
    axes, n, m = call.parameter("axes"), call.ndim(0), call.ndim(1)
    if isinstance(axes, (int, np.integer)):
        of_x, of_y = tuple(range(n - int(axes), n)), tuple(range(int(axes)))
    else:
        of_x, of_y = (
            (int(each),) if np.ndim(each) == 0 else tuple(int(a) for a in each) for each in axes
        )
    x = _matrix(call.xs[0], [a % n for a in of_x], call.mapped[0], last=True)
    y = _matrix(call.xs[1], [a % m for a in of_y], call.mapped[1], last=False)
    return np.reshape(np.matmul(x, y), (call.size, *call.node.shape))


def _matrix(x: Any, summed: Sequence[int], mapped: bool, last: bool) -> Any:
    """Return `x` with its `summed` axes as one, last or first, and the others as the other."""
    shape = np.shape(x)[1:] if mapped else np.shape(x)
    free = [k for k in range(len(shape)) if k not in summed]
    order = [*free, *summed] if last else [*summed, *free]
    sizes = [int(np.prod([shape[k] for k in part])) for part in (free, summed)]
    sizes = sizes if last else sizes[::-1]
    if mapped:
        moved = np.transpose(x, (0, *(k + 1 for k in order)))
        return np.reshape(moved, (np.shape(x)[0], *sizes))
    return np.reshape(np.transpose(x, order), sizes)


# -- indexing -------------------------------------------------------------------------------------


def _is_basic(index: Any) -> bool:
    entries = index if isinstance(index, tuple) else (index,)
    return all(
        each is None or each is Ellipsis
        or (isinstance(each, (int, np.integer, slice)) and not isinstance(each, bool))
        for each in entries
    )  # fmt: skip


def _before(index: Any) -> tuple[Any, ...]:
    """Return `index` of an example as that of a batch, which comes first."""
    return (slice(None), *(index if isinstance(index, tuple) else (index,)))


def _behind(index: Any) -> tuple[Any, ...]:
    """Return `index` of an example as that of a batch, which comes last.

    Indices that are arrays may put their axes in front of all others, but never behind.
    """
    entries = index if isinstance(index, tuple) else (index,)
    return entries if all(each is not Ellipsis for each in entries) else (*entries, slice(None))


@batches("getitem")
def _getitem(call: Call) -> Any:
    index = call.parameter("index")
    if _is_basic(index):
        return call.run(call.xs, index=_before(index))
    found = call.run([np.moveaxis(call.xs[0], 0, -1)], index=_behind(index))
    return np.moveaxis(found, -1, 0)


@batches("setitem")
def _setitem(call: Call) -> Any:
    index, x, v = call.parameter("index"), call.whole(0), call.xs[1]
    if _is_basic(index):
        if call.mapped[1]:
            v = _fitted(v, len(np.shape(x[_before(index)])) - 1)
        return call.run([x, v], index=_before(index))
    last = np.moveaxis(x, 0, -1)
    v = np.moveaxis(v, 0, -1) if call.mapped[1] else np.expand_dims(v, -1)
    return np.moveaxis(call.run([last, v], index=_behind(index)), -1, 0)


def _fitted(v: Any, ndim: int) -> Any:
    """Return batched `v` with `ndim` axes an example: more at the front, or fewer of length 1."""
    shape = np.shape(v)
    extra = len(shape) - 1 - ndim
    return np.reshape(v, (shape[0], *shape[1 + extra :])) if extra > 0 else _padded(v, ndim)


@batches("scatter_add")
def _scatter_add(call: Call) -> Any:
    gs = [np.moveaxis(call.whole(k), 0, -1) for k in range(len(call.xs))]
    indices = [_behind(index) for index in call.parameter("indices")]
    made = call.run(gs, shape=(*call.parameter("shape"), call.size), indices=indices)
    return np.moveaxis(made, -1, 0)


@batches("gather", "spread")
def _indexed(call: Call) -> Any:
    """Index with one more array, which counts the examples: it and the rest go together."""
    reading = call.node.op.name == "gather"
    shape = np.shape(call.whole(0))[1:] if reading else call.parameter("shape")
    index = _explicit(call.parameter("index"), len(shape))
    arrays = [k for k, each in enumerate(index) if _is_array(each)]
    if any(isinstance(each, np.ndarray) and each.dtype == bool for each in index):
        return one_by_one(call)
    ndims = [call.ndim(each.position + 1) if isinstance(each, Slot) else np.ndim(each)
             for each in index if _is_array(each)]  # fmt: skip
    depth = max(ndims)
    together = arrays == list(range(arrays[0], arrays[-1] + 1))
    start = arrays[0] if together else 0
    indices = [
        _padded(x, depth) if mapped else x
        for x, mapped in zip(call.xs[1:], call.mapped[1:], strict=True)
    ]
    if reading and not call.mapped[0]:
        made = call.run([call.xs[0], *indices], index=index)
        return np.moveaxis(made, start, 0)
    count = np.reshape(np.arange(call.size), (call.size,) + (1,) * depth)
    whole = (count, *index)
    # Once the count is there, arrays that do not follow it at once put their axes in front.
    source, destination = range(1, depth + 1), range(1 + start, 1 + start + depth)
    if reading:
        made = call.run([call.xs[0], *indices], index=whole)
        return np.moveaxis(made, tuple(source), tuple(destination))
    g = np.moveaxis(call.whole(0), tuple(destination), tuple(source))
    return call.run([g, *indices], index=whole, shape=(call.size, *shape))


def _is_array(entry: Any) -> bool:
    return isinstance(entry, (Slot, np.ndarray, list, int, np.integer))


def _explicit(index: Any, ndim: int) -> tuple[Any, ...]:
    """Return `index` as a tuple without Ellipsis and lists."""
    entries = index if isinstance(index, tuple) and not isinstance(index, Slot) else (index,)
    found: list[Any] = []
    for each in entries:
        if each is Ellipsis:
            used = sum(1 for other in entries if other is not None and other is not Ellipsis)
            found.extend([slice(None)] * (ndim - used))
        else:
            found.append(np.asarray(each) if isinstance(each, list) else each)
    return tuple(found)


def is_recorded(value: Any) -> bool:
    """Return whether `value` is a tensor that remembers how it was made."""
    return isinstance(value, Recorded) and value._node is not None
