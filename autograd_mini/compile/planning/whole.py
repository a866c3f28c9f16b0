"""Rules that need to see which operations an operation is done to, before those are broken."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.compile.planning.lower import exponentials
from autograd_mini.compile.results import HALVED, TIMES, TOTAL_LOSS
from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_number, made_by, shape_of, size_of
from autograd_mini.rewrite.table import Table

__all__ = ["WHOLE"]

WHOLE = Table()

_MANY = 10_000
"""Of so many entries, a loop should not have to keep more than it must."""

_KEPT = {np.dtype(np.float64): 1e-3, np.dtype(np.float32): 0.05}
"""How much must be left of a sum that cancels, by dtype: about 1e-13 and 1e-6 is lost then."""


@WHOLE.on("sum", "mean")
def total_logistic_loss(build: Builder, node: Node) -> Any:
    """``sum(log(1 + exp(-z))) + sum((1 - y) z)``, of which exp is that of the sigmoid too."""
    loss = node.first
    if not (made_by(loss, "logistic_loss") and loss.shape) or size_of(node) != 1:
        return None
    z, y = loss.inputs
    n, kept = size_of(loss), _KEPT.get(node.dtype)
    if kept is None or not 0 < n <= _MANY or shape_of(z) != loss.shape or z.dtype != node.dtype:
        return None
    other = build.call("subtract", 1.0, y)
    if shape_of(other) != loss.shape or other.dtype != node.dtype:
        return None
    above = build.call("add", build.call("exp", build.call("negative", z)), 1.0)
    logs = build.make(registry["sum"], (build.call("log", above),), {}, (), node.dtype)
    flat = [
        build.make(registry["reshape"], (each,), {"shape": (n,)}, (n,), node.dtype)
        for each in (other, z)
    ]
    linear = build.make(registry["dot"], tuple(flat), {}, (), node.dtype)
    total = build.make(TOTAL_LOSS, (logs, linear, kept, z, y), {}, (), node.dtype)
    if node.op.name == "mean":
        total = build.call("divide", total, float(n))
    return build.make(registry["reshape"], (total,), {"shape": node.shape}, node.shape, node.dtype)


@WHOLE.on("multiply")
def times_what_is_finite(build: Builder, node: Node) -> Any:
    """``g * where(~isfinite(d) & (g == 0), 0, d)`` is ``g * d``, but where 0 meets infinity."""
    g, safe = node.inputs
    if not (made_by(safe, "where") and made_by(safe.inputs[0], "bitwise_and")):
        return None
    unused, zero, d = safe.inputs
    infinite, nothing = unused.inputs
    of_d = made_by(infinite, "invert") and made_by(infinite.first, "isfinite")
    of_g = made_by(nothing, "equal") and nothing.first is g and is_number(nothing.second, 0)
    if not (of_d and infinite.first.first is d and of_g and is_number(zero, 0)):
        return None
    if not (_alike(g, node) and _alike(d, node)):
        return None
    return build.make(TIMES, (g, d), {}, node.shape, node.dtype)


@WHOLE.on("where")
def halved_at_ties(build: Builder, node: Node) -> Any:
    """``maximum(x, c)`` hands back what comes where x is above, half of it where x is c."""
    some, product, zero = node.inputs
    if not (made_by(some, "not_equal") and made_by(product, "multiply") and is_number(zero, 0)):
        return None
    share = some.first
    for g, other in (product.inputs, product.inputs[::-1]):
        if other is share and made_by(share, "divide") and _alike(g, node):
            wins, ties = share.first, _added_to_one(share.second)
            if made_by(wins, "equal") and made_by(ties, "equal"):
                return _halved(build, node, g, wins, ties)
    return None


def _halved(build: Builder, node: Node, g: Node, wins: Node, ties: Node) -> Any:
    x, extreme = wins.inputs
    if not (made_by(extreme, "maximum") or made_by(extreme, "minimum")):
        return None
    test = "greater" if extreme.op.name == "maximum" else "less"
    if all(_alike(each, node) for each in extreme.inputs):
        y = extreme.inputs[x is extreme.first]
        if not (x in extreme.inputs and set(ties.inputs) == {x, y}):
            return None
        return build.make(HALVED, (g, build.call(test, x, y), ties), {}, node.shape, node.dtype)
    for x_again, number in (extreme.inputs, extreme.inputs[::-1]):
        if not (x_again is x and is_number(number) and _alike(x, node)):
            continue
        value = np.asarray(value_of(number)).item()
        if any(y is x and is_number(c, value) for y, c in (ties.inputs, ties.inputs[::-1])):
            above = build.call(test, extreme, number)
            return build.make(HALVED, (g, above, ties), {}, node.shape, node.dtype)
    return None


def _added_to_one(operand: Any) -> Any:
    """Return what is added to 1; None if nothing is."""
    if not made_by(operand, "add"):
        return None
    one, other = operand.inputs
    return other if is_number(one, 1) else one if is_number(other, 1) else None


def _alike(operand: Any, node: Node) -> bool:
    """Return whether an operand is computed, and has the shape and dtype of an array of reals."""
    if operand.__class__ is not Node or node.dtype.kind != "f" or not node.shape:
        return False
    return operand.shape == node.shape and operand.dtype == node.dtype


@WHOLE.on("where")
def shares_of_logsumexp(build: Builder, node: Node) -> Any:
    """``softmax(x)``, but 0 where all entries are -inf: the derivative of ``logsumexp(x)``."""
    nothing, zero, weights = node.inputs
    if not (made_by(weights, "softmax") and made_by(weights.first, "where")):
        return None
    inner, fill, x = weights.first.inputs
    total = _of_repeated(nothing)
    if inner is not nothing or not is_number(zero, 0) or not is_number(fill, 0):
        return None
    if not (made_by(total, "equal") and is_number(total.second, -np.inf)):
        return None
    total = total.first
    if not made_by(total, "logsumexp") or total.first is not x:
        return None
    parts = exponentials(build, total)
    if parts is None or weights.params.get("axis", -1) != total.params.get("axis"):
        return None
    # where the maximum is -inf, this is infinite, and where it is infinite, this is no number
    below = build.call("add", parts.total, build.call("subtract", parts.shift, parts.top))
    return build.call("divide", parts.e, below)


def _of_repeated(operand: Any) -> Any:
    """Return what an operand only repeats, along axes of its own."""
    while made_by(operand, "broadcast_to") or made_by(operand, "reshape"):
        operand = operand.first
    return operand
