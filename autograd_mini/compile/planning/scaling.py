"""Multiply by the learning rate once, where the gradients begin, instead of once for each of them.

Gradients are linear in the one that backpropagation starts from.  If a program needs them for
``W -= rate * dW`` only, the rate can join the number that is there already, as in
``dZ = rate/m * (A - Y)``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_mini.compile.planning.formulas import number_of
from autograd_mini.graph.node import Node
from autograd_mini.ops.halves import is_half
from autograd_mini.rewrite.builder import Builder, size_of

__all__ = ["with_rate_at_the_start"]

_SINGLE = {
    "alias", "broadcast_to", "expand_dims", "flip", "halved", "masked", "moveaxis", "negative",
    "ravel", "reshape", "squeeze", "sum", "swapaxes", "times", "transpose",
}  # fmt: skip
"""Linear in their first operand, and there is no other choice."""
_SUMS = {"add", "subtract"}
_PRODUCTS = {"multiply", "dot", "matmul"}
_LINEAR = _SINGLE | _SUMS | _PRODUCTS | {"divide"}
_ADDING_UP = {"dot", "matmul", "sum"}
_MODERATE = (1e-6, 1e6)
"""Rates that let nothing overflow or vanish that would not without them."""
_ORDINARY = (1e-25, 1e25)
"""Numbers that a rate may join, for the same reason."""


def with_rate_at_the_start(
    updates: Sequence[tuple[Node, Node]], others: Iterable[Node], order: Sequence[Node]
) -> dict[Node, Node]:
    """Return what may stand for the new values: the same but for rounding, with less to compute.

    Parameters
    ----------
    updates : sequence of (Node, Node)
        An input, and its new value.
    others : iterable of Node
        What the program computes beside them.
    order : sequence of Node
        All that is computed, operands before results.
    """
    rates: Counter[float] = Counter()
    for old, new in updates:
        step = _step(old, new)
        if step is not None:
            rates[step[0]] += 1
    for rate, _ in rates.most_common(1):
        if _MODERATE[0] <= abs(rate) <= _MODERATE[1]:
            found = _Scaling(rate, updates, others, order, at_first=True).replaced()
            return found or _Scaling(rate, updates, others, order, at_first=False).replaced()
    return {}


def _step(old: Node, new: Node) -> tuple[float, Node, Node] | None:
    """Return (rate, gradient, their product) of ``old - rate * gradient``."""
    if new.op.name not in _SUMS or new.first is not old or new.second.__class__ is not Node:
        return None
    found = _times_number(new.second) if new.second.op.name == "multiply" else None
    return None if found is None else (*found, new.second)


def _times_number(node: Node) -> tuple[float, Node] | None:
    """Return the number and the array of which `node` is the product, or the quotient.

    Half floats are left alone: the rate would make what is small vanish, or lose its digits.
    """
    name = node.op.name
    if name not in ("multiply", "divide") or node.dtype.kind != "f" or is_half(node):
        return None
    first, second = node.inputs
    pairs = [(second, first), (first, second)] if name == "multiply" else [(second, first)]
    for number, x in pairs:
        if x.__class__ is Node and x.shape == node.shape and x.dtype == node.dtype:
            value = number_of(number)
            if value is not None and _ORDINARY[0] < abs(value) < _ORDINARY[1]:
                return (value if name == "multiply" else 1 / value), x
    return None


class _Scaling:
    """Finds which nodes are only ever wanted times the rate.

    Parameters
    ----------
    rate : float
    updates, others, order
        As in :func:`with_rate_at_the_start`.
    at_first : bool
        Which number on the way the rate joins: the first there is, or the last.
    """

    def __init__(
        self,
        rate: float,
        updates: Sequence[tuple[Node, Node]],
        others: Iterable[Node],
        order: Sequence[Node],
        at_first: bool,
    ) -> None:
        self.rate, self.old_updates, self.at_first = rate, updates, at_first
        self.order = order
        self.wanted_as_is: set[Node] = {*others, *(new for _, new in updates)}
        self.wanted_scaled: set[Node] = set()
        self.users: dict[Node, list[Node]] = {node: [] for node in order}
        self.summed: set[Node] = set()  # what sums are in: all else stays the same to the last bit
        for node in order:
            parents = node.parents
            for parent in parents:
                self.users[parent].append(node)
            if node.op.name in _ADDING_UP or not self.summed.isdisjoint(parents):
                self.summed.add(node)
        self.steps = self._steps()
        self.factors = {node: found for node in order if (found := _times_number(node))}
        self.begins = self._beginnings()
        self.scaled: dict[Node, Any] = {}
        self.build = Builder()
        self.extra = 0  # entries multiplied by the rate in the end

    def _steps(self) -> dict[Node, Node]:
        """Return, by new value, the gradients that nobody wants times the rate but the update."""
        found: dict[Node, Node] = {}
        for old, new in self.old_updates:
            step = _step(old, new)
            if step is None or step[0] != self.rate or self.users[new]:
                continue
            if step[1] not in self.summed:
                continue
            if self.users[step[2]] == [new] and step[2] not in self.wanted_as_is:
                found[new] = step[1]
        return found

    def _beginnings(self) -> set[Node]:
        """Return nodes that have a number as a factor, somewhere before linear operations."""
        found: set[Node] = set()
        for node in self.order:
            if node in self.factors:
                found.add(node)
                continue
            operands = self._linear_operands(node, found)
            if operands and found.issuperset(operands):
                found.add(node)
        return found

    def _linear_operands(self, node: Node, begins: set[Node]) -> list[Node]:
        """Return the operands to scale, so that `node` is scaled."""
        name = node.op.name
        if name not in _LINEAR or node.dtype.kind != "f":
            return []
        inputs = node.parents
        if inputs and inputs[0].dtype != node.dtype:
            return []
        if name in _SINGLE:
            return inputs[:1] if inputs and inputs[0] is node.inputs[0] else []
        if name in _SUMS:
            return inputs if len(inputs) == 2 else []
        if name == "divide" and node not in self.factors:
            return []
        return next(([each] for each in inputs if each in begins), [])

    def replaced(self) -> dict[Node, Node]:
        """Return the new values that replace others; none where nothing is won."""
        for node in reversed(self.order):
            self._ask_operands(node)
        for node in self.order:
            if node in self.wanted_scaled:
                self.scaled[node] = self._times_rate(node)
        if self.extra >= sum(map(size_of, self.steps)):
            return {}
        return {
            new: self.build.make(
                new.op, (new.first, self.scaled[g]), new.params, new.shape, new.dtype, new
            )
            for new, g in self.steps.items()
        }

    def _ask_operands(self, node: Node) -> None:
        """Note how `node`, whose users are known, wants its operands."""
        if node in self.steps:
            self.wanted_as_is.add(node.first)
            self.wanted_scaled.add(self.steps[node])
            return
        if not (node in self.wanted_as_is or node in self.wanted_scaled):
            return  # the product of a gradient with the rate
        scaled: list[Node] = []
        if self._is_passed_on(node) and not self._joins(node):
            scaled = self._linear_operands(node, self.begins)
        self.wanted_scaled.update(scaled)
        self.wanted_as_is.update([each for each in node.parents if each not in scaled])

    def _joins(self, node: Node) -> bool:
        """Return whether the rate joins a number that `node` multiplies or divides by."""
        if node not in self.factors:
            return False
        return not (self.at_first and self._linear_operands(node, self.begins))

    def _is_passed_on(self, node: Node) -> bool:
        only = node in self.wanted_scaled and node not in self.wanted_as_is
        return only and node in self.begins

    def _times_rate(self, node: Node) -> Any:
        if not self._is_passed_on(node):
            self.extra += size_of(node)
            return self._made(node, "multiply", self.rate, node)
        if self._joins(node):
            factor = self.factors[node]
            return self._made(node, "multiply", self.rate * factor[0], factor[1])
        operands = self._linear_operands(node, self.begins)
        inputs = tuple(
            self.scaled[each] if each.__class__ is Node and each in operands else each
            for each in node.inputs
        )
        if node.op.name in _PRODUCTS and node.inputs[0] is node.inputs[1]:
            inputs = (inputs[0], node.inputs[1])  # x * x times the rate
        made = self.build.make(node.op, inputs, node.params, node.shape, node.dtype)
        return _named_after(node, made)

    def _made(self, origin: Node, name: str, *operands: Any) -> Any:
        return _named_after(origin, self.build.call(name, *operands))


def _named_after(origin: Node, made: Any) -> Any:
    """Return `made`, called what it is: the rate times what `origin` is."""
    made.name = None if origin.name is None else f"rate_{origin.name}"
    made.scope, made.code, made.lasti = origin.scope, origin.code, origin.lasti
    return made
