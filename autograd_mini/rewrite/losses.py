"""Recognise the binary cross-entropy of a sigmoid, however its two halves are written and added.

With ``A = sigmoid(z)``, ``y log(A) + (1 - y) log(1 - A)`` is ``y z - softplus(z)``.  Its derivative
is ``y - A``, which is how the course writes dZ^[L].  When these rules look at it, the logarithms
are ``log_sigmoid(z)`` and ``log_sigmoid(-z)`` already.
"""

# ruff: noqa: D401 - rules state identities

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import (
    Builder,
    is_full,
    is_given,
    is_number,
    made_by,
    shape_of,
    size_of,
)
from autograd_mini.rewrite.table import Table

__all__ = ["CROSS_ENTROPY", "LOGISTIC"]

CROSS_ENTROPY = Table()
"""Rules for a person to read: the result is made of operations that NumPy users know."""

LOGISTIC = Table()
"""Rules for a program: the result is ``logistic_loss(z, y)``, finite even where z is not."""


class _Half(NamedTuple):
    """``sign * weight * log_sigmoid(z)``, or the sum of that over all entries."""

    sign: int
    weight: Any
    z: Any


class _Loss(NamedTuple):
    """``sign * (y log_sigmoid(z) + (1 - y) log_sigmoid(-z))``."""

    sign: int
    y: Any
    z: Any


@CROSS_ENTROPY.on("add", "subtract")
def cross_entropy_of_logits(build: Builder, node: Node) -> Any:
    """``y log_sigmoid(z) + (1 - y) log_sigmoid(-z)`` is ``y z - softplus(z)``."""
    loss = _added(build, node, [_half(build, each) for each in node.inputs])
    return loss and _written(build, loss)


@CROSS_ENTROPY.on("add", "subtract")
def cross_entropy_of_totals(build: Builder, node: Node) -> Any:
    """So it is if each half was summed, or averaged, or multiplied as vectors: all entries."""
    totals = [_total(build, each) for each in node.inputs]
    if None in totals or totals[0][0] != totals[1][0]:  # type: ignore[index]
        return None
    name = totals[0][0]  # type: ignore[index]
    loss = _added(build, node, [half for _, half in totals])  # type: ignore[misc]
    if loss is None or loss.z.dtype != node.dtype:
        return None
    if len(node.shape) not in (0, len(loss.z.shape)):
        return None
    params = {"keepdims": True} if node.shape else {}
    return build.make(registry[name], (_written(build, loss),), params, node.shape, node.dtype)


def _written(build: Builder, loss: _Loss) -> Any:
    product = build.call("multiply", loss.y, loss.z)
    terms = product, build.call("softplus", loss.z)
    return build.call("subtract", *terms[:: loss.sign])


@LOGISTIC.on("subtract")
def logistic_loss(build: Builder, node: Node) -> Any:
    """``softplus(z) - y z`` is ``logistic_loss(z, y)``, and ``y z - softplus(z)`` its negative."""
    for softplus, product in (node.inputs, node.inputs[::-1]):
        if not (made_by(softplus, "softplus") and made_by(product, "multiply")):
            continue
        z = softplus.first
        for y, factor in (product.inputs, product.inputs[::-1]):
            if factor is z:
                return _logistic(build, node, _Loss(1 if softplus is node.second else -1, y, z))
    return None


@LOGISTIC.on("add", "subtract")
def guarded_cross_entropy(build: Builder, node: Node) -> Any:
    """The same where ``0 log(0)`` is kept out, as in ag.binary_cross_entropy."""
    loss = _added(build, node, [_guarded_half(build, each) for each in node.inputs])
    return loss and _logistic(build, node, loss)


def _logistic(build: Builder, node: Node, loss: _Loss) -> Any:
    sign, y, z = loss
    if shape_of(z) != node.shape or z.dtype != node.dtype or z.dtype.kind != "f":
        return None
    kind = getattr(y, "dtype", z.dtype)
    if kind.kind not in "fiub":
        return None
    if kind != z.dtype:  # integers have no opposites, or none of their own dtype
        y = build.make(registry["astype"], (y,), {"dtype": z.dtype}, shape_of(y), z.dtype)
    made = build.call("logistic_loss", z, y)
    return build.call("negative", made) if sign == 1 else made


@LOGISTIC.on("sum", "mean")
def total_of_opposites(build: Builder, node: Node) -> Any:
    """``sum(-x)`` is ``-sum(x)``."""
    x = node.first
    if not made_by(x, "negative") or node.dtype.kind != "f":
        return None
    total = build.make(node.op, (x.first,), node.params, node.shape, node.dtype)
    return build.call("negative", total)


# -- what the halves are --------------------------------------------------------------------------


def _added(build: Builder, node: Node, halves: list[_Half | None]) -> _Loss | None:
    """Return what two halves are together; None if they do not belong together."""
    first, second = halves
    if first is None or second is None:
        return None
    if node.op.name == "subtract":
        second = second._replace(sign=-second.sign)
    for right, wrong in ((first, second), (second, first)):
        if made_by(wrong.z, "negative") and wrong.z.first is right.z:
            if right.sign == wrong.sign and _complement(wrong.weight, right.weight):
                return _Loss(right.sign, right.weight, right.z)
            opposite = build.call("negative", right.weight)
            if right.sign != wrong.sign and _complement(wrong.weight, opposite):
                return _Loss(wrong.sign, opposite, right.z)  # as in -y * log(A) - (1 - y) * ...
    return None


def _half(build: Builder, operand: Any) -> _Half | None:
    """Return what ``weight * log_sigmoid(z)`` consists of."""
    sign, operand = _sign(operand)
    if not made_by(operand, "multiply"):
        return None
    for weight, log in (operand.inputs, operand.inputs[::-1]):
        if made_by(log, "log_sigmoid"):
            return _weighted(build, sign, weight, log.first)
    return None


def _guarded_half(build: Builder, operand: Any) -> _Half | None:
    """Return what ``where(w == 0, 0, w * log(where(w == 0, 1, A)))`` consists of."""
    sign, operand = _sign(operand)
    if not (made_by(operand, "where") and is_full(operand.inputs[1], 0)):
        return None
    mask, _, product = operand.inputs
    if not made_by(product, "multiply"):
        return None
    for weight, log in (product.inputs, product.inputs[::-1]):
        if not (made_by(log, "log") and made_by(log.first, "where") and _is_zero(mask, weight)):
            continue
        inner, one, A = log.first.inputs
        if inner is mask and is_full(one, 1):
            z = A.first if made_by(A, "sigmoid") else _of_one_minus_sigmoid(build, A)
            return None if z is None else _weighted(build, sign, weight, z)
    return None


def _of_one_minus_sigmoid(build: Builder, A: Any) -> Any:
    """Return -z if an operand is ``1 - sigmoid(z)``."""
    if made_by(A, "subtract") and is_number(A.first, 1) and made_by(A.second, "sigmoid"):
        return build.call("negative", A.second.first)
    return None


def _is_zero(mask: Any, weight: Any) -> bool:
    """Return whether a mask says where a weight is 0."""
    if made_by(mask, "equal"):
        y, number = mask.inputs
        if is_full(number, 0) and weight is y:
            return True
        return is_full(number, 1) and _complement(weight, y)
    if _varies(mask) or _varies(weight):
        return False
    return bool(np.array_equal(value_of(mask), np.equal(value_of(weight), 0)))


def _total(build: Builder, operand: Any) -> tuple[str, _Half] | None:
    """Return which function of all entries an operand is, and what of."""
    sign, operand = _sign(operand)
    if operand.__class__ is not Node or operand.op.name not in _TOTALS or size_of(operand) != 1:
        return None
    if operand.op.name in ("dot", "matmul"):
        half = _product_of_vectors(build, sign, operand)
        return half and ("sum", half)
    if not _OVER_AXES.issuperset(operand.params):
        return None
    half = _half(build, operand.first)
    return half and (operand.op.name, half._replace(sign=sign * half.sign))


_TOTALS = {"dot", "matmul", "sum", "mean"}
_OVER_AXES = {"axis", "keepdims"}


def _product_of_vectors(build: Builder, sign: int, operand: Node) -> _Half | None:
    """Return what the half in ``dot(w, log_sigmoid(z).T)`` consists of, which is one number."""
    for weight, other in (operand.inputs, operand.inputs[::-1]):
        log = _untransposed(other)
        if made_by(log, "log_sigmoid"):
            return _weighted(build, sign, _shaped(build, weight, log), log.first)
    return None


def _untransposed(operand: Any) -> Any:
    return operand.first if made_by(operand, "transpose") else operand


def _shaped(build: Builder, vector: Any, like: Node) -> Any:
    """Return a vector with its entries along the axis along which another one has its own."""
    bare = _untransposed(vector)
    shape, dtype = like.shape, getattr(bare, "dtype", like.dtype)
    if shape_of(bare) == shape:
        return bare
    if made_by(bare, "subtract") and is_number(bare.first, 1):  # to be known as 1 - y
        return build.call("subtract", bare.first, _shaped(build, bare.second, like))
    if shape_of(bare)[::-1] == shape:
        return build.make(registry["transpose"], (bare,), {}, shape, dtype)
    return build.make(registry["reshape"], (bare,), {"shape": shape}, shape, dtype)


def _sign(operand: Any) -> tuple[int, Any]:
    return (-1, operand.first) if made_by(operand, "negative") else (1, operand)


def _weighted(build: Builder, sign: int, weight: Any, z: Any) -> _Half:
    """Return a half whose weight, if it is ``y - 1``, is written ``-(1 - y)``."""
    if made_by(weight, "subtract") and is_number(weight.second, 1):
        return _Half(-sign, build.call("subtract", weight.second, weight.first), z)
    return _Half(sign, weight, z)


def _complement(one: Any, other: Any) -> bool:
    """Return whether one operand is 1 minus the other."""
    for y, not_y in ((one, other), (other, one)):
        if made_by(not_y, "subtract") and is_number(not_y.first, 1) and not_y.second is y:
            return True
        if made_by(not_y, "add") and is_number(not_y.first, 1) and made_by(y, "negative"):
            return bool(not_y.second is y.first)
    if _varies(one) or _varies(other):
        return False
    return bool(np.array_equal(value_of(one), 1 - np.asarray(value_of(other))))


def _varies(operand: Any) -> bool:
    """Return whether an operand depends on an input that is differentiated by."""
    return operand.__class__ is Node and not (operand.is_leaf and is_given(operand))
