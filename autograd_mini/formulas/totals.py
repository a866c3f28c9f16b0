"""What a sum adds up again and again: ``sum(x + c)`` over m entries is ``sum(x) + m c``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from autograd_mini.formulas.counts import Count
from autograd_mini.formulas.tidy.table import bare, number
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_given, shape_of

__all__ = ["parted"]

Terms = tuple[Any, list[Any]]
"""What has to be added up, None if nothing has, and what is the same along some of the axes."""


def parted(build: Builder, node: Node, x: Any, count: Callable[[list[int]], float | None]) -> Any:
    """Return a sum with what is the same along an axis multiplied by how often it is added.

    Parameters
    ----------
    build : Builder
    node : Node
        The sum, or mean.
    x : Node
        What it adds up now.
    count : callable
        Returns how many entries there are along some axes; None if no input says so.

    Returns
    -------
    Node or None
        None where nothing that depends on an input is added up so.
    """
    if x.__class__ is not Node or x.dtype.kind != "f" or set(node.params) - {"axis", "keepdims"}:
        return None
    gone = axes_of(node.params.get("axis"), len(x.shape))
    whole, repeated = _terms(build, x, x.shape)
    if shape_of(whole) != x.shape or not any(map(_varies, repeated)):
        return None
    counts = [count([k for k in _lacking(each, x.shape) if k in gone]) for each in repeated]
    if None in counts:
        return None
    total = build.make(registry["sum"], (whole,), node.params, node.shape, node.dtype)
    for each, n in zip(repeated, counts, strict=True):
        once = _once(build, node, each, gone, len(x.shape))
        total = build.call("add", total, _times(build, n, once))
    return total


def _times(build: Builder, one: Any, other: Any) -> Any:
    """Return a product, with numbers multiplied."""
    for n, x in ((one, other), (other, one)):
        if isinstance(n, Count) and (c := number(x)) is not None and not isinstance(x, Count):
            return Count(n.sizes, n.times * c)
        if number(n) == 1 and not isinstance(n, Count):
            return x
    return build.call("multiply", one, other)


def _varies(operand: Any) -> bool:
    return operand.__class__ is Node and not is_given(operand)


def _terms(build: Builder, x: Any, shape: tuple[int, ...]) -> Terms:
    """Return the terms that an operand consists of."""
    if _lacking(x, shape):
        return None, [x]
    if bare(x, "negative"):
        whole, repeated = _terms(build, x.first, shape)
        return _each(lambda term: build.call("negative", term), whole, repeated)
    if bare(x, "add", "subtract"):
        whole, repeated = _terms(build, x.first, shape)
        other, more = _terms(build, x.second, shape)
        if x.op.name == "subtract":
            other, more = _each(lambda term: build.call("negative", term), other, more)
        parts = [each for each in (whole, other) if each is not None]
        return build.call("add", *parts) if len(parts) == 2 else [*parts, None][0], repeated + more
    if bare(x, "multiply") and shape_of(x.first) == ():
        whole, repeated = _terms(build, x.second, shape)
        return _each(lambda term: _times(build, x.first, term), whole, repeated)
    if bare(x, "multiply") and shape_of(x.second) == ():
        whole, repeated = _terms(build, x.first, shape)
        return _each(lambda term: _times(build, term, x.second), whole, repeated)
    if bare(x, "divide") and shape_of(x.second) == ():
        whole, repeated = _terms(build, x.first, shape)
        return _each(lambda term: build.call("divide", term, x.second), whole, repeated)
    return x, []


def _each(change: Callable[[Any], Any], whole: Any, repeated: list[Any]) -> Terms:
    return None if whole is None else change(whole), [change(each) for each in repeated]


def _lacking(x: Any, shape: tuple[int, ...]) -> list[int]:
    """Return the axes of a shape along which an operand has one entry for all."""
    new = len(shape) - len(shape_of(x))
    own = (1,) * new + shape_of(x)
    return [k for k, n in enumerate(shape) if k < new or (own[k] == 1 and n != 1)]


def _once(build: Builder, node: Node, x: Any, gone: Collection[int], axes: int) -> Any:
    """Return the sum of an operand over those of its axes that a step sums over."""
    new = axes - len(shape_of(x))
    own = tuple(k - new for k in sorted(gone) if k >= new)
    if not own:
        return x
    kept = node.params.get("keepdims", False)
    params = {"axis": own, **({"keepdims": True} if kept else {})}
    lengths = [(k, 1 if k in own else n) for k, n in enumerate(x.shape)]
    shape = tuple(n for k, n in lengths if kept or k not in own)
    return build.make(registry["sum"], (x,), params, shape, node.dtype)
