"""A comparison with a recorded cost, ready to be explained: units, steps, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.comparison import Row
from autograd_mini.check.diagnose.layers import Anatomy
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.numbers import EXACT, EXACT_SINGLE, informative, multiple
from autograd_mini.check.judge import Tolerance, largest
from autograd_mini.check.recorded import Recording
from autograd_mini.graph.node import Node

__all__ = ["Case", "Units"]

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
        self.exact = EXACT_SINGLE if tolerance.single else EXACT
        self.nodes = {row.name: recording.versions[row.wrt] for row in self.rows}
        self.manual: Arrays = {row.name: _present(row.manual) for row in self.rows}
        self.right: Arrays = {row.name: _present(row.automatic) for row in self.rows}
        self.inner = [row.name for row in self.rows if not self.nodes[row.name][0].is_leaf]
        self.outer = [row.name for row in self.rows if row.name not in self.inner]
        self.units = Units()
        self.units = self._best_units()

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

    def _best_units(self) -> Units:
        """Return the convention that leaves least to explain; the plain one if none helps."""
        best, fewest = Units(), len(self._failing(Units()))
        right = {name for name in self.outer if self.agrees(name, self.right[name])}
        right = {name for name in right if self.manual[name].any()}
        for units in self._possible_units() if fewest else ():
            failing = self._failing(units)
            if units.outer != 1 and right:
                continue  # a factor that some gradients lack is no convention
            if len(failing) < fewest:
                best, fewest = units, len(failing)
        return best

    def _possible_units(self) -> list[Units]:
        """Return factors that the gradients show."""
        ratios = [self._ratio(name) for name in self.inner or self.outer]
        shown = [ratio for ratio in dict.fromkeys(filter(None, ratios)) if abs(ratio - 1) > 1e-6]
        if self.inner:
            return [Units(c, 1.0) for c in shown] + [Units(c, c) for c in shown if self.outer]
        return [Units(1.0, c) for c in shown] if len(self.rows) > 1 else []

    def _ratio(self, name: str) -> float | None:
        manual, right = self.manual[name], self.right[name]
        if not informative(manual):
            return None
        ratio = multiple(manual, right, max(self.exact, self.tolerance.rtol))
        return None if ratio is None else _rounded(ratio, self.exact)

    def _failing(self, units: Units) -> list[str]:
        before, self.units = self.units, units
        predicted = self.predict()
        failing = [name for name in self.manual if not self.agrees(name, predicted[name])]
        self.units = before
        return failing

    # -- predictions --------------------------------------------------------------------------

    def predict(self, mistake: Mistake | None = None, base: Mistake | None = None) -> Arrays:
        """Return what the person's gradients would be, given their own intermediate ones.

        Parameters
        ----------
        mistake, base : Mistake, optional
            What they would have got wrong; nothing if not given.
        """
        parts = [each for each in (base, mistake) if each is not None]
        found = self.rerun.backward(
            next((each.values for each in parts if each.values is not None), None),
            rules={edge: rule for each in parts for edge, rule in each.rules.items()},
            jumps={node: jump for each in parts for node, jump in each.jumps.items()},
            given=self.given(),
        )
        return {name: self._in_units(name, found) for name in self.manual}

    def _in_units(self, name: str, found: Mapping[Node, Any]) -> Array:
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
        return self.agrees(name, self.right[name] * self.factor(name))


def _present(values: Array | None) -> Array:
    assert values is not None
    return values


def _rounded(ratio: float, exact: float) -> float:
    """Return a ratio as the simple number that it is meant to be."""
    for candidate in (round(ratio), 1 / round(1 / ratio) if abs(ratio) < 1 else 0):
        if candidate and abs(ratio - candidate) <= 10 * exact * abs(ratio):
            return float(candidate)
    return ratio
