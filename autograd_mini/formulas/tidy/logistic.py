"""The sigmoid and the softplus, recognised however they were written."""

from __future__ import annotations

from typing import Any

from autograd_mini.formulas.tidy.table import bare, fits, on, same
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import Builder, is_number, made_by


def _exponent(operand: Any, node: Node) -> Any:
    """Return z where an operand is ``exp(z)`` in the precision of a node; None where it is not."""
    exponential = bare(operand, "exp") and operand.dtype == node.dtype and node.dtype.kind == "f"
    return operand.first if exponential else None


def _above_one(operand: Any, node: Node) -> Any:
    """Return z of ``1 + exp(z)``; None where an operand is something else."""
    if not bare(operand, "add"):
        return None
    for one, power in (operand.inputs, operand.inputs[::-1]):
        if is_number(one, 1) and fits(node, power):
            return _exponent(power, node)
    return None


@on("log", "log1p")
def softplus_by_hand(build: Builder, node: Node) -> Any:
    """``log(1 + exp(z))`` is ``softplus(z)``, whose slope is ``sigmoid(z)``."""
    alone = node.op.name == "log1p"
    z = _exponent(node.first, node) if alone else _above_one(node.first, node)
    return None if z is None else same(node, build.call("softplus", z))


@on("logaddexp")
def softplus_beside_zero(build: Builder, node: Node) -> Any:
    """``logaddexp(0, z)`` is ``softplus(z)``."""
    for zero, z in (node.inputs, node.inputs[::-1]):
        if is_number(zero, 0) and fits(node, z):
            return same(node, build.call("softplus", z))
    return None


@on("divide")
def sigmoid_by_hand(build: Builder, node: Node) -> Any:
    """``exp(z) / (1 + exp(z))`` is ``sigmoid(z)``."""
    z = _exponent(node.first, node)
    if z is None or _above_one(node.second, node) is not z:
        return None
    return same(node, build.call("sigmoid", z))


@on("add")
def softplus_in_two_halves(build: Builder, node: Node) -> Any:
    """``max(z, 0) + softplus(-|z|)`` is ``softplus(z)``, also with terms between."""
    for half, total in (node.inputs, node.inputs[::-1]):
        z = _distance(half)
        made = None if z is None else _positive_part_replaced(build, total, z, half)
        if made is not None:
            return same(node, made)
    return None


def _distance(operand: Any) -> Any:
    """Return z of ``softplus(-|z|)``; None where an operand is something else."""
    if not (bare(operand, "softplus") and made_by(operand.first, "negative")):
        return None
    size = operand.first.first
    return size.first if bare(size, "absolute") else None


_TERMS = 3
"""How many terms back something is looked for."""


def _positive_part_replaced(
    build: Builder, total: Any, z: Any, like: Node, depth: int = _TERMS
) -> Any:
    """Return a sum with ``softplus(z)`` for its ``max(z, 0)``; None where it has no such term."""
    if _is_positive_part(total, z):
        return build.call("softplus", z)
    if not depth or not bare(total, "add", "subtract") or not fits(like, total):
        return None
    for k, each in enumerate(total.inputs[: 1 if total.op.name == "subtract" else 2]):
        made = _positive_part_replaced(build, each, z, like, depth - 1)
        if made is not None:
            pair = (total.first, made) if k else (made, total.second)
            return build.call(total.op.name, *pair)
    return None


def _is_positive_part(operand: Any, z: Any) -> bool:
    if bare(operand, "relu"):
        return operand.first is z
    if not bare(operand, "maximum"):
        return False
    return any(
        is_number(zero, 0) and other is z
        for zero, other in (operand.inputs, operand.inputs[::-1])
    )  # fmt: skip
