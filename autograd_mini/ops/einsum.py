"""Einstein summation: linear in each operand, so each derivative is an einsum too."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.ops.kinds import structured
from autograd_mini.ops.sampling import Sample

__all__ = ["einsum"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _einsum(xs: Sequence[Any], subscripts: str, optimize: Any = False, dtype: Any = None) -> Any:
    made = np.asarray(np.einsum(subscripts, *xs, optimize=optimize, dtype=dtype))
    return made if made.ndim else made[()]


class _OnDemand:
    """A sequence that computes an item when it is asked for."""

    def __init__(self, item: Callable[[int], Any]) -> None:
        self._item = item

    def __getitem__(self, position: int) -> Any:
        return self._item(position)


def _fresh(taken: str) -> list[str]:
    return [letter for letter in _LETTERS if letter not in taken]


def _einsum_vjp(g: Any, xs: Sequence[Any], subscripts: str, optimize: Any) -> _OnDemand:
    """Exchange an operand with the result.

    A letter that only this operand has was summed over: a vector of ones repeats the gradient
    along it.  A letter that it has several times took a diagonal: unit matrices put it back.
    """
    terms, result = subscripts.split("->")
    letters = terms.split(",")

    def gradient(position: int) -> Any:
        own, shape = letters[position], np.shape(xs[position])
        others = [k for k in range(len(xs)) if k != position]
        factors, names = [g, *(xs[k] for k in others)], [result, *(letters[k] for k in others)]
        sizes: dict[str, int] = {}
        for name, each in zip(names, factors, strict=True):
            for letter, n in zip(name, np.shape(each), strict=True):
                sizes[letter] = max(n, sizes.get(letter, n))
        free = iter(_fresh(subscripts))
        placed = ""
        for letter, n in zip(own, shape, strict=True):
            if letter in placed:  # a further place on a diagonal
                other = next(free)
                factors.append(np.eye(n, dtype=g.dtype))
                names.append(letter + other)
                placed += other
                continue
            placed += letter
            if letter not in sizes or (sizes[letter] == 1 and n != 1):
                factors.append(np.ones(n, g.dtype))
                names.append(letter)
        exchanged = f"{','.join(names)}->{placed}"
        many = math.prod(sizes.values()) > _MANY
        if many and _is_product(names, placed, factors):  # which may come transposed
            return np.ascontiguousarray(np.einsum(exchanged, *factors, optimize=True))
        return np.einsum(exchanged, *factors, optimize=_order(optimize, names))

    return _OnDemand(gradient)


def _order(optimize: Any, names: Sequence[str]) -> Any:
    """Return how to contract: as the caller asked, but never many operands in one loop."""
    if isinstance(optimize, (list, tuple)):
        return True  # a path for other operands
    return optimize or len(names) > 2


def _is_product(names: Sequence[str], result: str, factors: Sequence[Any]) -> bool:
    """Return whether two arrays are multiplied as matrices.

    With factors of several dtypes a part of the sum would be taken in the lesser one.
    """
    x, y = factors[0], factors[-1]
    if len(factors) != 2 or not (x.__class__ is y.__class__ is np.ndarray and x.dtype == y.dtype):
        return False
    left, right = map(set, names)
    return (
        x.dtype.char in "fdFD"
        and bool(left & right - set(result))
        and bool(left - right)
        and bool(right - left)
    )


_MANY = 1 << 15
"""Products of entries that take longer one by one than it takes to look for matrix products."""


def _einsum_jvp(
    t: Sequence[Any], xs: Sequence[Any], subscripts: str, optimize: Any, dtype: Any
) -> Any:
    parts = [
        einsum([*xs[:k], t[k], *xs[k + 1 :]], subscripts, optimize=optimize, dtype=dtype)
        for k in range(len(xs))
    ]
    return sum(parts[1:], parts[0])


def _flops(node: Any) -> float:
    terms = node.params["subscripts"].partition("->")[0].split(",")
    shapes = (each.shape if hasattr(each, "shape") else () for each in node.inputs)
    sizes = {
        letter: n
        for term, shape in zip(terms, shapes, strict=True)
        for letter, n in zip(term, shape, strict=True)
    }
    return float(len(terms) * math.prod(sizes.values()))


def _call(subscripts: str, *shapes: tuple[int, ...], optimize: Any = False) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        operands = [np.asarray(rng.normal(size=shape)) for shape in shapes]
        return (operands, subscripts), {"optimize": optimize}

    return sample


einsum = structured(
    "einsum",
    _einsum,
    variadic=True,
    xs=_einsum_vjp,
    jvp={"xs": _einsum_jvp},
    latex=r"\operatorname{{einsum}}({xs})",
    flops=_flops,
    samples=[
        _call("ij,jk->ik", (2, 3), (3, 4)),
        _call("ij->ji", (2, 3)),
        _call("ii->", (3, 3)),
        _call("ii->i", (3, 3)),
        _call("iij,j->i", (2, 2, 3), (3,)),
        _call("ij->", (2, 3)),
        _call("ij,k->i", (2, 3), (4,)),
        _call("i,i,i->i", (3,), (3,), (3,)),
        _call("ij,jk,kl->il", (2, 3), (3, 2), (2, 4), optimize=True),
        _call("iij,iik->ijk", (2, 2, 3), (2, 2, 2)),
        _call("i,i->i", (1,), (3,)),
        _call("i,->i", (3,), ()),
        _call("ij,jk->ik", (2, 0), (0, 4)),
        _call("iii->i", (2, 2, 2)),
    ],
)
"""Subscripts with every letter written out, without spaces or ellipsis: ``"ij,jk->ik"``."""
