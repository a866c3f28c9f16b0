"""Numbers that stand for sizes of the data, such as m, and fractions of them."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from autograd_mini.graph.node import Written

__all__ = ["Count", "Powers", "Ratio", "Size", "merged"]


class Size(NamedTuple):
    """How many there are of something: its name in the formulas, and what it was."""

    name: str
    value: int


Powers = tuple[tuple[Size, int], ...]
"""A product of powers of sizes."""


def merged(one: Powers, other: Powers, sign: int = 1) -> Powers:
    """Return the product of two products of powers; their quotient where `sign` is -1."""
    total = dict(one)
    for size, power in other:
        total[size] = total.get(size, 0) + sign * power
    return tuple(sorted((size, power) for size, power in total.items() if power))


def _value(powers: Powers) -> float:
    return float(prod(float(size.value) ** power for size, power in powers))


class Count(Written):
    """A number that is m, or several times m, or a product of sizes.

    Attributes
    ----------
    times : float
    sizes : Powers
    """

    times: float
    sizes: Powers

    def __new__(cls, sizes: Size | Powers, times: float = 1.0) -> Count:
        """Return `times` the product of sizes."""
        powers: Powers = ((sizes, 1),) if isinstance(sizes, Size) else sizes
        made = super().__new__(cls, times * _value(powers))
        made.times, made.sizes = times, powers
        return made

    def __repr__(self) -> str:  # by which equal operands are known to be equal
        return f"Count({self.sizes}, {self.times})"

    def __rtruediv__(self, other: Any) -> Any:
        """Return a fraction of m: rules of derivatives divide by what they divide by."""
        if isinstance(other, (int, float)):
            return Ratio(float(other), self.times, self.sizes)
        return NotImplemented


class Ratio(Written):
    """A number that is a fraction, and stays one: ``above / below``, over m for power 1.

    Attributes
    ----------
    above, below : float
    sizes : Powers
        What it is divided by besides; powers below 0 multiply.
    """

    above: float
    below: float
    sizes: Powers

    def __new__(cls, above: float, below: float, sizes: Powers = ()) -> Ratio:
        """Return the fraction."""
        made = super().__new__(cls, above / below / _value(sizes))
        made.above, made.below, made.sizes = above, below, sizes
        return made

    def __repr__(self) -> str:
        return f"Ratio({self.above}, {self.below}, {self.sizes})"
