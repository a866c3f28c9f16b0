"""Numbers in a program that may be sizes of its data, which nobody can tell from the number."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.formulas.counts import Count
from autograd_mini.formulas.labels import labels_of
from autograd_mini.formulas.sizes import Sizes
from autograd_mini.graph.node import Node, Written, value_of
from autograd_mini.rewrite.builder import is_number, made_by, shape_of

__all__ = ["suspects"]

Symbol = tuple[int, int]

_USUAL = (0.5, 1.0, 2.0)
"""Numbers that hardly ever are sizes, or roots of sizes."""

_CONTRACTING = frozenset(("dot", "einsum", "matmul", "sum"))

_MOVING = frozenset(("transpose", "swapaxes", "reshape", "squeeze"))

_COMBINING = frozenset(("add", "divide", "multiply", "negative", "subtract"))


def suspects(
    order: Sequence[Node],
    sizes: Sizes,
    lengths: Mapping[Symbol, int],
    examples: Collection[Symbol],
) -> set[Symbol]:
    """Return the lengths that a number in the program may depend on.

    Parameters
    ----------
    order : sequence of Node
    sizes : Sizes
    lengths : mapping of tuple to int
        What is equally long whatever the data, and how long it was.
    examples : collection of tuple
        Those of them that a cost may be divided by.
    """
    long = {each: n for each, n in lengths.items() if n > 1}
    single = {each for each, n in lengths.items() if n == 1 and sizes.is_only_of_data(each)}
    found = _of_places(order, sizes) & lengths.keys()
    found |= _halves(order, sizes, long)
    for node, number, other in _numbers(order):
        if number in _USUAL:
            if number == 2 and not any(isinstance(each, int) for each in node.inputs):
                found |= _of_length(4, other, sizes)  # 2.0 is its root
            if number != 1 and node.shape == ():  # of four examples, 2.0 is half of them
                found |= {each for each in examples if long.get(each) in (2, 4)}
            found |= {
                each for each in _contracted(other, sizes, lengths)
                if each in single or (number != 1 and long.get(each) in (2, 4))
            }  # fmt: skip
        elif _digits(number) > _TYPED and not _is_known(number):
            return set(lengths)  # computed from whatever there was
        elif node.op.name in ("multiply", "divide"):
            factor = number if node.op.name == "multiply" else 1 / number
            found |= {
                each for each, n in long.items()
                if _is_made_of(number, n) or _is_product(number, n, long.values())
                or ((each in examples or _digits(number) > _TYPED) and _is_shortened(factor, n))
            }  # fmt: skip
        else:
            found |= {each for each, n in long.items() if number == n}
    return found


_TYPED = 11
"""Numbers of more digits are computed, not typed."""


def _is_known(number: float) -> bool:
    """Return whether a number is a root, a fraction, or one that people write by name."""
    known = (
        math.pi, math.e, math.log(2), math.log(10), math.log(math.pi), math.log(2 * math.pi),
        math.sqrt(math.pi), math.sqrt(2 * math.pi),
    )  # fmt: skip
    for value in (number, 1 / number, number * number, 1 / (number * number)):
        if _digits(value) <= _TYPED:
            return True
    return any(
        _digits(number * known_one) <= 4 or _digits(number / known_one) <= 4 for known_one in known
    ) or any(_digits(number * n) <= 4 for n in range(2, 100))


def _is_product(number: float, n: int, others: Iterable[int]) -> bool:
    """Return whether a number, or its inverse, is n times another length."""
    products = [n * each for each in others]
    return any(_is(number, each) or _is(1 / number, each) for each in products)


def _numbers(order: Sequence[Node]) -> Iterator[tuple[Node, float, Any]]:
    """Yield the numbers that steps take, without their sign, and the other operand."""
    counted = {  # there the size is known
        node.first for node in order if _divides_by_a_size(node) and made_by(node.first, "multiply")
    }
    for node in order:
        if node in counted or node.op.name in ("power", "float_power") or len(node.inputs) > 3:
            continue
        for k, each in enumerate(node.inputs):
            if isinstance(each, Written) or not is_number(each):
                continue
            if getattr(each, "name", None) or shape_of(each) != ():
                continue
            value = np.asarray(value_of(each))
            size = float(abs(value)) if value.dtype.kind in "fiu" else 0.0
            if math.isfinite(size) and size > 1e-150 and (size != 1 or _may_be_computed(node, k)):
                yield node, size, node.inputs[k - 1]


def _halves(order: Sequence[Node], sizes: Sizes, lengths: Mapping[Symbol, int]) -> set[Symbol]:
    """Return the lengths that a division by ``2 m`` may be one by: 2 that are summed, or 2 m."""
    found: set[Symbol] = set()
    for node in order:
        if not _divides_by_a_size(node) or not made_by(node.first, "multiply"):
            continue
        factor, total = node.first.inputs
        if is_number(factor, 0.5):
            found |= {each for each in _contracted(total, sizes, lengths) if lengths.get(each) == 2}
            found |= {each for each, n in lengths.items() if n == 2 * node.second}
    return found


def _may_be_computed(node: Node, k: int) -> bool:
    """Return whether the 1 at place `k` may be 1 / m: people write -1 as a whole number."""
    return node.op.name == "multiply" and not isinstance(node.inputs[k], int)


def _of_places(order: Sequence[Node], sizes: Sizes) -> set[Symbol]:
    """Return the lengths of axes along which places were counted: ``x[:3]`` may be half of x."""
    return {
        sizes.symbol(node.first, axis)
        for node in order
        if node.op.name in ("getitem", "setitem") and labels_of(node) is None
        for axis, part in _parts(node.params["index"], len(shape_of(node.first)))
        if _may_count(part, shape_of(node.first)[axis])
    }


def _parts(index: Any, n: int) -> Iterator[tuple[int, Any]]:
    """Yield the axes of an array of `n` axes, each with the part of an index that reads it."""
    parts = [each for each in (index if isinstance(index, tuple) else (index,)) if each is not None]
    place = next((k for k, each in enumerate(parts) if each is Ellipsis), len(parts))
    after = parts[place + 1 :]
    yield from enumerate(parts[:place])
    yield from enumerate(after, n - len(after))


def _may_count(part: Any, n: int) -> bool:
    """Return whether part of an index may have been made of the length of its axis."""
    if isinstance(part, slice):
        return _may_count(part.start, n) or _may_count(part.stop, n)
    if isinstance(part, (int, np.integer)):
        place = abs(int(part))  # of many the first two and the last two are just those
        return bool(place > 2 or (place and n <= 2 * place + 1))
    return part is not None


def _divides_by_a_size(node: Node) -> bool:
    return (
        node.op.name == "divide"
        and isinstance(node.second, Count)
        and (node.first.__class__ is Node)
    )


def _of_length(n: int, x: Any, sizes: Sizes) -> set[Symbol]:
    """Return the lengths of the axes of an operand that are n."""
    return {sizes.symbol(x, axis) for axis, length in enumerate(shape_of(x)) if length == n}


def _contracted(operand: Any, sizes: Sizes, lengths: Mapping[Symbol, int]) -> set[Symbol]:
    """Return the lengths that an operand, or the sums that a number is made of, sum over.

    But for means, which are divided by what they run over.
    """
    found: set[Symbol] = set()
    pending = [operand]
    while pending:
        node = pending.pop()
        if node.__class__ is not Node:
            continue
        name = node.op.name
        if name in _CONTRACTING:
            found |= _summed_over(node, sizes)
        elif _divides_by_a_size(node):
            summed = _contracted(node.first, sizes, lengths)
            entries = math.prod(lengths.get(each, 1) for each in summed)
            if entries > math.prod(size.value**power for size, power in node.second.sizes):
                found |= summed
        elif name in _MOVING or (name in _COMBINING and math.prod(node.shape) == 1):
            pending += node.inputs
    return found


def _summed_over(node: Node, sizes: Sizes) -> set[Symbol]:
    own = {sizes.symbol(node, axis) for axis in range(len(node.shape))}
    below = {
        sizes.symbol(each, axis) for each in node.inputs for axis in range(len(shape_of(each)))
    }
    return below - own


def _is(value: float, n: float) -> bool:
    return math.isclose(value, n, rel_tol=1e-12)


def _is_made_of(number: float, n: int) -> bool:
    """Return whether a number, or its inverse, is n, its root or square, or next to it."""
    near = (n, n**0.5, n * n, 2 * n, n / 2, n - 1, n + 1, math.log(n))
    return any(each > 0 and (_is(number, each) or _is(1 / number, each)) for each in near)


def _is_shortened(factor: float, n: int) -> bool:
    """Return whether a factor may have been divided by n: it is no longer without, and small."""
    digits = _digits(factor)
    for times in (n, 2 * n):
        without = _digits(factor * times)
        if factor * times <= 5 and (without < digits or without == digits <= 2):
            return True
    return False


def _digits(value: float) -> int:
    """Return how many digits a number is written with."""
    mantissa = f"{value:.12e}".partition("e")[0]
    return len(mantissa.replace(".", "").rstrip("0"))
