"""A comparison with a recorded cost, ready to be explained: units, steps, predictions."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.activations import kink_mistakes
from autograd_mini.check.diagnose.layers import Anatomy
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.numbers import (
    EXACT,
    EXACT_SINGLE,
    factor_text,
    informative,
    is_conventional,
    multiple,
)
from autograd_mini.check.diagnose.output import guard_mistakes
from autograd_mini.check.judge import Tolerance, largest, present
from autograd_mini.check.recorded import Recording
from autograd_mini.check.rerun import Sweep
from autograd_mini.check.row import Row
from autograd_mini.graph.node import Constant, Node

__all__ = ["Budget", "Case", "Units"]

Array = NDArray[Any]
Arrays = dict[str, Array]


@dataclass(frozen=True)
class Units:
    """What the person's gradients are multiples of, where that is a convention.

    Attributes
    ----------
    inner : float
        Factor of intermediate gradients (dZ, dA): m where 1/m stands in dW and db.
    outer : float
        Factor of the gradients of inputs: other than 1 where it is common to all gradients.
    """

    inner: float = 1.0
    outer: float = 1.0


class Budget:
    """How much may still be tried: so many steps of backward passes that are run again.

    Few mistakes are found with few steps. Where none fits, the search would go on for minutes in
    a graph as long as that of a recurrent network, and the verdict does not depend on it.
    """

    def __init__(self, steps: int = 200_000) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Note steps that were made."""
        self.left -= steps

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0


class Case:
    """The person's gradients beside a backward pass that can be run again.

    Parameters
    ----------
    rows : sequence of Row
        Those with both sides, in the order of backward.
    recording : Recording
    tolerance : Tolerance
    extra : sequence of Mistake
        What is suspected for other reasons.

    Attributes
    ----------
    budget : Budget
        Shared by all searches of a case.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        recording: Recording,
        tolerance: Tolerance,
        extra: Sequence[Mistake] = (),
    ) -> None:
        self.extra = tuple(extra)
        self.rows = [row for row in rows if row.wrt in recording.versions]
        self.recording, self.tolerance = recording, tolerance
        self.rerun = recording.rerun
        self.anatomy: Anatomy = recording.anatomy
        self.budget = Budget()
        self.exact = EXACT_SINGLE if tolerance.single else EXACT
        self.nodes = {row.name: recording.versions[row.wrt] for row in self.rows}
        self.manual: Arrays = {row.name: present(row.manual) for row in self.rows}
        self.right: Arrays = {row.name: present(row.automatic) for row in self.rows}
        self.inner = [row.name for row in self.rows if not _is_input(self.nodes[row.name][0])]
        self.outer = [row.name for row in self.rows if row.name not in self.inner]
        self.units = Units()
        self.harmless: Mistake | None = None
        self.assumed: tuple[Mistake, ...] = ()
        self._plain: tuple[tuple[Any, ...], tuple[Sweep, Arrays] | None] = (), None
        self._agree_on_conventions()
        self.truth = self._truth()

    # -- units --------------------------------------------------------------------------------

    def factor(self, name: str) -> float:
        """Return what the right gradient is multiplied by to be the person's."""
        return self.units.inner if name in self.inner else self.units.outer

    def given(self) -> dict[Node, Array]:
        """Return the person's own intermediate gradients, in the units of the engine."""
        return {
            self.nodes[name][0]: self.manual[name] / self.units.inner
            for name in self.inner
            if self.manual[name].shape == self.right[name].shape
            and np.isfinite(self.manual[name]).all()
        }

    def may_share_a_factor(self) -> bool:
        """Return whether no gradient is right: a factor that some lack is no convention."""
        return not any(
            self.manual[name].any() and self.agrees(name, self.right[name]) for name in self.outer
        )

    def _agree_on_conventions(self) -> None:
        """Choose the units, and what is harmless, that leave least to explain."""
        fewest = len(self._failing())
        common = self.may_share_a_factor()
        best: tuple[Units, Mistake | None] = (self.units, None)
        possible = [Units(), *self._possible_units()]
        for harmless in (None, *kink_mistakes(self.anatomy), *guard_mistakes(self.anatomy)):
            for units in possible if fewest else ():
                if units.outer != 1 and not common:
                    continue
                self.units, self.harmless = units, harmless
                count = len(self._failing())
                if count < fewest:
                    best, fewest = (units, harmless), count
        self.units, self.harmless = best

    def _possible_units(self) -> list[Units]:
        """Return factors that the gradients show, and that people choose."""
        exact = self.tolerance.relative
        sizes = self.anatomy.examples, self.anatomy.outputs
        averaged = self.anatomy.averages
        return [
            each
            for each in self._shown_units()
            if is_conventional(each.outer, *sizes, exact, averaged=averaged)
        ]

    def _shown_units(self) -> list[Units]:
        names = self.inner or self.outer
        ratios = [self._ratio(name) for name in names] + [self._joint_ratio(names)]
        shown = [ratio for ratio in dict.fromkeys(filter(None, ratios)) if abs(ratio - 1) > 1e-6]
        shown.sort(key=self._is_odd)
        if self.inner:
            whole = [c for c in map(self._ratio, self.outer) if c is not None and abs(c - 1) > 1e-6]
            simple = [c for c in dict.fromkeys(whole) if self._is_simple(c)]
            found = [Units(inner, c) for c in simple for inner in (c, -c)]
            found += [Units(c, 1.0) for c in shown] + [Units(c, c) for c in shown if self.outer]
            found += [Units(c, c / m) for c in shown for m in self._sizes() if c != m]
            found += [Units(c, -c / m) for c in shown for m in (1.0, *self._sizes())]  # y - A
            return found + [Units(m, 1.0) for m in self._sizes() if m not in shown]
        return [Units(1.0, c) for c in shown] if len(self.rows) > 1 else []

    def _is_odd(self, factor: float) -> bool:
        """Return whether a factor has no name: likelier than 1.01 * m is m, and some are wrong."""
        return re.fullmatch(r"[-\d.e+]+", factor_text(factor, self.anatomy.numbers)) is not None

    def _is_simple(self, factor: float) -> bool:
        """Return whether a factor is that of a sum for a mean, or a sign."""
        return any(abs(abs(factor) - size) <= 1e-6 * size for size in (1.0, *self._sizes()))

    def _sizes(self) -> list[float]:
        """Return the number of examples, by which a person may divide in dW and db."""
        m = self.anatomy.examples
        return [float(m)] if m is not None and m > 1 else []

    def _ratio(self, name: str) -> float | None:
        manual, right = self.manual[name], self.right[name]
        if not informative(manual):
            return None
        ratio = multiple(manual, right, self.tolerance.relative)
        return None if ratio is None else _rounded(ratio, self.tolerance.relative)

    def _joint_ratio(self, names: Sequence[str]) -> float | None:
        """Return the factor that all arrays together show, where none alone proves anything."""
        same_shape = [name for name in names if self.manual[name].shape == self.right[name].shape]
        if not same_shape:
            return None
        manual, right = (
            np.concatenate([side[name].ravel() for name in same_shape])
            for side in (self.manual, self.right)
        )
        exact = self.tolerance.relative
        ratio = multiple(manual, right, exact) if informative(manual) else None
        return None if ratio is None else _rounded(ratio, exact)

    def _failing(self) -> list[str]:
        predicted = self.predict()
        return [name for name in self.manual if not self.agrees(name, predicted[name])]

    # -- predictions --------------------------------------------------------------------------

    def predict(self, mistake: Mistake | None = None) -> Arrays:
        """Return what the person's gradients would be, given their own intermediate ones.

        Parameters
        ----------
        mistake : Mistake, optional
            What they would have got wrong; nothing if not given.
        """
        self.budget.spend(len(self.rerun.nodes))
        plain, base = self._without_mistakes()
        if mistake is None:
            return base
        found = self._sweep(plain.given, mistake, plain).found
        return {
            name: base[name]
            if all(found.get(node) is plain.found.get(node) for node in self.nodes[name])
            else self.in_units(name, found)
            for name in self.manual
        }

    def sweep(self) -> Sweep:
        """Run backward with the person's own gradients to go on with."""
        self.budget.spend(len(self.rerun.nodes))
        return self._without_mistakes()[0]

    def _without_mistakes(self) -> tuple[Sweep, Arrays]:
        """Return the run without a mistake, and its gradients in the units of now."""
        made_with, known = self._plain
        now = (self.units, self.harmless, *self.assumed)
        if known is None or [*map(id, made_with)] != [*map(id, now)]:
            sweep = self._sweep(self.given())
            known = sweep, {name: self.in_units(name, sweep.found) for name in self.manual}
            self._plain = now, known
        return known

    def _sweep(
        self,
        given: Mapping[Node, Array],
        mistake: Mistake | None = None,
        before: Sweep | None = None,
    ) -> Sweep:
        changes = [e for e in (self.harmless, *self.assumed, mistake) if e is not None]
        return self.rerun.sweep(
            next((each.values for each in reversed(changes) if each.values is not None), None),
            rules={edge: rule for each in changes for edge, rule in each.rules.items()},
            jumps={node: jump for each in changes for node, jump in each.jumps.items()},
            given=given,
            before=before,
        )

    def assuming(self, mistake: Mistake) -> Case:
        """Return the same case where one mistake is known to have been made."""
        other = copy.copy(self)
        other.assumed = (*self.assumed, mistake)
        return other

    def _truth(self) -> Arrays:
        """Return the right gradients in the person's units, with what is harmless granted."""
        changes = self.harmless
        if changes is None:
            return {name: right * self.factor(name) for name, right in self.right.items()}
        found = self.rerun.backward(changes.values, jumps=changes.jumps)
        return {name: self.in_units(name, found) for name in self.manual}

    def in_units(self, name: str, found: Mapping[Any, Any]) -> Array:
        """Return the person's version of a gradient that backward found."""
        known = [found[node] for node in self.nodes[name] if node in found]
        total = sum(known[1:], known[0]) if known else np.zeros(self.right[name].shape)
        return np.asarray(total * self.factor(name))

    def agrees(self, name: str, predicted: Array) -> bool:
        """Return whether the person's gradient is `predicted`, as far as `compare` asks."""
        manual = self.manual[name]
        if manual.shape != predicted.shape:
            return False
        with np.errstate(all="ignore"):
            gap = largest(manual - predicted)
        scale = max(largest(manual), largest(predicted))
        return bool(gap <= self.tolerance.allowed(scale))

    def agrees_with_truth(self, name: str) -> bool:
        """Return whether the person's gradient is right, up to the convention."""
        return self.agrees(name, self.truth[name])


def _is_input(node: Node | Constant) -> bool:
    return isinstance(node, Node) and node.is_leaf


def _rounded(ratio: float, exact: float) -> float:
    """Return a ratio as the simple number that it is meant to be."""
    for candidate in (round(ratio), 1 / round(1 / ratio) if abs(ratio) < 1 else 0):
        if candidate and abs(ratio - candidate) <= 10 * exact * abs(ratio):
            return float(candidate)
    return ratio
