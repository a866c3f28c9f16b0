"""Products of powers: each factor stands once, above or below.

``s ** 2 * s`` is ``s ** 3``, and ``a * b / (b ** 2 * c)`` is ``a / (b * c)``.
"""

# ruff: noqa: D401 - rules have one signature, and state identities

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograd_mini.formulas.tidy.numbers import Factor
from autograd_mini.formulas.tidy.products import power_of, raised
from autograd_mini.formulas.tidy.table import bare, number, on, same
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder

_MOST = 12
"""Products of more factors are left as they are."""


@dataclass
class _Monomial:
    """A number times a product of powers; with the number of factors that were found."""

    factor: Factor = field(default_factory=Factor)
    powers: dict[int, tuple[Any, float]] = field(default_factory=dict)
    found: int = 0

    @classmethod
    def of(cls, operand: Any) -> _Monomial | None:
        """Return an operand as a product; None where it has too many factors."""
        made = cls()
        return made if made._add(operand, 1.0, _MOST) else None

    def _add(self, operand: Any, exponent: float, depth: int) -> bool:
        """Take an operand in, to a power."""
        if not depth or self.found > _MOST:
            return False
        if number(operand) is not None:
            own = Factor.of(operand)
            self.factor = self.factor.times(own) if exponent == 1 else self.factor.over(own)
            return abs(exponent) == 1 and bool(number(operand))
        if bare(operand, "negative"):
            self.factor = self.factor.times(Factor(-1.0))
            return abs(exponent) == 1 and self._add(operand.first, exponent, depth - 1)
        if bare(operand, "multiply", "divide"):
            sign = 1.0 if operand.op.name == "multiply" else -1.0
            first = self._add(operand.first, exponent, depth - 1)
            return first and self._add(operand.second, sign * exponent, depth - 1)
        base, own_exponent = power_of(operand)
        if not own_exponent.is_integer():
            base, own_exponent = operand, 1.0
        if base is not operand and bare(base, "multiply", "divide", "negative"):
            return self._add(base, own_exponent * exponent, depth - 1)
        opposite = self._opposite(base)
        if opposite is not None and exponent * own_exponent % 2 == 1:
            self.factor = self.factor.times(Factor(-1.0))
        base = base if opposite is None else opposite
        before = self.powers.get(id(base), (base, 0.0))[1]
        total = before + own_exponent * exponent
        self.powers[id(base)] = base, 1.0 if base.dtype.kind == "b" and total > 0 else total
        self.found += 1
        return base.dtype.kind in "bf"  # whole numbers may be too short for their squares

    def _opposite(self, operand: Any) -> Any:
        """Return the factor ``b - a`` where an operand is ``a - b``; None if there is none."""
        if not bare(operand, "subtract"):
            return None
        a, b = operand.inputs
        differences = (each for each, _ in self.powers.values() if bare(each, "subtract"))
        return next((x for x in differences if x.first is b and x.second is a), None)

    def below(self) -> set[int]:
        """Return what it is divided by."""
        return {key for key, (_, exponent) in self.powers.items() if exponent < 0}

    def above(self) -> set[int]:
        """Return what it is multiplied by."""
        return {key for key, (_, exponent) in self.powers.items() if exponent > 0}

    def written(self, build: Builder) -> Any:
        """Return it as a fraction."""
        parts = list(self.powers.values())
        above = [raised(build, base, exponent) for base, exponent in parts if exponent > 0]
        below = [raised(build, base, -exponent) for base, exponent in parts if exponent < 0]
        made: Any = self.factor.number
        if above:
            whole = _product(build, above)
            made = whole if self.factor.is_one else build.call("multiply", made, whole)
        return build.call("divide", made, _product(build, below)) if below else made


def _product(build: Builder, factors: list[Any]) -> Any:
    made = factors[0]
    for each in factors[1:]:
        made = build.call("multiply", made, each)
    return made


@on("multiply", "divide")
def like_factors(build: Builder, node: Node) -> Any:
    """``a * b / b ** 3`` is ``a / b ** 2``, whatever stands between."""
    if node.dtype.kind != "f":
        return None
    made = _Monomial.of(node)
    if made is None or made.found == len(made.powers):
        return None
    whole = made.written(build)
    if whole.__class__ is Node and whole.shape == () != node.shape:
        params = {"shape": node.shape}
        return build.make(registry["broadcast_to"], (whole,), params, node.shape, node.dtype)
    return same(node, whole)


@on("multiply")
def sum_in_which_it_cancels(build: Builder, node: Node) -> Any:
    """``(a - b / c) * c`` is ``a * c - b``."""
    if node.dtype.kind != "f":
        return None
    for factor, total in (node.inputs, node.inputs[::-1]):
        if not bare(total, "add", "subtract") or number(factor) is not None:
            continue
        outside, *terms = (_Monomial.of(each) for each in (factor, *total.inputs))
        below = {key for term in terms if term is not None for key in term.below()}
        if outside is None or not outside.above() & below:
            continue
        parts = [build.call("multiply", each, factor) for each in total.inputs]
        return same(node, build.call(total.op.name, *parts))
    return None
