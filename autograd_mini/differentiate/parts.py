"""The parts that a gradient is made of, and what is done to each on its way."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Watched
from autograd_mini.memory.ownership import only_in
from autograd_mini.ops.alias import alias
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.ops.indexing import Part, Scatter, scatter_add
from autograd_mini.recording.recorded import Recorded, wrap
from autograd_mini.recording.trouble import check_finite

__all__ = [
    "add_part",
    "after_hooks",
    "cast",
    "check_part",
    "complete",
    "conjugate",
    "is_complex",
    "label",
    "one",
    "own",
    "unwrapped",
    "watch",
]  # fmt: skip


_LARGE = 64 * 1024  # bytes


def conjugate(g: Any) -> Any:
    """Return the complex conjugate of an array, or of each in a tuple."""
    return tuple(np.conj(each) for each in g) if isinstance(g, tuple) else np.conj(g)


def check_part(part: Any, node: Node, operand: Node) -> None:
    """Look whether a part that `node` hands to `operand` is finite."""
    if part.__class__ not in (Scatter, Part):
        what = f"the gradient of {node.op.name} with respect to {label(operand)}"
        watch(part, what, node)


def watch(value: Any, what: str, node: Node, *, if_used: bool = False) -> None:
    """Raise if a derivative is not finite; if it stands for a batch, have that looked at.

    With `if_used`, a batch is looked at only where the results for it are not finite.
    """
    source = str(node.source or "")
    if not (if_used and isinstance(value, Recorded) and value._is_example()):
        check_finite(unwrapped(value), what, source)
    if isinstance(value, Recorded) and value._node is not None:
        for tape in current().tapes:
            tape.watched.setdefault(value._node, Watched(what, source, if_used))


def is_complex(node: Node) -> bool:
    """Return whether complex numbers go into or come out of `node`."""
    return node.dtype.kind == "c" or any(
        operand.__class__ is Node and operand.dtype.kind == "c" for operand in node.inputs
    )


def label(node: Node) -> str:
    """Return what to call `node` in a sentence."""
    if node.name:
        return node.name
    what = "an input" if node.op is alias or not node.op.inputs else node.op.name
    return f"{what} of shape {node.shape}"


@functools.cache
def one(dtype: np.dtype[Any]) -> Any:
    """Return the derivative of a scalar of this dtype by itself, into which nobody may write."""
    made = np.ones((), dtype)
    made.flags.writeable = False
    return made


def unwrapped(value: Any) -> Any:
    """Return the array in a tensor, or in each of a tuple."""
    if isinstance(value, tuple):
        return tuple(unwrapped(each) for each in value)
    return value._value if isinstance(value, Recorded) else value


def add_part(pending: dict[Node, Any], node: Node, part: Any) -> None:
    """Add `part` to what has arrived at `node`.

    Rules may hand out arrays that others hold: those are not added to in place.
    """
    kind = part.__class__
    if kind is Scatter or kind is Part:
        waiting = pending.get(node)
        if waiting.__class__ is list:
            waiting.append(part)
        else:
            pending[node] = [part] if waiting is None else [waiting, part]
        return
    if part.dtype != node.dtype:
        part = cast(part, node)
    if part.shape != node.shape and kind is not tuple:
        part = unbroadcast(part, node.shape)
    waiting = pending.get(node)
    if waiting is None:
        pending[node] = part
    elif waiting.__class__ is list:
        waiting.append(part)
    elif kind is np.ndarray and part.nbytes > _LARGE and part.dtype is waiting.dtype:
        del waiting
        _add_large(pending, node, part)
    else:
        pending[node] = waiting + part


def _add_large(pending: dict[Node, Any], node: Node, part: Any) -> None:
    """Add to what has arrived, in place if nobody else holds it, which takes half the time."""
    free = only_in(pending, node, besides=0) and pending[node].flags.writeable
    if free and pending[node].shape == part.shape:
        np.add(pending[node], part, out=pending[node])
    else:
        pending[node] = pending[node] + part


def own(g: Any) -> Any:
    """Return a tensor of its own with the values and the node of `g`, which others may hold.

    A derivative is an array, also one of no dimensions: recorded or not, ``w = g; w += 1`` writes
    into `g`, which it would not if it were a number of NumPy's.
    """
    copied = np.array if g._node is None else np.asarray
    return wrap(g.__class__, copied(g._value), g._node)


def cast(part: Any, node: Node) -> Any:
    """Return a part in the dtype of `node`; the gradient of real values is real."""
    if part.dtype.kind == "c" and node.dtype.kind != "c":
        part = np.real(part)
    return part.astype(node.dtype) if part.dtype != node.dtype else part


def complete(g: Any, node: Node) -> Any:
    """Return the gradient of `node` once everything has arrived."""
    scatters = [part for part in g if part.__class__ is Scatter]
    whole = [part for part in g if part.__class__ not in (Scatter, Part)]
    picked = [part for part in g if part.__class__ is Part]
    if picked:
        results: list[Any] = [None] * len(node.shape)
        for part in picked:
            before = results[part.key]
            results[part.key] = part.g if before is None else before + part.g
        return tuple(
            np.zeros(shape, node.dtype) if each is None else each
            for each, shape in zip(results, node.shape, strict=True)
        )
    total = scatter_add(
        [part.g for part in scatters],
        shape=node.shape,
        indices=[part.key for part in scatters],
    )
    if total.dtype != node.dtype:
        total = cast(total, node)
    for part in whole:
        total = total + part
    return total


def after_hooks(g: Any, node: Node, cls: type[Any] | None) -> Any:
    """Return what the hooks of `node` make of its gradient."""
    if cls is None:
        g = np.array(g)  # others may hold it, and a hook may write into what it sees
    for hook in list(node.extra["hooks"].values()):
        replaced = hook(g if cls is not None else wrap(node.extra.get("hook_class"), g))
        if replaced is None:
            continue
        if not isinstance(replaced, Recorded):
            replaced = np.asarray(replaced)
        _check_replaced(replaced, node)
        if cls is None:
            g = unwrapped(replaced)
        else:
            g = replaced if isinstance(replaced, Recorded) else wrap(cls, replaced)
        g = cast(g, node)
    return g


def _check_replaced(g: Any, node: Node) -> None:
    """Raise if what a hook returned cannot be the gradient of `node`."""
    if g.shape != node.shape:
        raise ValueError(
            f"a hook on {label(node)} returned a gradient of shape {g.shape}, not {node.shape}"
        )
    if g.dtype.kind not in "fciub":
        raise TypeError(f"a hook on {label(node)} returned no numbers, but {g.dtype}")
    if g.dtype.kind == "c" and node.dtype.kind != "c":
        raise TypeError(
            f"a hook on {label(node)} returned a complex gradient, but values are {node.dtype} "
            "there: return np.real(...) of it"
        )
