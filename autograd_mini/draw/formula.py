"""What a step computes, as a formula over the names of its operands.

Expressions are small trees; :func:`tidy` constructors (``total``, ``product``, …) keep them in the
form a person would write: signs pulled out, quotients gathered, reshaping left unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from autograd_mini.draw.notation import Rich, shape_text
from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of

__all__ = [
    "RELATIONS",
    "UNSAID",
    "Expression",
    "atom",
    "in_order",
    "number",
    "of_constant",
    "of_node",
    "opposite",
    "product",
    "total",
    "transposed",
]

UNSAID = {
    "astype", "broadcast_to", "copy", "expand_dims", "positive", "ravel", "reshape", "squeeze",
}  # fmt: skip
"""Operations a formula on paper does not mention."""

RELATION, SUM, PRODUCT, JUXTAPOSED, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that is written down, and what is needed to write it into another.

    Attributes
    ----------
    runs : Rich
        The formula without its sign.
    strength : int
        How tightly its outermost operator binds.
    negative : bool
        Whether a minus stands before it.
    scalar : bool
        Whether it is one number, for which a dot rather than a circle multiplies.
    over, under : tuple of Expression
        Factors and divisors, where it is a product.
    terms : tuple of Expression
        Where it is a sum.
    value : float or None
        Where it is a number.
    turned : Expression or None
        What it is the transpose of.
    factors : tuple of Expression
        Where it is a product of matrices, the two.
    """

    runs: Rich
    strength: int = ATOM
    negative: bool = False
    scalar: bool = False
    over: tuple[Expression, ...] = ()
    under: tuple[Expression, ...] = ()
    terms: tuple[Expression, ...] = ()
    value: float | None = None
    turned: Expression | None = None
    factors: tuple[Expression, ...] = ()

    @property
    def signed(self) -> Rich:
        """The formula with its sign."""
        if not self.negative:
            return self.runs
        inner = self.runs if self.strength > SUM else _bracketed(self.runs)
        return (("−", ""), *inner)

    def within(self, strength: int) -> Rich:
        """Return it as an operand of an operator that binds with `strength`."""
        if self.negative or self.strength < strength:
            return _bracketed(self.signed)
        return self.runs


def _bracketed(runs: Rich) -> Rich:
    return (("(", ""), *runs, (")", ""))


def atom(runs: Rich, scalar: bool = False) -> Expression:
    """Return a name."""
    return Expression(runs, scalar=scalar)


def number(value: Any, backward: bool = False) -> Expression:
    """Return a number; in backward formulas 0.2 is 1/5, which is where it came from."""
    plain = np.asarray(value).item()
    if isinstance(plain, (bool, complex)):
        return Expression(((str(plain), ""),), scalar=True)
    size = abs(plain)
    negative = bool(plain < 0)
    if backward and 1e-15 < size < 1:
        inverse = round(1 / size)
        if inverse > 2 and abs(1 / inverse - size) <= 1e-15 * size:
            one = replace(product((number(1.0),), (number(inverse),)), value=size)
            return replace(one, negative=negative)
    usual = 1e-3 < size < 1e3  # squares of others may be 0 or infinite
    for root, over in ((size**2, False), (1 / size**2, True)) if usual else ():
        square = round(root) if root < 10_000 else 0
        exact = square**0.5 if not over else 1 / max(square, 1) ** 0.5
        if square > 1 and square**0.5 % 1 and abs(exact - size) <= 1e-15 * size:
            written = Expression(((f"√{square}", ""),), scalar=True)
            one = product((number(1.0),), (written,)) if over else written
            return replace(one, negative=negative, value=float(size))
    text = f"{size:.4g}" if size < 1e15 else f"{size:.3e}"
    return Expression(((text, ""),), negative=negative, scalar=True, value=float(size))


def call(name: str, *arguments: Expression, scalar: bool = False) -> Expression:
    """Return a function applied to arguments."""
    runs: list[tuple[str, str]] = [(name, ""), ("(", "")]
    for k, each in enumerate(arguments):
        runs += [(", ", "")] if k else []
        runs += each.signed
    return Expression((*runs, (")", "")), scalar=scalar)


def opposite(x: Expression) -> Expression:
    """Return minus `x`."""
    if x.terms and not x.negative and x.terms[0].negative:
        return total(*(opposite(each) for each in x.terms))
    return replace(x, negative=not x.negative)


def total(*terms: Expression) -> Expression:
    """Return a sum, positive terms first."""
    flat: list[Expression] = []
    for each in terms:
        if each.terms:
            flat += [opposite(term) for term in each.terms] if each.negative else each.terms
        else:
            flat.append(each)
    flat = [each for each in flat if each.value != 0.0] or flat[:1]
    if len(flat) == 1:
        return flat[0]
    if flat[0].negative:
        flat.sort(key=lambda each: each.negative)
    common = _common_scalars(flat)
    if common is not None:
        over, under, rest = common
        return product((*over, total(*rest)), under)
    return in_order(flat)


def in_order(terms: Sequence[Expression]) -> Expression:
    """Return a sum with its terms in the order given."""
    if len(terms) == 1:
        return terms[0]
    runs: Rich = ()
    for each in terms:
        sign = ("−" if each.negative else "", " − " if each.negative else " + ")[bool(runs)]
        inner = each.runs if each.strength > SUM else _bracketed(each.runs)
        runs += ((sign, ""), *inner) if sign else inner
    return Expression(runs, SUM, scalar=all(each.scalar for each in terms), terms=tuple(terms))


def _common_scalars(
    terms: list[Expression],
) -> tuple[tuple[Expression, ...], tuple[Expression, ...], list[Expression]] | None:
    """Return the numbers that all terms are multiplied and divided by, and the terms without."""
    if len(terms) < 2 or not all(each.over for each in terms):
        return None
    first = terms[0]

    def shared(side: str) -> tuple[Expression, ...]:
        return tuple(
            each for each in getattr(first, side)
            if each.scalar and each.value != 1.0
            and all(each in getattr(term, side) for term in terms)
        )  # fmt: skip

    over, under = shared("over"), shared("under")
    if not over and not under:
        return None
    rest = []
    for term in terms:
        up = tuple(each for each in term.over if each not in over) or (number(1.0),)
        down = tuple(each for each in term.under if each not in under)
        bare = product(up, down)
        rest.append(opposite(bare) if term.negative else bare)
    return over, under, rest


def product(over: tuple[Expression, ...], under: tuple[Expression, ...] = ()) -> Expression:
    """Return a product of factors over a product of divisors, entry by entry."""
    up: list[Expression] = []
    down: list[Expression] = []
    negative = False
    for factors, same, other in ((over, up, down), (under, down, up)):
        for each in factors:
            negative ^= each.negative
            bare = replace(each, negative=False)
            same.extend(bare.over or (bare,))
            other.extend(bare.under)
    _reduce(up, down)
    up = [each for each in up if each.value != 1.0]
    down = [each for each in down if each.value != 1.0]
    up.sort(key=lambda each: (not each.scalar, each.value is None))
    down.sort(key=lambda each: (not each.scalar, each.value is None))
    if len(up) == 1 and not down:
        return replace(up[0], negative=negative)
    runs = _chain(up) if up else (("1", ""),)
    if down:
        divisor = _chain(down)
        runs += ((" / ", ""), *(_bracketed(divisor) if len(down) > 1 else divisor))
    return Expression(
        runs,
        PRODUCT if up or down else ATOM,
        negative,
        all(each.scalar for each in (*up, *down)),
        tuple(up) or (number(1.0),),
        tuple(down),
        value=None if up or down else 1.0,
    )


def _reduce(up: list[Expression], down: list[Expression]) -> None:
    """Take whole numbers above and below the line together, in lowest terms."""
    above = [each.value for each in up if each.value is not None]
    below = [each.value for each in down if each.value is not None]
    if above and below and all(each and each.is_integer() for each in (*above, *below)):
        over, under = Fraction(int(prod(above)), int(prod(below))).as_integer_ratio()
        up[:] = [number(float(over)), *(each for each in up if each.value is None)]
        down[:] = [number(float(under)), *(each for each in down if each.value is None)]


def _chain(factors: list[Expression]) -> Rich:
    runs: Rich = factors[0].within(PRODUCT + 1)
    for before, each in pairwise(factors):
        runs += ((" · " if before.scalar or each.scalar else " ⊙ ", ""),)
        runs += each.within(PRODUCT + 1)
    return runs


def _matmul(x: Expression, y: Expression) -> Expression:
    left = x.within(JUXTAPOSED)
    return Expression(
        (*left, (" ", ""), *y.within(JUXTAPOSED)),
        JUXTAPOSED,
        scalar=x.scalar and y.scalar,
        factors=(x, y),
    )


def _raised(x: Expression, exponent: Rich) -> Expression:
    base = x.within(ATOM)
    if base[-1][1] == "layer" and exponent != (("T", ""),):  # A^[1] squared is not A^[12]
        base = _bracketed(base)
    raised = (("".join(text for text, _ in exponent), "sup"),)
    return Expression(base + raised, POWER, scalar=x.scalar)


def transposed(x: Expression) -> Expression:
    """Return the transpose of `x`."""
    if x.turned is not None:
        return replace(x.turned, negative=x.negative ^ x.turned.negative)
    if any(each.turned is not None for each in x.factors):  # (Qᵀ S)ᵀ is Sᵀ Q
        first, second = x.factors
        return replace(_matmul(transposed(second), transposed(first)), negative=x.negative)
    return replace(_raised(x, (("T", ""),)), turned=x)


def _power(x: Expression, y: Expression) -> Expression:
    if y.value == 1.0 and not y.negative:
        return x
    if y.value == 0.5 and not y.negative:
        return call("√", x, scalar=x.scalar)
    return _raised(x, y.signed)


def _related(sign: str) -> Callable[..., Expression]:
    def relate(x: Expression, y: Expression) -> Expression:
        inside = (*x.signed, (f" {sign} ", ""), *y.signed)
        return Expression(inside, RELATION, scalar=x.scalar and y.scalar)

    return relate


def _where(condition: Expression, x: Expression, y: Expression) -> Expression:
    """Return a choice; one between something and zero is a product with the condition."""
    if y.value == 0.0:
        return product((x, condition))
    return call("where", condition, x, y)


def _reduced(name: str, node: Node, x: Expression) -> Expression:
    """Return a reduction, with its axis where it does not take everything."""
    axis = node.params.get("axis")
    word = "Σ" if name == "sum" else name
    runs: Rich = ((word, ""),)
    if axis is not None:
        axes = axes_of(axis, len(getattr(node.inputs[0], "shape", ())))
        runs += ((f"axis {','.join(map(str, axes))}", "sub"),)
    inner = _bracketed(x.signed) if x.strength < POWER or x.negative else ((" ", ""), *x.runs)
    return Expression((*runs, *inner), JUXTAPOSED, scalar=not node.shape)


def _along(node: Node, x: Expression) -> Expression:
    """Return a function along an axis, with that where it is not the last one."""
    axis, n = node.params.get("axis"), len(getattr(node.inputs[0], "shape", ()))
    axes = () if axis is None else axes_of(axis, n)
    plain = call(node.op.name, x, scalar=node.shape == ())
    if not axes or axes == (n - 1,):
        return plain
    said = (f"axis {','.join(map(str, axes))}", "sub")
    return replace(plain, runs=(plain.runs[0], said, *plain.runs[1:]))


_ALONG = {"cumprod", "cumsum", "euclidean_norm", "log_softmax", "softmax"}
_REDUCTIONS = {"sum", "mean", "max", "min", "prod", "logsumexp", "var", "std"}
RELATIONS = {
    "greater": ">", "greater_equal": "≥", "less": "<", "less_equal": "≤", "equal": "=",
    "not_equal": "≠",
}  # fmt: skip
_WRITTEN: dict[str, Callable[..., Expression]] = {
    "add": total,
    "subtract": lambda x, y: total(x, opposite(y)),
    "negative": opposite,
    "multiply": lambda x, y: product((x, y)),
    "divide": lambda x, y: product((x,), (y,)),
    "reciprocal": lambda x: product((number(1.0),), (x,)),
    "matmul": _matmul,
    "dot": _matmul,
    "square": lambda x: _raised(x, (("2", ""),)),
    "power": _power,
    "sqrt": lambda x: call("√", x, scalar=x.scalar),
    "sigmoid": lambda x: call("σ", x, scalar=x.scalar),
    "absolute": lambda x: Expression((("|", ""), *x.signed, ("|", "")), scalar=x.scalar),
    "where": _where,
    "heaviside": lambda x, _: _related(">")(x, number(0)),
    "onehot": lambda y, _: call("onehot", y),
    "transpose": transposed,
    "swapaxes": transposed,
    **{name: _related(sign) for name, sign in RELATIONS.items()},
}


def of_node(node: Node, operands: list[Expression]) -> Expression:
    """Return the formula of one operation over the formulas of its operands."""
    name = node.op.name
    if name in UNSAID:
        return operands[0]
    if name in _REDUCTIONS:
        return _reduced(name, node, operands[0])
    scalar = node.shape == ()
    if name == "pick":
        which = ((f"[{node.params['position']}]", ""),)
        return Expression((*operands[0].within(ATOM), *which), scalar=scalar)
    if name == "getitem":
        inside = ((f"[{_index_text(node.params.get('index'))}]", ""),)
        return Expression((*operands[0].within(ATOM), *inside), scalar=scalar)
    if name in _ALONG:
        return _along(node, operands[0])
    written = _WRITTEN.get(name)
    if written is not None and (name != "transpose" or node.params.get("axes") is None):
        return written(*operands)
    return call(name, *operands, scalar=scalar)


def _index_text(index: Any) -> str:
    parts = index if isinstance(index, tuple) else (index,)
    return ", ".join(_part_text(each, len(parts) == 2) for each in parts)


def _part_text(part: Any, of_pair: bool = False) -> str:
    if isinstance(part, slice):
        ends = ["" if each is None else str(each) for each in (part.start, part.stop)]
        return ":".join(ends + ([str(part.step)] if part.step is not None else []))
    if part is Ellipsis:
        return "…"
    if np.ndim(part) == 0:
        return str(part)
    name = index_name(part)
    if not of_pair or np.ndim(part) != 1:
        return name or "index"
    return "i" if np.array_equal(part, np.arange(len(part))) else f"{name or 'labels'}[i]"


def of_constant(value: Any) -> Expression:
    """Return an unnamed array: its one number, or its shape."""
    array = np.asarray(value)
    if array.size and array.dtype.kind in "fiub" and array.size <= 10_000:
        first = array.flat[0]
        if (array == first).all():
            return replace(number(first), scalar=True)
    return atom(((f"array({shape_text(array.shape)})", ""),))
