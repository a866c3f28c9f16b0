"""Carry tangents forward through a recorded graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import at_scope, current, transformation
from autograd_mini.differentiate.parts import label, unwrapped, watch
from autograd_mini.differentiate.sweep import pull, reader
from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import unbroadcast
from autograd_mini.recording.leaves import leaf
from autograd_mini.recording.recorded import Recorded, wrap

__all__ = ["push"]


def push(
    roots: Sequence[Node], tangents: dict[Node, Any], cls: type[Any], recorded: bool = False
) -> list[Any]:
    """Carry tangents of some nodes forward to `roots`.

    Parameters
    ----------
    roots : sequence of Node
    tangents : dict
        Tangent by node, where it is given.
    cls : type
        Class of tensor.
    recorded : bool
        Whether to record the tangents; they are then tensors, else arrays.

    Returns
    -------
    list
        Tangent of each root, None where it does not depend on any given node.
    """
    read = reader(cls if recorded else None)
    found = dict(tangents)
    with np.errstate(all="ignore"):
        for node in topological(roots):
            if node in found or not node.inputs:
                continue
            given = [found.get(each) if each.__class__ is Node else None for each in node.inputs]
            if any(each is not None for each in given):
                with at_scope(node.scope, watched=False):
                    tangent = _tangent(node, given, read, cls, recorded)
                if tangent is not None:
                    found[node] = tangent
    pushed = [found.get(root) for root in roots]
    if current().anomaly and not all(map(_is_finite, pushed)):
        for node in [each for each in found if each not in tangents]:
            watch(found[node], f"the tangent of {label(node)}", node, if_used=True)
    return pushed


def _is_finite(tangent: Any) -> bool:
    """Return whether what reached a result is finite, as is known of what is no example.

    What became infinite on the way and was left out, as by a mask, does no harm.
    """
    if isinstance(tangent, Recorded) and tangent._is_example():
        return False
    return tangent is None or bool(np.isfinite(unwrapped(tangent)).all())


def _tangent(
    node: Node, given: list[Any], read: Callable[[Any], Any], cls: type[Any], recorded: bool
) -> Any:
    """Return the tangent of `node` from those of its operands."""
    op = node.op
    if op.kind == "constant" or (node.dtype.kind not in "fc" and not node.has_several):
        return None  # whole numbers, as of np.sum(x, dtype=int), change in steps
    if op.variadic:
        full = [
            np.zeros(each.shape, each.dtype) if t is None and hasattr(each, "shape")
            else (0.0 if t is None else t)
            for t, each in zip(given, node.inputs, strict=True)
        ]  # fmt: skip
        rule = op.jvps[0] if op.jvps else None
        return _fitted(
            rule(full, node, read) if rule else _transposed(node, given, read, cls, recorded), node
        )
    total: Any = None
    for k, t in enumerate(given):
        if t is None:
            continue
        rule = op.jvps[k] if op.jvps else None
        if rule is None:
            only: list[Any] = [None] * len(given)
            only[k] = t
            part = _transposed(node, only, read, cls, recorded)
        else:
            part = rule(t, node, read)
        part = _fitted(part, node)
        total = part if total is None else _sum_parts(total, part)
    return total


def _sum_parts(a: Any, b: Any) -> Any:
    if isinstance(a, tuple):
        return tuple(x + y for x, y in zip(a, b, strict=True))
    return a + b


def _fitted(part: Any, node: Node) -> Any:
    """Return a tangent with its node's shape and dtype."""
    if isinstance(part, tuple):
        return part
    if part.dtype.kind == "c" and node.dtype.kind != "c":
        part = np.real(part)
    if part.shape != node.shape:
        part = np.broadcast_to(part, node.shape)
    return part if part.dtype == node.dtype else part.astype(node.dtype)


def _transposed(
    node: Node, given: list[Any], read: Callable[[Any], Any], cls: type[Any], recorded: bool
) -> Any:
    """Return J t from the vjp alone: u -> Jᵀu is linear, and its own transpose is J.

    Known as the double-backward trick (J. Townsend, "A new trick for calculating Jacobian vector
    products", 2017).
    """
    many = node.has_several
    us = [_probe(cls, shape, node.dtype) for shape in (node.shape if many else [node.shape])]
    u = tuple(us) if many else us[0]
    with transformation():
        images = _images(node, u, given, read)
    roots = [image._node for _, image in images]
    cotangents = [np.conj(given[k]) for k, _ in images]
    reached = pull(roots, cotangents, [each._node for each in us], cls if recorded else None)
    parts = [
        np.conj(reached[each._node])
        if each._node in reached
        else np.zeros(each._value.shape, node.dtype)
        for each in us
    ]
    return tuple(parts) if many else parts[0]


def _probe(cls: type[Any], shape: Any, dtype: np.dtype[Any]) -> Any:
    """Return a recorded zero to differentiate a vjp by."""
    made = wrap(cls, np.zeros(shape, dtype))
    made._exposed = False
    made._node = leaf(made, None)
    return made


def _images(
    node: Node, u: Any, given: list[Any], read: Callable[[Any], Any]
) -> list[tuple[int, Any]]:
    """Return (operand, its vjp of `u`) for each operand with a tangent, where u matters."""
    op = node.op
    wanted = [k for k, t in enumerate(given) if t is not None]
    if op.variadic:
        rule = op.vjps[0]
        parts = rule(u, node, read) if rule else []
        found = [(k, parts[k]) for k in wanted]
    else:
        found = []
        for k in wanted:
            each = op.vjps[k] if op.vjps else None
            if each is None:
                raise NotDifferentiableError(
                    f"{op.name} has no derivative with respect to its {op.inputs[k]}"
                )
            found.append((k, each(u, node, read)))
    fitted = [(k, unbroadcast(image, node.inputs[k].shape)) for k, image in found]
    return [(k, image) for k, image in fitted if getattr(image, "_node", None) is not None]
