"""Both sides of a comparison, matched by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.numbers import informative, multiple
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.judge import Tolerance
from autograd_mini.check.looking import looked_at
from autograd_mini.check.names import kind_and_layer, match
from autograd_mini.check.recorded import Recording
from autograd_mini.check.row import Row
from autograd_mini.recording.recorded import Recorded

__all__ = ["Sides", "as_arrays"]

Array = NDArray[Any]


def as_arrays(gradients: Any, what: str) -> dict[str, Array]:
    """Return the gradients of a mapping, or of a callable that returns one, as arrays."""
    found = gradients() if callable(gradients) else gradients
    if not isinstance(found, Mapping):
        raise TypeError(
            f"{what} gradients are a dict such as {{'dW1': …}}, or a function that returns one, "
            f"not {type(found).__name__}"
        )
    return {str(key): _array(value, f"{what}[{key!r}]") for key, value in found.items()}


def _array(value: Any, what: str) -> Array:
    plain = looked_at(value, "ag.compare")
    try:
        array = np.asarray(plain)
    except ValueError as error:
        raise TypeError(f"{what} is not an array: {error}") from error
    if array.dtype.kind not in "fciub":
        raise TypeError(f"{what} holds {array.dtype}, not numbers")
    return array.astype(float) if array.dtype.kind in "iub" else array


class Sides:
    """Manual and automatic gradients, and the recording behind the automatic ones.

    Attributes
    ----------
    given, right : dict
        Manual gradients by key, automatic ones by the name of the tensor (or by key).
    recording : Recording or None
    """

    def __init__(self, manual: Any, automatic: Any, cost: Any) -> None:
        self.shifted: set[str] = set()
        self.given = as_arrays(manual, "manual")
        recorded = automatic if isinstance(automatic, Recorded) else cost
        self.recording = Recording(recorded) if recorded is not None else None
        if self.recording and any(self._unclear(key, self.recording) for key in self.given):
            self.recording.add_unrecorded()
        if isinstance(automatic, Recorded):
            assert self.recording is not None
            self.right = self.recording.gradients
        else:
            self.right = as_arrays(automatic, "automatic")

    def _unclear(self, key: str, recording: Recording) -> bool:
        """Return whether a key may be of something that is not differentiated, such as X."""
        name = match(key, recording.gradients)
        if name is None:
            return True
        kind = kind_and_layer(key)
        return (
            kind == ("A", 1) and multiple(self.given[key], recording.gradients[name], 1e-4) is None
        )

    def rows(self, tolerance: Tolerance) -> list[Row]:
        """Return one row for each gradient that either side has; errors are not filled in."""
        rows, taken = [], set()
        forward = self._forward_values()
        renumbered = self._renumbered(tolerance)
        for key, values in self.given.items():
            if key in forward:
                rows.append(forward[key])
                continue
            name = renumbered.get(key) or match(key, [n for n in self.right if n not in taken])
            if name is None:
                rows.append(_without_counterpart(key, values, tuple(self.right)))
                continue
            taken.add(name)
            right = self.right[name]
            wrt = self._tensor(name)
            rows.append(Row(key, wrt, right.shape, manual=values, automatic=right))
        return [*rows, *self._missing(taken)]

    def _tensor(self, name: str) -> str:
        """Return the name of the tensor behind a key of the automatic side."""
        if self.recording is None:
            return match(name, [name[1:]]) or name
        return match(name, self.recording.versions) or name

    def _renumbered(self, tolerance: Tolerance) -> dict[str, str]:
        """Return other names for dA keys, where dA1 is that of A0, as in many course files."""
        keys = [key for key in self.given if (kind_and_layer(key) or ("", 0))[0] == "A"]
        own, below = ({}, {})  # type: tuple[dict[str, str], dict[str, str]]
        for key in keys:
            named = kind_and_layer(key)
            assert named is not None
            for found, layer in ((own, named[1]), (below, named[1] - 1)):
                name = match(f"dA{layer}", self.right) if layer >= 0 else None
                if name is not None:
                    found[key] = name
        if not keys or any(named[1] == 0 for named in map(kind_and_layer, keys) if named):
            return {}
        if self._likeness(below, tolerance) > self._likeness(own, tolerance):
            self.shifted = set(keys)
            return below
        return {}

    def _likeness(self, names: Mapping[str, str], tolerance: Tolerance) -> tuple[int, int]:
        """Return how many gradients agree up to a factor under these names, and how many fit."""
        pairs = [(self.given[key], self.right[name]) for key, name in names.items()]
        exact = 1e-4 if tolerance.single else 1e-7
        like = sum(informative(a) and multiple(a, b, exact) is not None for a, b in pairs)
        return like, sum(a.shape == b.shape for a, b in pairs)

    def explain_numbering(self, rows: Sequence[Row]) -> None:
        """Say of right gradients under shifted keys which numbering that is."""
        for row in rows:
            if row.name in self.shifted and row.verdict in ("ok", "convention"):
                factor = row.diagnosis.message if row.diagnosis is not None else ""
                row.verdict = "convention"
                row.diagnosis = Diagnosis(
                    "shifted_keys",
                    "dA keys are numbered by the layer they leave: "
                    f"{row.name} is the gradient of {row.wrt}. That is one of the two usual "
                    f"numberings; the numbers are right. {factor}".rstrip(),
                )

    def _forward_values(self) -> dict[str, Row]:
        """Return rows for values of the forward pass that stand beside gradients."""
        if self.recording is None:
            return {}
        nodes = self.recording.nodes
        plain = [key for key in self.given if key in nodes]
        if len(plain) == len(self.given):  # gradients under the names of the parameters
            return {}
        values = self.recording.rerun.values
        found = {}
        for key in plain:
            right = np.asarray(values[nodes[key]])
            found[key] = Row(
                key, key, right.shape, manual=self.given[key], automatic=right, forward=True
            )
        return found

    def _missing(self, taken: set[str]) -> list[Row]:
        """Return rows for parameters whose gradient the person does not give."""
        of_cost = self.recording is not None and self.right is self.recording.gradients
        known = self.recording.parameters if self.recording and of_cost else tuple(self.right)
        absent = [name for name in known if name not in taken]
        rows = []
        for name in absent:
            right = self.right.get(name)
            key = f"d{name}" if of_cost else name
            message = f"{key} is missing from the manual gradients."
            rows.append(
                Row(
                    key,
                    name if of_cost else self._tensor(name),
                    () if right is None else right.shape,
                    automatic=right,
                    diagnosis=Diagnosis("other", message),
                )
            )
        return rows


def _without_counterpart(key: str, values: Array, names: tuple[str, ...]) -> Row:
    of = key.removeprefix("d")
    message = (
        f"{key} has no counterpart: the automatic side knows {', '.join(names) or 'no names'}. "
        f"Name the tensor that it is the gradient of: ag.tensor(..., name={of!r})."
    )
    return Row(key, key, values.shape, manual=values, diagnosis=Diagnosis("other", message))
