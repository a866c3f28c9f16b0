"""Which axes of a graph are as long as which axes of its inputs, whatever the data.

A recorded graph knows lengths as numbers only, and five rows may be as many as five columns by
chance.  What the operations demand tells the two apart: ``X @ w`` makes the columns of X as many as
the entries of w, and the rows of X as many as those of the result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_mini.formulas.labels import labels_of
from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of
from autograd_mini.rewrite.builder import is_given, shape_of

__all__ = ["Axis", "Sizes", "is_data"]

Axis = tuple[Any, int]
"""An array of the graph, and one of its axes."""

_ALIKE = frozenset((
    "alias", "astype", "conj", "copy", "cummax", "cummin", "cumprod", "cumsum", "flip",
    "log_softmax", "roll", "softmax", "sort", "stop_gradient", "tril", "triu",
))  # fmt: skip
"""Operations whose result has the shape of their operand, beside those entry by entry."""

_REDUCTIONS = frozenset((
    "all", "any", "argmax", "argmin", "count_nonzero", "euclidean_norm", "logsumexp", "max",
    "mean", "min", "p_norm", "prod", "std", "sum", "var",
))  # fmt: skip


_DATA = "XxYyTt"
"""What the names of data begin with, where they are differentiated by like everything else."""


def is_data(leaf: Node) -> bool:
    """Return whether an input holds examples, rather than what is learned from them."""
    return is_given(leaf) or (leaf.name or "")[:1] in _DATA


def has_several_results(node: Node) -> bool:
    """Return whether a step gives a tuple of arrays, whose shapes are a tuple of shapes."""
    shape: tuple[Any, ...] = node.shape
    return bool(shape) and isinstance(shape[0], tuple)


class Sizes:
    """Which axes are equally long, because an operation demands it.

    Parameters
    ----------
    order : sequence of Node
        Operands before results.
    """

    def __init__(self, order: Sequence[Node]) -> None:
        self._above: dict[tuple[int, int], tuple[int, int]] = {}
        self._kept = list(order)  # ids stay those of these nodes
        self._leaves = [node for node in order if node.is_leaf]
        self.repeated: set[tuple[int, int]] = set()
        for node in order:
            if not node.is_leaf and not has_several_results(node):
                self._relate(node)
        self.repeated = {self._root(key) for key in self.repeated}
        self._of: defaultdict[tuple[int, int], list[tuple[Node, int]]] = defaultdict(list)
        for leaf in self._leaves:
            for axis in range(len(leaf.shape)):
                self._of[self.symbol(leaf, axis)].append((leaf, axis))

    def symbol(self, array: Any, axis: int) -> tuple[int, int]:
        """Return what is the same for all axes that are equally long whatever the data."""
        return self._root((id(array), axis % len(shape_of(array))))

    def leaves_of(self, symbol: tuple[int, int]) -> list[tuple[Node, int]]:
        """Return the axes of inputs that have a length, the best to read it from first.

        Data come before what is differentiated by; columns are examples rather than rows, as in
        the course.
        """
        places = ((2, 1), (1, 0), (2, 0))

        def rank(found: tuple[Node, int]) -> tuple[bool, bool, int]:
            leaf, axis = found
            form = (len(leaf.shape), axis)
            return not is_given(leaf), not leaf.name, places.index(form) if form in places else 3

        return sorted(self._of.get(symbol, ()), key=rank)

    def symbols(self) -> Iterable[tuple[int, int]]:
        """Return the lengths that the axes of inputs have."""
        return list(self._of)

    def is_only_of_data(self, symbol: tuple[int, int]) -> bool:
        """Return whether only data have a length: what is learned is as long for any examples."""
        return all(is_data(leaf) for leaf, _ in self.leaves_of(symbol))

    # -- finding --------------------------------------------------------------------------------

    def _root(self, key: tuple[int, int]) -> tuple[int, int]:
        while (above := self._above.get(key)) is not None:
            key = above
        return key

    def _join(self, x: Any, axis: int, y: Any, other: int) -> None:
        first = self._root((id(x), axis % len(shape_of(x))))
        second = self._root((id(y), other % len(shape_of(y))))
        if first != second:
            self._above[first] = second

    def _join_all(self, x: Any, axes: Iterable[int], y: Any, others: Iterable[int]) -> None:
        for axis, other in zip(axes, others, strict=True):
            self._join(x, axis, y, other)

    def _relate(self, node: Node) -> None:
        """Join the axes that one operation makes equally long."""
        name, x = node.op.name, node.inputs[0] if node.inputs else None
        n = len(shape_of(x))
        if node.op.kind == "elementwise" or name in _RELATIONS or name == "broadcast_to":
            self._broadcast(node)
        elif name in _ALIKE and shape_of(x) == node.shape:
            self._join_all(x, range(n), node, range(n))
        elif name in _REDUCTIONS:
            self._reduced(node, x)
        elif name == "onehot":
            self._join(x, 0, node, 0)
        elif name in ("matmul", "dot"):
            self._matmul(node, *node.inputs)
        elif name in ("transpose", "swapaxes", "moveaxis"):
            self._moved(node, x)
        elif name in ("reshape", "expand_dims", "squeeze"):
            self._reshaped(node, x)
        elif name == "getitem":
            self._taken(node, x)
        elif name == "einsum":
            self._einsum(node)
        elif name in ("concatenate", "stack"):
            self._gathered(node)

    def _broadcast(self, node: Node) -> None:
        n = len(node.shape)
        for each in node.inputs:
            shape = shape_of(each)
            for axis, length in enumerate(shape):
                place = n - len(shape) + axis
                alone = length == 1 and self._is_for_all(each, node.inputs, place - n)
                if length == node.shape[place] and not alone:
                    self._join(each, axis, node, place)
                else:
                    self.repeated.add(self._root((id(each), axis)))

    def _is_for_all(self, x: Any, operands: Sequence[Any], place: int) -> bool:
        """Return whether what is learned has one entry for all examples, of which there is one.

        So has the bias b of shape (n, 1) in ``W @ X + b``, with a single column in X.
        """
        if x.__class__ is not Node or not x.is_leaf or is_data(x):
            return False
        others = [each for each in operands if each is not x and len(shape_of(each)) >= -place]
        return any(self._is_of_examples(each, place) for each in others)

    def _is_of_examples(self, x: Any, axis: int) -> bool:
        """Return whether an axis is as long as one of data, and of nothing learned so far."""
        symbol = self.symbol(x, axis)
        found = [
            leaf for leaf in self._leaves
            if symbol in {self.symbol(leaf, k) for k in range(len(leaf.shape))}
        ]  # fmt: skip
        return bool(found) and all(map(is_data, found))

    def _reduced(self, node: Node, x: Any) -> None:
        n = len(shape_of(x))
        gone = axes_of(node.params.get("axis"), n)
        kept = [k for k in range(n) if k not in gone]
        own = kept if node.params.get("keepdims") else range(len(kept))
        if len(node.shape) == (n if node.params.get("keepdims") else len(kept)):
            self._join_all(x, kept, node, own)

    def _matmul(self, node: Node, x: Any, y: Any) -> None:
        n, k = len(shape_of(x)), len(shape_of(y))
        if not n or not k or max(n, k) > 2:
            if min(n, k) >= 2 and node.op.name == "matmul":
                self._join(x, -1, y, -2)
                self._join(x, -2, node, -2)
                self._join(y, -1, node, -1)
                for each in (x, y):
                    for axis in range(-len(shape_of(each)), -2):
                        if shape_of(each)[axis] == node.shape[axis]:
                            self._join(each, axis, node, axis)
            return
        self._join(x, -1, y, 0)
        if n == 2:
            self._join(x, 0, node, 0)
        if k == 2:
            self._join(y, 1, node, -1)

    def _moved(self, node: Node, x: Any) -> None:
        n = len(node.shape)
        places = list(range(n))
        if node.op.name == "transpose":
            axes = node.params.get("axes")
            places = [k % n for k in axes] if axes is not None else places[::-1]
        elif node.op.name == "swapaxes":
            a, b = node.params["axis1"] % n, node.params["axis2"] % n
            places[a], places[b] = b, a
        else:
            source, to = node.params["source"], node.params["destination"]
            if not isinstance(source, int) or not isinstance(to, int):
                return
            places.insert(to % n, places.pop(source % n))
        self._join_all(x, places, node, range(n))

    def _reshaped(self, node: Node, x: Any) -> None:
        """Join axes where only axes of length 1 come or go."""
        before = [k for k, length in enumerate(shape_of(x)) if length != 1]
        after = [k for k, length in enumerate(node.shape) if length != 1]
        if [shape_of(x)[k] for k in before] == [node.shape[k] for k in after]:
            self._join_all(x, before, node, after)

    def _taken(self, node: Node, x: Any) -> None:
        chosen = labels_of(node)
        if chosen is not None:
            self._join(x, 1 - chosen[1], node, 0)
            return
        index = node.params.get("index")
        parts = index if isinstance(index, tuple) else (index,)
        if any(not (p is None or p is Ellipsis or isinstance(p, (int, slice))) for p in parts):
            return
        n = len(shape_of(x))
        missing = n - sum(p is not None and p is not Ellipsis for p in parts)
        where = next((k for k, p in enumerate(parts) if p is Ellipsis), len(parts))
        rest = parts[where + 1 :]
        full = (*parts[:where], *[slice(None)] * missing, *rest)
        axis = place = 0
        for part in full:
            if part is None:
                place += 1
            elif isinstance(part, slice):
                if part == slice(None):
                    self._join(x, axis, node, place)
                axis, place = axis + 1, place + 1
            else:
                axis += 1

    def _einsum(self, node: Node) -> None:
        given, _, result = node.params["subscripts"].partition("->")
        if "." in given:
            return
        places: defaultdict[str, list[Axis]] = defaultdict(list)
        for each, letters in zip((*node.inputs, node), (*given.split(","), result), strict=True):
            for axis, letter in enumerate(letters):
                places[letter].append((each, axis))
        for axes in places.values():
            longest = max(axes, key=_length)
            for place in axes:
                if _length(place) == _length(longest):
                    self._join(*place, *longest)
                else:
                    self.repeated.add(self._root((id(place[0]), place[1])))

    def _gathered(self, node: Node) -> None:
        axis = node.params.get("axis", 0)
        n = len(node.shape)
        if not isinstance(axis, int):
            return
        others = [k for k in range(n) if k != axis % n]
        for each in node.inputs:
            own = others if node.op.name == "concatenate" else range(n - 1)
            if len(shape_of(each)) == len(others) + (node.op.name == "concatenate"):
                self._join_all(each, own, node, others)


def _length(place: Axis) -> int:
    array, axis = place
    length: int = shape_of(array)[axis]
    return length


_RELATIONS = frozenset((
    "equal", "greater", "greater_equal", "isclose", "less", "less_equal", "logical_and",
    "logical_not", "logical_or", "not_equal", "rint", "round", "sign", "floor", "ceil",
))  # fmt: skip
