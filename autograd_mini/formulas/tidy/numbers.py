"""Numbers: one of them, in front, as a fraction in lowest terms; m where it is m.

``2 * (x / 6)`` is ``x / 3``, and ``full(shape, 2) * x`` is ``2 * x``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from autograd_mini.formulas.counts import Count, Powers, Ratio, merged
from autograd_mini.formulas.tidy.table import (
    bare,
    fits,
    is_seed,
    number,
    on,
    same,
    scalar_within,
)
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, made_by, shape_of

_LONG = 6
"""Decimals of more characters are rather written as fractions."""


@on("multiply")
def seed_times(_: Builder, node: Node) -> Any:
    """``1 * x`` is x."""
    for one, other in (node.inputs, node.inputs[::-1]):
        if is_seed(one):
            return same(node, other)
    return None


@on("astype")
def number_of_any_dtype(_: Builder, node: Node) -> Any:
    """``(1 / m).astype(float32)`` is ``1 / m``: numbers take the dtype of what they multiply."""
    if is_seed(node.first):
        return 1.0
    return None if hasattr(node.first, "dtype") else node.first


@on("negative")
def negative_throughout(build: Builder, node: Node) -> Any:
    """``-full(shape, c)`` is ``full(shape, -c)``."""
    inner = node.first
    if not bare(inner, "broadcast_to") or shape_of(inner.first) != ():
        return None
    turned = build.call("negative", inner.first)
    return build.make(inner.op, (turned,), inner.params, node.shape, node.dtype)


@on("multiply", "divide")
def one_number_throughout(build: Builder, node: Node) -> Any:
    """``full(shape, c) * x`` is ``c * x``."""
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        scalar = scalar_within(each) if shape_of(each) != () else None
        if scalar is None or other.__class__ is not Node:
            continue
        if fits(node, other):
            pair = (other, scalar) if k else (scalar, other)
            return same(node, build.call(node.op.name, *pair))
        if node.op.name == "multiply" and number(scalar) is not None:
            params = {"shape": node.shape}
            whole = build.make(registry["broadcast_to"], (other,), params, node.shape, other.dtype)
            return same(node, build.call("multiply", scalar, whole))
    return None


# -- one number in front --------------------------------------------------------------------------


@dataclass(frozen=True)
class Factor:
    """A number as a fraction: ``above / below``, over a product of sizes such as m."""

    above: float = 1.0
    below: float = 1.0
    sizes: Powers = ()

    @classmethod
    def of(cls, operand: Any) -> Factor:
        """Return a number as a fraction."""
        if isinstance(operand, Count):
            return cls(operand.times, 1.0, merged((), operand.sizes, -1))
        if isinstance(operand, Ratio):
            return cls(operand.above, operand.below, operand.sizes)
        value = number(operand) or 0.0
        if 0 < abs(value) < 1 and _is_root(1 / abs(value)):
            return cls(math.copysign(1.0, value), math.sqrt(round(1 / value**2)))
        inverse = round(1 / value) if abs(value) > 1e-300 else 0
        if abs(inverse) > 1 and 1 / inverse == value and len(repr(value)) > _LONG:
            return cls(math.copysign(1.0, value), float(abs(inverse)))
        return cls(value)

    def times(self, other: Factor) -> Factor:
        """Return the product of two numbers."""
        return Factor(
            self.above * other.above, self.below * other.below, merged(self.sizes, other.sizes)
        )

    def over(self, other: Factor) -> Factor:
        """Return the quotient of two numbers."""
        return self.times(Factor(other.below, other.above, merged((), other.sizes, -1)))

    def plus(self, other: Factor) -> Factor:
        """Return the sum of two numbers over the same sizes."""
        above, below = self.above, self.below
        if below == other.below:
            return Factor(above + other.above, below, self.sizes)
        return Factor(above * other.below + other.above * below, below * other.below, self.sizes)

    @property
    def number(self) -> Ratio:
        """It as an operand."""
        above, below = _lowest(abs(self.above), abs(self.below))
        negative = (self.above < 0) != (self.below < 0)
        return Ratio(-above if negative else above, below, self.sizes)

    @property
    def is_one(self) -> bool:
        """Whether it says nothing."""
        return self.above == self.below and not self.sizes

    def written(self) -> tuple[bool, float, float]:
        """Return whether it is negative, what stands above, and below: m, or a number."""
        negative = (self.above < 0) != (self.below < 0)
        above, below = _lowest(abs(self.above), abs(self.below))
        over = tuple((size, -power) for size, power in self.sizes if power < 0)
        under = tuple((size, power) for size, power in self.sizes if power > 0)
        return (
            negative,
            Count(over, above) if over else above,
            Count(under, below) if under else below,
        )


def _lowest(above: float, below: float) -> tuple[float, float]:
    """Return a fraction as a person writes it: 2 / 6 as 1 / 3, 0.04 as it is, 0.577… as 1 / √3."""
    above, below = _whole(above), _whole(below)
    if above == below:
        return 1.0, 1.0
    if above.is_integer() and below.is_integer():
        whole = Fraction(int(above), int(below))
        return float(whole.numerator), float(whole.denominator)
    if above.is_integer() and _is_root(below):
        return above, below
    value = above / below
    if not 1e-9 < value < 1e9:  # no root or fraction that anybody wrote
        return value, 1.0
    inverse = round(1 / value)
    if inverse >= 2 and 1 / inverse == value and (len(repr(value)) > _LONG or inverse in (2, 4)):
        return 1.0, float(inverse)
    for root in (round(1 / value**2), round(value**2)):
        if 1 < root < 10_000 and math.sqrt(root) % 1 and 1 / math.sqrt(root) == value:
            return 1.0, math.sqrt(root)
    return value, 1.0


def _whole(value: float) -> float:
    """Return a number; the short one that it misses by rounding: 6.5 for 6.499999999999999."""
    near = float(round(value))
    if not near or not math.isclose(near, value, rel_tol=4e-15):
        near = float(f"{value:.{_LONG}g}")
    return near if near and math.isclose(near, value, rel_tol=4e-15) else value


def _is_root(value: float) -> bool:
    """Return whether a number is the root of a whole number, and not whole."""
    square = round(value**2) if value < 1e3 else 0
    return square > 1 and value % 1 != 0 and math.isclose(square, value**2, rel_tol=1e-14)


class Scaled(NamedTuple):
    """A number times something: None where that is 1."""

    factor: Factor
    core: Any


def _scaled(operand: Any) -> Scaled | None:
    """Return an operand as a number times something; None where its shape would change."""
    factor = Factor()
    while number(operand) is None:
        if not bare(operand, "negative", "multiply", "divide"):
            return Scaled(factor, operand)
        first, second = operand.first, operand.inputs[-1]
        if operand.op.name == "negative":
            factor, part = factor.times(Factor(-1.0)), first
        elif operand.op.name == "multiply" and number(first) is not None:
            factor, part = factor.times(Factor.of(first)), second
        elif operand.op.name == "multiply" and number(second) is not None:
            factor, part = factor.times(Factor.of(second)), first
        elif operand.op.name == "divide" and number(second):
            factor, part = factor.over(Factor.of(second)), first
        else:
            return Scaled(factor, operand)
        if shape_of(part) != operand.shape:
            return None
        operand = part
    return Scaled(factor.times(Factor.of(operand)), None)


@on("negative")
def negative_number(_: Builder, node: Node) -> Any:
    """Minus a number is a number."""
    if number(node.first) is None:
        return None
    factor = Factor.of(node.first)
    return same(node, Ratio(-factor.above, factor.below, factor.sizes))


@on("multiply", "divide")
def one_number_in_front(build: Builder, node: Node) -> Any:
    """``2 * x * (y / 6)`` is ``x * y / 3``: numbers are gathered, and stand outside."""
    first, second = _scaled(node.first), _scaled(node.second)
    if node.dtype.kind != "f" or first is None or second is None:
        return None
    divides = node.op.name == "divide"
    factor = first.factor.over(second.factor) if divides else first.factor.times(second.factor)
    left, right = first.core, second.core
    if not factor.above or not factor.below or not math.isfinite(factor.above / factor.below):
        return None
    if left is None and right is None:
        ratio = factor.number
        return ratio if node.shape == () else None
    if left is None and divides and right is not None:
        return _number_over(build, node, factor, right)
    if left is not None and right is not None:
        if factor.is_one and left is node.first and right is node.second:
            return None
        core = build.call(node.op.name, left, right)
    else:
        core = right if left is None else left
    if core.__class__ is not Node or core.shape != node.shape or core.dtype.kind != "f":
        return None
    return None if _is_written(node, factor, core) else same(node, _write(build, factor, core))


def _number_over(build: Builder, node: Node, factor: Factor, right: Any) -> Any:
    """Return ``c / (d * x)``."""
    negative, above, below = factor.written()
    inside = right if _says_nothing(below) else None
    inside = build.call("multiply", below, right) if inside is None else inside
    if negative:
        return same(node, build.call("negative", build.call("divide", above, inside)))
    if inside is node.second and _is(node.first, above):
        return None
    return same(node, build.call("divide", above, inside))


def _write(build: Builder, factor: Factor, core: Any) -> Any:
    """Return a number times something."""
    negative, above, below = factor.written()
    made = core if _says_nothing(above) else build.call("multiply", above, core)
    if not _says_nothing(below):
        made = build.call("divide", made, below)
    return build.call("negative", made) if negative else made


def _is_written(node: Node, factor: Factor, core: Any) -> bool:
    """Return whether a node already is a number times something, over a number."""
    negative, above, below = factor.written()
    inner: Any = node
    if negative:
        return False
    if not _says_nothing(below):
        if node.op.name != "divide" or not _is(node.second, below):
            return False
        inner = node.first
    if _says_nothing(above):
        return inner is core
    return made_by(inner, "multiply") and _is(inner.first, above) and inner.second is core


@on("add", "subtract")
def sum_of_numbers(_: Builder, node: Node) -> Any:
    """``1 / 2 + 1`` is ``3 / 2``, and so for multiples of one size."""
    if node.shape != () or any(number(each) is None for each in node.inputs):
        return None
    first, second = map(Factor.of, node.inputs)
    if first.sizes != second.sizes:
        return None
    factor = first.plus(second.times(Factor(-1.0)) if node.op.name == "subtract" else second)
    return factor.number if factor.above else None


@on("add")
def size_taken_away(build: Builder, node: Node) -> Any:
    """``-m + x`` is ``x - m``."""
    for size, other in (node.inputs, node.inputs[::-1]):
        if isinstance(size, (Count, Ratio)) and size.sizes and size < 0 and fits(node, other):
            opposite = Factor.of(size).times(Factor(-1.0))
            return same(node, build.call("subtract", other, opposite.number))
    return None


@on("add", "subtract")
def one_number_added(build: Builder, node: Node) -> Any:
    """``x + full(shape, c)`` is ``x + c``."""
    for k, each in enumerate(node.inputs):
        other = node.inputs[1 - k]
        if shape_of(each) == () or not fits(node, other):
            continue
        scalar = scalar_within(each)
        if scalar is not None and other.__class__ is Node:
            pair = (other, scalar) if k else (scalar, other)
            return same(node, build.call(node.op.name, *pair))
    return None


@on("add", "subtract")
def like_terms(build: Builder, node: Node) -> Any:
    """``x / 2 + y + x / 2`` is ``x + y``: what is the same is added up once."""
    term = _scaled(node.second)
    if node.dtype.kind != "f" or term is None or term.core is None:
        return None
    factor = term.factor.times(Factor(-1.0)) if node.op.name == "subtract" else term.factor
    return _added(build, node.first, Scaled(factor, term.core), _TERMS, node)


_TERMS = 6
"""How many terms back something is looked for."""


def _added(build: Builder, total: Any, term: Scaled, depth: int, node: Node) -> Any:
    """Return a sum with a term added to the one that is a multiple of the same; None if none is."""
    if not fits(node, total):
        return None
    if not bare(total, "add", "subtract"):
        own = _scaled(total)
        if own is None or own.core is not term.core or own.factor.sizes != term.factor.sizes:
            return None
        factor = own.factor.plus(term.factor)
        return same(node, _write(build, factor, term.core)) if factor.above else None
    for k in (1, 0) if depth else ():
        turned = k == 1 and total.op.name == "subtract"
        each = Scaled(term.factor.times(Factor(-1.0)), term.core) if turned else term
        made = _added(build, total.inputs[k], each, depth - 1, node)
        if made is not None:
            pair = (made, total.second) if k == 0 else (total.first, made)
            return same(node, build.call(total.op.name, *pair))
    return None


@on("multiply")
def number_into_a_sum(build: Builder, node: Node) -> Any:
    """``2 * (x / 2 - 1 / 2)`` is ``x - 1``: where no fraction is left."""
    c, inner = node.inputs
    if number(c) is None or not bare(inner, "add", "subtract") or not fits(node, inner):
        return None
    terms = [_scaled(each) for each in inner.inputs]
    factor = Factor.of(c)
    if any(term is None or term.factor.sizes for term in terms) or factor.sizes:
        return None
    factors = [factor.times(term.factor) for term in terms if term is not None]
    whole = [one.written() for one in factors]
    if any(below != 1 or above != 1 for _, above, below in whole):
        return None
    parts = []
    for (negative, _, _), term in zip(whole, terms, strict=True):
        core = 1.0 if term is None or term.core is None else term.core
        if negative:
            core = -1.0 if core == 1.0 else build.call("negative", core)
        parts.append(core)
    return same(node, build.call(inner.op.name, *parts))


def _is(operand: Any, value: float) -> bool:
    """Return whether an operand is a number, and m where that is m."""
    sizes = operand.sizes if isinstance(operand, Count) else ()
    return number(operand) == value and sizes == (value.sizes if isinstance(value, Count) else ())


def _says_nothing(value: float) -> bool:
    """Return whether a number is 1, and not just as many as there are of something."""
    return value == 1 and not isinstance(value, Count)
