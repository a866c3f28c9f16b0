"""The number of examples that a cost is divided by: m, wherever it comes up.

A mean over five examples divides by 5, and so may other things.  A mean says itself what it counts;
which of the numbers that a person wrote is m is seen where it was written: on the way from the cost
down to the sum over the examples.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd_mini.formulas.counts import Count, Size
from autograd_mini.formulas.labels import Labels, labels_of
from autograd_mini.formulas.scales import Scale, linear_from, scale_of, summed_from
from autograd_mini.formulas.sizes import Sizes, is_data
from autograd_mini.formulas.totals import parted
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder, shape_of

__all__ = ["Counted", "Measure", "counted"]

Symbol = tuple[int, int]


@dataclass
class Measure:
    """What a size is read from: for each length that it is a product of, axes of inputs.

    Attributes
    ----------
    factors : list of list of (Node, int)
    doubtful : list of (Node, int)
        Axes that may be meant, too: of length 1, which nobody writes, or just as long.
    """

    factors: list[list[tuple[Node, int]]]
    doubtful: list[tuple[Node, int]] = field(default_factory=list)

    def leaf_of_all(self, among: Collection[Node]) -> Node | None:
        """Return the input that has just these axes, each once."""
        wanted = len(self.factors)
        for leaf, _ in self.factors[0]:
            axes = [{axis for other, axis in each if other is leaf} for each in self.factors]
            if leaf in among and len(leaf.shape) == wanted and all(axes):
                return leaf if len(set().union(*axes)) == wanted else None
        return None

    def axis_among(self, k: int, among: Collection[Node]) -> tuple[Node, int]:
        """Return the axis of some inputs that factor `k` is read from."""
        return next(each for each in self.factors[k] if each[0] in among)

    def missing(self, among: Collection[Node]) -> list[Node]:
        """Return the inputs that are wanted besides, where some of the lengths are not there."""
        if self.leaf_of_all(among) is not None:
            return []
        lacking = [each for each in self.factors if not any(leaf in among for leaf, _ in each)]
        return list(dict.fromkeys(each[0][0] for each in lacking))


@dataclass
class Counted:
    """A graph in which sizes are known as such.

    Attributes
    ----------
    replaced : dict of Node to Node
        What stands for each node.
    measures : dict of str to Measure
        What the sizes are read from, by name.
    """

    replaced: dict[Node, Node] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)


def counted(outputs: Sequence[Node], cost: Node) -> Counted:
    """Return a graph in which means and the division of the cost are divisions by a size.

    Parameters
    ----------
    outputs : sequence of Node
    cost : Node
    """
    order = topological(outputs)
    counting = _Counting(order)
    scales, linear = counting.scales(cost), linear_from(cost)
    build, labels = Builder(), Labels()
    replaced: dict[Node, Any] = {}
    for node in order:
        if node.is_leaf:
            replaced[node] = node
            continue
        operands = tuple(replaced[x] if x.__class__ is Node else x for x in node.inputs)
        if (chosen := labels_of(node)) is not None:
            kinds = counting.length_of(node.first, chosen[1])
            replaced[node] = labels.chosen(build, node, operands[0], chosen, kinds)
        elif node in scales:
            replaced[node] = _divided(build, node, operands, *scales[node])
        elif node.op.name == "var" and (n := counting.taken_by(node)) is not None:
            replaced[node] = _variance(build, node, operands[0], Count(n))
        elif node.op.name in ("mean", "sum"):
            replaced[node] = counting.summed(build, node, operands[0], node in linear)
        else:
            replaced[node] = build.make(
                node.op, operands, node.params, node.shape, node.dtype, node
            )
    kept = {old: new for old, new in replaced.items() if new.__class__ is Node}
    return Counted(kept, counting.measures)


def _over(build: Builder, node: Node, total: Any, n: Count, origin: Node | None) -> Any:
    """Return a mean: a sum over how many there are."""
    return build.make(registry["divide"], (total, n), {}, node.shape, node.dtype, origin)


def _sum(build: Builder, node: Node, x: Any) -> Any:
    """Return the sum of which a step is the mean."""
    params = {key: each for key, each in node.params.items() if key in ("axis", "keepdims")}
    return build.make(registry["sum"], (x,), params, node.shape, node.dtype)


def _variance(build: Builder, node: Node, x: Any, n: Count) -> Any:
    """Return the mean of the squares of deviations; the mean itself may move without a change."""
    axis = node.params.get("axis")
    gone = axes_of(axis, len(x.shape))
    shape = tuple(1 if k in gone else length for k, length in enumerate(x.shape))
    whole = {"axis": axis, "keepdims": True}
    total = build.make(registry["sum"], (x,), whole, shape, node.dtype)
    centre = build.make(registry["divide"], (total, n), {}, shape, node.dtype)
    still = build.make(registry["stop_gradient"], (centre,), {}, shape, node.dtype)
    squares = build.call("square", build.call("subtract", x, still))
    return _over(build, node, _sum(build, node, squares), n, node)


def _divided(
    build: Builder, node: Node, operands: tuple[Any, ...], times: float, count: Count
) -> Any:
    """Return a step that multiplies by a number as a division by m."""
    (inner,) = [x for x in operands if x.__class__ is Node]
    if abs(times) != 1:
        inner = build.make(registry["multiply"], (abs(times), inner), {}, node.shape, node.dtype)
    divide = registry["divide"]
    whole = build.make(
        divide, (inner, count), {}, node.shape, node.dtype, node if times > 0 else None
    )
    if times > 0:
        return whole
    return build.make(registry["negative"], (whole,), {}, node.shape, node.dtype, node)


class _Counting:
    """Finds the sizes of a graph, and gives them names."""

    def __init__(self, order: Sequence[Node]) -> None:
        self._sizes = Sizes(order)
        self._taken = {node.name for node in order}
        self._known: dict[tuple[Symbol, ...], Size] = {}
        self.measures: dict[str, Measure] = {}

    def _size(self, symbols: Sequence[Symbol], of_examples: bool) -> Size:
        """Return the size that is the product of lengths."""
        key = tuple(sorted(symbols))
        if key not in self._known:
            factors = [self._sizes.leaves_of(symbol) for symbol in key]
            value = math.prod(each[0][0].shape[each[0][1]] for each in factors)
            name = next(each for each in _names(of_examples) if each not in self._taken)
            self._taken.add(name)
            self._known[key] = Size(name, value)
            self.measures[name] = Measure(factors)
        return self._known[key]

    def taken_by(self, node: Node, of_examples: bool = False) -> Size | None:
        """Return how many entries a mean takes together; None where no input says so."""
        x, params = node.first, node.params
        plain = params.get("ddof", 0) == 0 and node.dtype.kind == "f"
        if x.__class__ is not Node or not plain or params.get("where", True) is not True:
            return None
        if x.dtype.kind == "c":  # whose variance is of the distances, and real
            return None
        symbols = [self._sizes.symbol(x, axis) for axis in _axes(node)]
        known = [each for each in symbols if self._sizes.leaves_of(each)]
        lengths = [x.shape[axis] for axis, each in zip(_axes(node), symbols, strict=True)
                   if each not in known]  # fmt: skip
        if not known or any(length != 1 for length in lengths):
            return None
        longer = [each for each in known if self._length(each) != 1]
        measure = Measure([self._sizes.leaves_of(each) for each in known])
        whole = measure.leaf_of_all({leaf for leaf, _ in measure.factors[0]})
        counted = known if whole is not None else longer or known[:1]
        size = self._size(counted, of_examples and len(longer) == 1)
        ones = (self._sizes.leaves_of(each)[0] for each in known if each not in counted)
        self.measures[size.name].doubtful.extend(ones)
        return size

    def length_of(self, node: Node, axis: int) -> float:
        """Return how long an axis is, as a size where an input says so."""
        symbol = self._sizes.symbol(node, axis)
        known = self._sizes.leaves_of(symbol)
        return Count(self._size([symbol], of_examples=False)) if known else node.shape[axis]

    def summed(self, build: Builder, node: Node, x: Any, linear: bool) -> Any:
        """Return a sum or a mean, with what it adds up again and again multiplied by a size."""
        total = self._parted(build, node, x) if linear else None
        n = self.taken_by(node) if node.op.name == "mean" else None
        if n is not None:
            total = _sum(build, node, x) if total is None else total
            return _over(build, node, total, Count(n), node)
        if total is not None and node.op.name == "sum":
            return build.make(total.op, total.inputs, {}, node.shape, node.dtype, node)
        return build.make(node.op, (x,), node.params, node.shape, node.dtype, node)

    def _parted(self, build: Builder, node: Node, x: Any) -> Any:
        below = topological([each for each in node.inputs if each.__class__ is Node])

        def count(axes: Sequence[int]) -> float | None:
            symbols = [self._sizes.symbol(node.first, axis) for axis in axes]
            if not all(self._sizes.leaves_of(each) for each in symbols):
                return None
            examples = symbols == [self._examples(node, below)]
            return Count(self._size(symbols, of_examples=examples)) if symbols else 1.0

        return parted(build, node, x, count)

    def _length(self, symbol: Symbol) -> int:
        leaf, axis = self._sizes.leaves_of(symbol)[0]
        return leaf.shape[axis]

    def _examples(self, node: Node, below: Collection[Node]) -> Symbol | None:
        """Return the length of data that a sum runs over; of several the one that examples have.

        What is learned is as long however many examples there are, and all data hold one entry
        for each.  Where that does not tell, it is the last axis, as in the course.
        """
        found = []
        for axis in list(_axes(node))[::-1]:
            symbol = self._sizes.symbol(node.first, axis)
            leaves = {leaf for leaf, _ in self._sizes.leaves_of(symbol)}
            data = {leaf for leaf in leaves if is_data(leaf)}
            if not data.isdisjoint(below):
                found.append((data != leaves, -len(data), symbol))
        return min(found, key=lambda each: each[:2])[2] if found else None

    def scales(self, cost: Node) -> dict[Node, tuple[float, Count]]:
        """Return the steps that divide by m, with their other factor."""
        found: dict[Node, tuple[float, Count]] = {}
        others: list[Scale] = []
        sizes: list[Size] = []
        for node, above in summed_from(cost):
            if node.op.name == "mean":
                size = self.taken_by(node, of_examples=True)
                sizes += [size] if size else []
                others += above
                continue
            inner = scale_of(node.first) if node.op.name == "sum" else None
            below = set(topological([x for x in node.inputs if x.__class__ is Node]))
            symbol = self._examples(node, below)
            if symbol is None:
                others += above
                continue
            chain = (*above, *([inner] if inner else []))
            each = next((one for one in chain if one.may_count(self._length(symbol))), None)
            if each is not None:  # another one is of another length, that happens to be equal
                m = self._size([symbol], of_examples=True)
                found[each.node] = each.factor * m.value, Count(m)
                sizes.append(m)
                alike = self._as_long_as(m)
                doubtful = [*(alike if len(alike) > 1 else ()), *self._single(node)]
                places = [place for one in doubtful for place in self._sizes.leaves_of(one)[:1]]
                self.measures[m.name].doubtful.extend(places)
        lengths = [self._length(each) for each in self._sizes.symbols()]
        for m in filter(self._is_one_length, dict.fromkeys(sizes)):
            for each in others:
                times = each.plainly_counts(m.value, lengths)
                if times is not None and each.node not in found:
                    found[each.node] = times, Count(m)
        return found

    def _is_one_length(self, size: Size) -> bool:
        """Return whether a number that is made of a size cannot be made of another one.

        Of two lengths, one may make it twice the other, and two may be equal.
        """
        return len(self.measures[size.name].factors) == len(self._as_long_as(size)) == 1

    def _single(self, node: Node) -> list[Symbol]:
        """Return the lengths of 1 that a step sums over, too: ``Y.size`` is a multiple of them."""
        summed = [self._sizes.symbol(node.first, axis) for axis in _axes(node)]
        return [each for each in summed if self._length(each) == 1]

    def _as_long_as(self, size: Size) -> list[Symbol]:
        return [each for each in self._sizes.symbols() if self._length(each) == size.value]


def _names(of_examples: bool) -> Iterator[str]:
    """Yield names for a size; m is the number of examples."""
    yield from ("m", "N") if of_examples else ("n", "k")
    yield from (f"n{k}" for k in range(1, 1000))


def _axes(node: Node) -> Sequence[int]:
    """Return the axes of the first operand that a step sums over."""
    n = len(shape_of(node.first))
    if node.op.name in ("matmul", "dot"):
        return [n - 1] if math.prod(node.shape) == 1 and n else []
    return axes_of(node.params.get("axis"), n)
