"""Products and quotients: one fraction, in which nothing cancels.

``a * (1 / b)`` is ``a / b``, and ``a / b / b`` is ``a / b ** 2``.
"""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from typing import Any

from autograd_mini.formulas.tidy.numbers import Factor
from autograd_mini.formulas.tidy.table import bare, fits, number, on, same
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, is_number, made_by, shape_of

# -- one fraction ---------------------------------------------------------------------------------


@on("multiply")
def one_fraction(build: Builder, node: Node) -> Any:
    """``a * (b / c)`` is ``a * b / c``, and a alone where b is 1 and c is a."""
    for k, quotient in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if not bare(quotient, "divide") or number(quotient.second) is not None:
            continue
        if other is quotient.second and fits(node, quotient.first):
            return same(node, quotient.first)
        one, more = number(quotient.first), number(other)
        if one is not None and more is not None:
            factor = Factor.of(quotient.first).times(Factor.of(other))
            return same(node, build.call("divide", factor.number, quotient.second))
        if number(other) is not None:  # numbers stand outside
            continue
        if number(quotient.first) == 1:
            return same(node, build.call("divide", other, quotient.second))
        pair = (other, quotient.first) if k else (quotient.first, other)
        return same(node, build.call("divide", build.call("multiply", *pair), quotient.second))
    return None


def _with_known(build: Builder, above: Any, below: Any) -> Any:
    """Return ``a * q`` for ``a * b / c`` where ``q = b / c`` has a name; None if none has."""
    if not bare(above, "multiply") or number(below) is not None:
        return None
    for each, other in (above.inputs, above.inputs[::-1]):
        known = build.known("divide", each, below)
        if known.__class__ is Node and known.name is not None and number(other) is None:
            return build.call("multiply", other, known)
        root = build.known("sqrt", below)
        known = build.known("divide", each, root) if root.__class__ is Node else None
        if known.__class__ is Node and known.name is not None and number(other) is None:
            return build.call("divide", build.call("multiply", other, known), root)
    return None


@on("divide")
def known_quotient(build: Builder, node: Node) -> Any:
    """``a * b / c`` is ``a * q`` where ``q = b / c`` has a name."""
    made = _with_known(build, node.first, node.second)
    return None if made is None else same(node, made)


@on("divide")
def fraction_of_fractions(build: Builder, node: Node) -> Any:
    """``a / b / c`` is ``a / (b * c)``, and ``a / (b / c)`` is ``a * c / b``."""
    above, below = node.inputs
    if number(below) is not None:
        return None
    if bare(above, "divide") and number(above.second) is None:
        known = _with_known(build, above.first, below)
        if known is not None:
            return same(node, build.call("divide", known, above.second))
        both = (
            build.call("square", below)
            if above.second is below
            else build.call("multiply", above.second, below)
        )
        return same(node, build.call("divide", above.first, both))
    if bare(below, "divide") and number(below.second) is None:
        return same(
            node, build.call("divide", build.call("multiply", above, below.second), below.first)
        )
    return None


@on("divide")
def number_over_twice(build: Builder, node: Node) -> Any:
    """``c / x / d`` is ``(c / d) / x`` for numbers c and d."""
    above, below = node.inputs
    if not bare(above, "divide") or number(above.first) is None or not number(below):
        return None
    factor = Factor.of(above.first).over(Factor.of(below))
    return same(node, build.call("divide", factor.number, above.second))


@on("divide")
def cancelled(_: Builder, node: Node) -> Any:
    """``a * b / b`` is a."""
    above, below = node.inputs
    if bare(above, "multiply"):
        for each, other in (above.inputs, above.inputs[::-1]):
            if each is below and fits(node, other):
                return same(node, other)
    return None


def power_of(operand: Any) -> tuple[Any, float]:
    """Return base and exponent of an operand."""
    if bare(operand, "square"):
        return operand.first, 2.0
    exponent = number(operand.second) if bare(operand, "power") else None
    return (operand, 1.0) if exponent is None else (operand.first, exponent)


def raised(build: Builder, base: Any, exponent: float) -> Any:
    """Return a power of an operand."""
    if exponent in (1.0, 2.0):
        return base if exponent == 1 else build.call("square", base)
    return build.call("power", base, int(exponent) if exponent.is_integer() else exponent)


@on("divide")
def over_a_power(build: Builder, node: Node) -> Any:
    """``a * b / b ** 3`` is ``a / b ** 2``."""
    above, (base, exponent) = node.first, power_of(node.second)
    if base is node.second or exponent < 2:
        return None
    if above is base:
        return same(node, build.call("divide", 1.0, raised(build, base, exponent - 1)))
    if bare(above, "multiply"):
        for each, other in (above.inputs, above.inputs[::-1]):
            if each is base and fits(node, other):
                rest = raised(build, base, exponent - 1)
                return same(node, build.call("divide", other, rest))
    return None


@on("square", "power")
def power_of_power(build: Builder, node: Node) -> Any:
    """``sqrt(x) ** 2`` is x, ``x ** 1`` is x, and ``(x ** 2) ** 2`` is ``x ** 4``."""
    exponent = 2.0 if node.op.name == "square" else number(node.second)
    if exponent == 2 and bare(node.first, "sqrt"):
        return same(node, node.first.first)
    if exponent == 1:
        return same(node, node.first)
    base, inner = power_of(node.first)
    if exponent is None or base is node.first or not inner.is_integer():
        return None
    if not exponent.is_integer() or min(inner, exponent) < 1:
        return None
    return same(node, raised(build, base, inner * exponent))


@on("square", "power")
def square_of_norm(build: Builder, node: Node) -> Any:
    """``norm(x) ** 2`` is ``sum(x ** 2)``, whose derivative needs no norm."""
    norm = node.first
    exponent = 2.0 if node.op.name == "square" else number(node.second)
    if exponent != 2 or not bare(norm, "euclidean_norm") or norm.first.dtype.kind != "f":
        return None
    squares = build.call("square", norm.first)
    return same(node, build.make(registry["sum"], (squares,), norm.params, node.shape, node.dtype))


# -- signs and shapes move out --------------------------------------------------------------------


@on("divide")
def divided_twice(build: Builder, node: Node) -> Any:
    """``(-x) / c`` is ``-(x / c)``: signs move out."""
    if bare(node.first, "negative") and is_number(node.second):
        return build.call("negative", build.call("divide", node.first.first, node.second))
    return None


@on("multiply", "divide", "negative")
def number_before_its_shape(build: Builder, node: Node) -> Any:
    """``reshape(s, (1, 1)) / c`` is ``reshape(s / c, (1, 1))``: a scalar stays one."""
    inner = node.first
    numbers = all(is_number(each) and shape_of(each) == () for each in node.inputs[1:])
    if not (made_by(inner, "reshape") and shape_of(inner.first) == () and numbers):
        return None
    made = build.call(node.op.name, inner.first, *node.inputs[1:])
    if made.__class__ is not Node:
        return None
    return build.make(registry["reshape"], (made,), inner.params, node.shape, node.dtype)
