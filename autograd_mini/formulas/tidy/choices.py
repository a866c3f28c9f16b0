"""Masks and choices: what passes a gradient on, and what keeps it back."""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_mini.formulas.tidy.table import (
    bare,
    fits,
    made_by_any,
    number,
    on,
    same,
    scalar_within,
)
from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_given, is_number, made_by, shape_of

_SPREADING = frozenset(("broadcast_to", "reshape", "getitem", "expand_dims"))


@on("where")
def masked(build: Builder, node: Node) -> Any:
    """``where(mask, g, 0)`` is ``g * mask``."""
    mask, g, otherwise = node.inputs
    if is_number(otherwise, 0) and fits(node, g) and _is_mask(mask):
        return build.make(registry["multiply"], (g, mask), {}, node.shape, node.dtype)
    return None


def _is_mask(operand: Any) -> bool:
    dtype = getattr(operand, "dtype", None)
    return dtype is not None and dtype.kind == "b"


@on("where")
def choice_of_numbers(build: Builder, node: Node) -> Any:
    """``where(mask, ones, x)`` is ``where(mask, 1, x)``, and ``where(mask, c, c)`` is c."""
    mask, *chosen = node.inputs
    numbers = [scalar_within(each) for each in chosen]
    if None not in numbers and number(numbers[0]) is not None and numbers[0] == numbers[1]:
        params = {"shape": node.shape}
        return build.make(registry["broadcast_to"], (numbers[0],), params, node.shape, node.dtype)
    plain = [
        each if one is None or number(one) is None else one
        for each, one in zip(chosen, numbers, strict=True)
    ]
    if not fits(node, mask) or [*map(shape_of, plain)] == [*map(shape_of, chosen)]:
        return None
    return build.make(node.op, (mask, *plain), node.params, node.shape, node.dtype)


@on("where")
def loss_of_labels(build: Builder, node: Node) -> Any:
    """``where(y == 0, 0, y * log(where(y == 0, 1, p)))`` is ``y * log(p)``, and so for 1 - y."""
    condition, zero, product = node.inputs
    if not (bare(condition, "equal") and is_number(zero, 0) and bare(product, "multiply")):
        return None
    y, absent = condition.inputs
    for weight, log in (product.inputs, product.inputs[::-1]):
        counts = weight is y if is_number(absent, 0) else _is_rest(weight, y)
        if not (counts and is_number(absent) and bare(log, "log") and bare(log.first, "where")):
            continue
        inner, one, p = log.first.inputs
        if inner is condition and is_number(one, 1):
            return same(node, build.call("multiply", weight, build.call("log", p)))
    return None


@on("divide")
def divided_where_it_counts(build: Builder, node: Node) -> Any:
    """``y * x / where(y == 0, 1, p)`` is ``y * x / p``: it is 0 where y is."""
    above, below = node.inputs
    if not (bare(below, "where") and bare(below.inputs[0], "equal")):
        return None
    condition, one, p = below.inputs
    y, absent = condition.inputs
    if is_number(one, 1) and _is_zero_where(above, y, absent) and fits(node, above):
        return same(node, build.call("divide", above, p))
    return None


@on("multiply")
def masked_by_labels(build: Builder, node: Node) -> Any:
    """``y * (y == 1)`` is y for labels of 0 and 1, and so for 1 - y."""
    for x, factor in (node.inputs, node.inputs[::-1]):
        if fits(node, x) and _says_where(factor, x):
            return same(node, x)
        if bare(factor, "multiply"):
            for rest, mask in (factor.inputs, factor.inputs[::-1]):
                if _says_where(mask, x):
                    return same(node, build.call("multiply", rest, x))
    return None


def _says_where(mask: Any, x: Any) -> bool:
    """Return whether a mask of labels keeps all that is not 0 in x anyway."""
    mask = mask.first if bare(mask, "astype") else mask
    if not bare(mask, "equal") or not _are_labels(mask.first):
        return False
    y, kept = mask.inputs
    other = 0 if is_number(kept, 1) else 1 if is_number(kept, 0) else None
    return other is not None and _is_zero_where(x, y, other, False)


def _are_labels(y: Any) -> bool:
    known = y.__class__ is Node and y.is_leaf and is_given(y)
    return known and bool(np.isin(y.value, (0, 1)).all())


def _is_zero_where(product: Any, y: Any, value: Any, masks: bool = True) -> bool:
    """Return whether a product has a factor that is 0 where y has a value, which is 0 or 1."""
    pending = [product]
    while pending:
        each = pending.pop()
        each = each.first if bare(each, "astype") else each
        if each is y and is_number(value, 0):
            return True
        if bare(each, "subtract") and is_number(value, 1):
            x, z = each.inputs
            if (x is y and is_number(z, 1)) or (z is y and is_number(x, 1)):
                return True
        other = bare(each, "equal") and each.first is y and is_number(each.second)
        if masks and other and not is_number(each.second, float(np.asarray(value_of(value)))):
            return True
        if bare(each, "multiply"):
            pending += each.inputs
        elif bare(each, "divide", "negative"):
            pending.append(each.first)
    return False


def _is_rest(operand: Any, y: Any) -> bool:
    """Return whether an operand is ``1 - y``."""
    return bare(operand, "subtract") and is_number(operand.first, 1) and operand.second is y


@on("where")
def guarded(_: Builder, node: Node) -> Any:
    """What is written for infinite values only is left unsaid."""
    condition = node.inputs[0]
    while made_by_any(condition, _SPREADING):
        condition = condition.first
    if not made_by(condition, "equal") or not is_number(condition.second):
        return None
    if not np.isinf(np.asarray(value_of(condition.second))).all():
        return None
    return same(node, node.inputs[2])


@on("add")
def choice_between_two(build: Builder, node: Node) -> Any:
    """``x * mask + y * ~mask`` is ``where(mask, x, y)``."""
    one, other = _masked(node.first), _masked(node.second)
    if one is None or other is None:
        return None
    for (mask, x), (rest, y) in ((one, other), (other, one)):
        if made_by(rest, "logical_not") and rest.first is mask:
            made = build.make(registry["where"], (mask, x, y), {}, node.shape, node.dtype)
            return same(node, made)
    return None


def _masked(operand: Any) -> tuple[Any, Any] | None:
    """Return mask and x of ``mask * x``."""
    if bare(operand, "multiply"):
        for mask, x in (operand.inputs, operand.inputs[::-1]):
            if _is_mask(mask):
                return mask, x
    return (operand, 1.0) if _is_mask(operand) else None


@on("not_equal")
def not_false(_: Builder, node: Node) -> Any:
    """``mask != 0`` is the mask."""
    return node.first if _is_mask(node.first) and is_number(node.second, 0) else None


@on("multiply")
def masked_by_a_factor(_: Builder, node: Node) -> Any:
    """``p * g * (p != 0)`` is ``p * g``."""
    for x, mask in (node.inputs, node.inputs[::-1]):
        if bare(mask, "not_equal") and is_number(mask.second, 0) and _has(x, mask.first):
            return same(node, x)
    return None


def _has(product: Any, factor: Any) -> bool:
    """Return whether something is one of the factors of a product."""
    return any(each is factor for each in _factors(product))


def _factors(product: Any) -> Iterator[Any]:
    """Yield a product, and what it is made of."""
    pending = [product]
    while pending:
        each = pending.pop()
        yield each
        if bare(each, "multiply"):
            pending += each.inputs
        elif bare(each, "divide"):
            pending.append(each.first)


@on("divide")
def slope_of_maximum(build: Builder, node: Node) -> Any:
    """Of two equals, each gets half: the slope of ``max(c, x)`` is ``heaviside(x - c, 1/2)``."""
    above, below = node.inputs
    if not (bare(above, "equal") and bare(below, "add")):
        return None
    chosen, best = above.inputs
    if not made_by_any(best, frozenset(("maximum", "minimum"))) or not is_number(below.first, 1):
        return None
    tie = below.second
    pair = best.inputs
    if not (made_by(tie, "equal") and set(map(id, tie.inputs)) == set(map(id, pair))):
        return None
    other = pair[0] if pair[1] is chosen else pair[1]
    sign = (chosen, other) if best.op.name == "maximum" else (other, chosen)
    gap = chosen if is_number(other, 0) and sign[0] is chosen else build.call("subtract", *sign)
    if is_number(other, 0) and sign[1] is chosen:
        gap = build.call("negative", chosen)
    return same(node, build.call("heaviside", gap, 0.5))


@on("greater")
def relu_is_positive(build: Builder, node: Node) -> Any:
    """``relu(z) > 0`` is ``z > 0``."""
    if made_by(node.first, "relu") and is_number(node.second, 0):
        return build.call("greater", node.first.first, node.second)
    return None


@on("multiply")
def masked_positive_part(_: Builder, node: Node) -> Any:
    """``max(0, x) * (x > 0)`` is ``max(0, x)``."""
    for x, mask in (node.inputs, node.inputs[::-1]):
        kept = _positive_where(mask)
        if kept is not None and any(_is_positive_part(each, kept) for each in _factors(x)):
            return same(node, x)
    return None


def _positive_where(mask: Any) -> Any:
    """Return what a mask, or a step, asks to be positive; None where it asks something else."""
    if bare(mask, "not_equal") and is_number(mask.second, 0):
        mask = mask.first
    step = bare(mask, "heaviside") and is_number(mask.second, 0.5)
    return mask.first if step or (bare(mask, "greater") and is_number(mask.second, 0)) else None


def _is_positive_part(operand: Any, x: Any) -> bool:
    if made_by(operand, "relu"):
        return operand.first is x
    pairs = (operand.inputs, operand.inputs[::-1]) if made_by(operand, "maximum") else ()
    return any(is_number(zero, 0) and other is x for zero, other in pairs)


@on("maximum")
def at_least_one_is_the_largest(_: Builder, node: Node) -> Any:
    """The number of entries equal to the largest is at least 1."""
    count, one = node.inputs
    if made_by(count, "sum") and is_number(one, 1) and _is_mask(count.first):
        return count if shape_of(count) == node.shape else None
    return None


@on("equal", "not_equal", "greater", "less", "greater_equal", "less_equal")
def compared_with_repeated(build: Builder, node: Node) -> Any:
    """What is compared need not be repeated by hand."""
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if bare(each, "broadcast_to") and fits(node, other):
            pair = (other, each.first) if k else (each.first, other)
            return same(node, build.call(node.op.name, *pair))
    return None
