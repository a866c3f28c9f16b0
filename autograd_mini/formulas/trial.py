"""Whether a derived function holds for arrays of other sizes: it is tried, and compared.

A recorded graph knows sizes as numbers.  What was made of it may hold for the sizes recorded only:
because a shape was written down, because an axis of length 1 needed no sum, or because a number in
the program was a size.  The first two show where the recorded steps are done again with other
sizes; the last is seen from the number.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_mini.formulas.counting import Measure
from autograd_mini.formulas.counts import Count
from autograd_mini.formulas.sizes import Sizes
from autograd_mini.formulas.suspects import suspects
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node

__all__ = ["Trial"]

Symbol = tuple[int, int]
Function = Callable[..., Mapping[str, Any]]


class Trial:
    """Tries a derived function on other sizes than those recorded.

    Parameters
    ----------
    cost : Node
        Of the recorded graph, with its sizes known.
    targets : mapping of str to Node
        What is differentiated by, by the names of the gradients.
    measures : mapping of str to Measure
        What sizes are read from.
    as_input : callable
        Makes a recorded tensor of an array.
    by_one : bool
        Whether the cost was multiplied or divided by a 1, which is gone: it may have been a size,
        or half of one.
    """

    def __init__(
        self,
        cost: Node,
        targets: Mapping[str, Node],
        measures: Mapping[str, Measure],
        as_input: Callable[[Any], Any],
        by_one: bool,
    ) -> None:
        self._cost, self._targets, self._measures = cost, targets, measures
        self._as_input, self._by_one = as_input, by_one
        self._order = topological([cost, *targets.values()])
        self._sizes = Sizes(self._order)
        self._inputs = [node for node in self._order if node.is_leaf]

    def fixed(self, function: Function, leaves: Mapping[str, Node]) -> dict[Node, tuple[Any, ...]]:
        """Return the shapes that inputs must have, with None for any length.

        Parameters
        ----------
        function : callable
            The derived function.
        leaves : mapping of str to Node
            Its arguments that are inputs, by name.

        Returns
        -------
        dict of Node to tuple
            Of those arguments only that may not have any lengths, and of other inputs where no
            argument has that length.
        """
        lengths = {
            symbol: leaf.shape[axis]
            for symbol in self._sizes.symbols()
            for leaf, axis in self._sizes.leaves_of(symbol)[:1]
        }
        examples = self._examples(lengths)
        found = suspects(self._order, self._sizes, lengths, examples)
        found |= {each for each, n in lengths.items() if n == 0 or (n == 1 and self._by_one)}
        found |= {each for each in examples if self._by_one and lengths.get(each) == 2}
        found |= {
            self._sizes.symbol(*each)
            for measure in self._measures.values()
            for each in measure.doubtful
        }
        found |= self._failing(function, leaves, {
            each: n for each, n in lengths.items()
            if each not in found and each not in self._sizes.repeated
        })  # fmt: skip
        made: dict[Node, tuple[Any, ...]] = {}
        checked: set[Symbol] = set()
        for leaf in (*leaves.values(), *self._inputs):
            symbols = [self._sizes.symbol(leaf, axis) for axis in range(len(leaf.shape))]
            here = found.intersection(symbols)
            if here and leaf not in made and (leaf in leaves.values() or here - checked):
                made[leaf] = tuple(
                    n if each in found else None
                    for each, n in zip(symbols, leaf.shape, strict=True)
                )
                checked |= here
        return made

    def _examples(self, lengths: Mapping[Symbol, int]) -> set[Symbol]:
        """Return the lengths that a cost may be divided by: m, or any if there is no m."""
        counted = {
            self._sizes.symbol(*factor[0])
            for measure in self._measures.values()
            for factor in measure.factors
        }
        of_data = {each for each in lengths if self._sizes.is_only_of_data(each)}
        return counted | of_data if counted else set(lengths)

    def _failing(
        self, function: Function, leaves: Mapping[str, Node], lengths: Mapping[Symbol, int]
    ) -> set[Symbol]:
        """Return the lengths with which the function does not hold."""
        others = _other_lengths(lengths)
        if self._agrees(function, leaves, others):
            return set()
        failing = {
            each for each in lengths if not self._agrees(function, leaves, {each: others[each]})
        }
        rest = {each: n for each, n in others.items() if each not in failing}
        return failing if rest and self._agrees(function, leaves, rest) else set(lengths)

    def _agrees(
        self, function: Function, leaves: Mapping[str, Node], lengths: Mapping[Symbol, int]
    ) -> bool:
        """Return whether the function and the engine find the same gradients."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                values = {leaf: self._resized(leaf, lengths) for leaf in self._inputs}
                right = self._gradients(values, self._lengths_by_name(lengths))
                found = function(**{
                    name: values.get(leaf, leaf.value) for name, leaf in leaves.items()
                })  # fmt: skip
        except Exception:  # noqa: BLE001 - whatever it is, it does not hold for these sizes
            return False
        return all(_equal(found[name], value) for name, value in right.items())

    def _lengths_by_name(self, lengths: Mapping[Symbol, int]) -> dict[str, int]:
        """Return what m and other sizes are then."""
        made = {}
        for name, measure in self._measures.items():
            made[name] = 1
            for factor in measure.factors:
                leaf, axis = factor[0]
                made[name] *= lengths.get(self._sizes.symbol(leaf, axis), leaf.shape[axis])
        return made

    def _resized(self, leaf: Node, lengths: Mapping[Symbol, int]) -> Any:
        """Return the values of an input, repeated or cut to other lengths.

        Each entry is made smaller, by another factor, or what is repeated would be the same along
        an axis; whole numbers, which may be labels, stay what they are.
        """
        value = np.asarray(leaf.value)
        wanted = [
            lengths.get(self._sizes.symbol(leaf, axis), n) for axis, n in enumerate(value.shape)
        ]
        if leaf.extra and "shares" in leaf.extra and value.ndim == 2:
            axis = leaf.extra["shares"] % 2
            chosen = np.arange(wanted[1 - axis]) % wanted[axis]
            rows = np.eye(wanted[axis], dtype=value.dtype)[chosen]
            return rows if axis else rows.T
        if leaf.extra and "labels" in leaf.extra:
            value = value % 2  # there may be fewer kinds of them now
        for axis, n in enumerate(wanted):
            value = np.take(value, np.arange(n) % value.shape[axis], axis=axis)
        if value.dtype.kind not in "fc" or np.array_equal(value, np.rint(value)):
            return value
        smaller = value * np.random.default_rng(0).uniform(0.8, 1.0, value.shape)
        return smaller.astype(value.dtype)

    def _gradients(self, values: Mapping[Node, Any], named: Mapping[str, int]) -> dict[str, Any]:
        """Return the engine's gradients: the recorded steps, done again."""
        made: dict[Node, Any] = {}
        arrived: dict[Node, Any] = {}
        wanted = set(self._targets.values())
        recorded = {
            leaf for leaf in self._inputs
            if leaf in wanted or (leaf.dtype.kind in "fc" and not all(x.is_leaf for x in wanted))
        }  # fmt: skip

        def operand(each: Any) -> Any:
            if isinstance(each, Count):
                return each.times * np.prod([float(named[s.name]) ** k for s, k in each.sizes])
            if each.__class__ is Node:
                return made[each]
            return each.value if isinstance(each, Constant) else each

        for node in self._order:
            if node.is_leaf:
                made[node] = self._as_input(values[node]) if node in recorded else values[node]
                continue
            given = [operand(each) for each in node.inputs]
            out = node.op(given, **node.params) if node.op.variadic else node.op(
                *given, **node.params
            )  # fmt: skip
            made[node] = out
            if node in wanted:
                out.register_hook(lambda g, node=node: arrived.__setitem__(node, g.numpy()))
        made[self._cost].backward()
        result = {}
        for name, node in self._targets.items():
            gradient = made[node].grad.numpy() if node.is_leaf and made[node].grad is not None \
                else arrived.get(node)  # fmt: skip
            result[name] = np.zeros(made[node].shape) if gradient is None else gradient
        return result


def _other_lengths(lengths: Mapping[Symbol, int]) -> dict[Symbol, int]:
    """Return for each length another one: small ones, no two alike.

    They have no divisor in common with those recorded, or 3 x 4 entries could be taken for 6 x 2.
    """
    recorded = math.prod(lengths.values())
    others = (k for k in itertools.count(3) if math.gcd(k, recorded) == 1)
    return dict(zip(lengths, others, strict=False))


def _equal(found: Any, right: Any) -> bool:
    """Return whether two gradients agree but for rounding."""
    if np.shape(found) != np.shape(right):
        return False
    size = max(1.0, float(np.nanmax(np.abs(right), initial=0.0, where=np.isfinite(right))))
    return bool(np.allclose(found, right, rtol=1e-8, atol=1e-9 * size, equal_nan=True))
