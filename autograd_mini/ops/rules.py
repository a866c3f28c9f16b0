"""Rules of derivatives: formulas with named parameters, made into functions of a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.ops.blocks import blockwise_into
from autograd_mini.ops.operation import Op, Rule
from autograd_mini.ops.spelling import Spelling, Unwritten, parameters_of

__all__ = [
    "BITS", "Partial", "bound_rule", "chosen", "elementwise_rule", "is_example",
    "overwriting_rule", "times", "values_read",
]  # fmt: skip

Partial = Callable[..., Any] | float | str

_PLAIN = (np.ndarray, np.generic, int, float, complex)


def bound_rule(function: Callable[..., Any], op: Op, *, plain: bool = False) -> Rule:
    """Turn a formula with named parameters into ``rule(g, node, read)``.

    Parameters
    ----------
    function : callable
    op : Op
    plain : bool
        Whether all values are plain, so that nobody needs to be asked for them.
    """
    return Unwritten(
        lambda spell: f"{spell.bound('function', function)}({spell.arguments(function)})", op, plain
    )


def values_read(function: Partial, op: Op) -> frozenset[str]:
    """Return the names of the *values* a rule reads: the result and operands."""
    if isinstance(function, str):
        return frozenset((function,))
    if not callable(function):
        return frozenset()
    names = set(parameters_of(function)) & {"out", "xs", *op.inputs}
    return frozenset(op.inputs if "xs" in names else ()) | names - {"xs"}


def times(g: Any, d: Any) -> Any:
    """Return ``g * d`` where nothing may flow through a singular derivative.

    Where `g` is exactly 0 *and* `d` is not finite the product is 0: a value that was not used
    cannot have made the result infinite.  `d` is replaced before multiplying, so that the
    derivative of the product is right as well.
    """
    if g.__class__ is d.__class__ is np.ndarray:
        product = g * d
        largest = np.maximum.reduce(product, axis=None, initial=0)  # NaN, if there is one
        if largest == largest:
            return product  # nothing was 0 times infinity
    elif isinstance(d, _PLAIN) and np.isfinite(d).all():
        return g * d  # whatever `g` is, or will be in a program
    unused = ~np.isfinite(d) & (g == 0)
    if not is_example(unused) and not unused.any():
        return g * d
    return g * np.where(unused, 0, d)


def is_example(value: Any) -> bool:
    """Return whether `value` stands for a whole batch, and so decides nothing."""
    return not isinstance(value, (np.ndarray, np.generic)) and bool(value._is_example())


def chosen(g: Any, d: Any) -> Any:
    """Return ``g * d`` where an entry was chosen, and 0 where not, even if `g` is infinite."""
    if d.dtype.char != "?":
        return np.where(d != 0, g * d, 0)
    if g.__class__ is np.ndarray and g.shape == d.shape:
        bits = BITS.get(g.dtype)
        if bits is not None:
            made = np.empty_like(g)
            np.multiply(g.view(bits), d, out=made.view(bits))
            return made
    return np.where(d, g, 0)


BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}
"""Integers of the size of floats.

The bits of any number, read as an integer, times a truth value are the number or 0, of infinities
and negative numbers as well; where() is five times as slow, for the processor cannot guess which
way an entry goes.
"""


def elementwise_rule(
    partial: Partial,
    op: Op,
    product: Callable[[Any, Any], Any] | None,
    *,
    plain: bool = False,
) -> Rule:
    """Return the rule that multiplies by a partial derivative, with `product` if there is one."""

    def body(spell: Spelling) -> str:
        g = spell("g")
        if partial == 1:
            return g
        if partial == -1:
            return f"-{g}"
        if isinstance(partial, (int, float)):
            return f"{g} * {spell.bound('partial', partial)}"
        factor = _factor(partial, spell)
        if product is None:
            return f"{g} * {factor}"
        return f"{spell.bound('product', product)}({g}, {factor})"

    return Unwritten(body, op, plain)


def _factor(partial: Callable[..., Any] | str, spell: Spelling) -> str:
    if isinstance(partial, str):
        return spell(partial)
    return f"{spell.bound('partial', partial)}({_computed_with(partial, spell)})"


def _computed_with(partial: Callable[..., Any], spell: Spelling) -> str:
    return ", ".join(map(spell.computed_with, parameters_of(partial)))


def overwriting_rule(partial: Partial, op: Op, product: Any) -> Rule | None:
    """Return the rule that makes the gradient in the memory of the cotangent, if there is one."""
    if product is times or partial == 1:  # times() may need the cotangent again
        return None
    into = _chosen_into if product is chosen else _times_into

    def body(spell: Spelling) -> str:
        if partial == -1:
            return f"{spell.bound('negative', np.negative)}(g, out=g)"
        if isinstance(partial, (int, float)):
            multiply, number = spell.bound("multiply", np.multiply), spell.bound("partial", partial)
            return f"{multiply}(g, {number}, out=g)"
        if isinstance(partial, str):
            return f"{spell.bound('into', into)}(g, {_factor(partial, spell)})"
        blockwise, combine = spell.bound("blockwise", blockwise_into), spell.bound("into", into)
        formula = spell.bound("partial", partial)
        return f"{blockwise}({combine}, g, {formula}, [{_computed_with(partial, spell)}])"

    return Unwritten(body, op, plain=True)


def _times_into(g: Any, d: Any) -> Any:
    kind = d.__class__
    if kind is float or kind is int or (kind is np.ndarray and d.dtype is g.dtype):
        return np.multiply(g, d, out=g)
    return g * d


def _chosen_into(g: Any, d: Any) -> Any:
    bits = BITS.get(g.dtype)
    if bits is None or d.dtype.char != "?" or g.shape != d.shape:
        return chosen(g, d)
    np.multiply(g.view(bits), d, out=g.view(bits))
    return g
