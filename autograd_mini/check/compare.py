"""Compare a person's gradients with the engine's, and with numerical ones as referee."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.comparison import Comparison, Row
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.judge import Tolerance, is_single, judge
from autograd_mini.check.names import backward_order, match
from autograd_mini.check.recorded import Recording
from autograd_mini.record import Recorded

__all__ = ["compare"]

Array = NDArray[Any]
Gradients = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


def compare(
    manual: Gradients,
    automatic: Mapping[str, Any] | Any,
    *,
    numerical: bool | Gradients | None = None,
    cost: Any = None,
    rtol: float = 1e-7,
    atol: float = 1e-10,
) -> Comparison:
    """Compare handwritten gradients with automatic ones, and say what is wrong with them.

    Parameters
    ----------
    manual : mapping of str to array_like, or callable that returns one
        ``{"dW1": …, "db1": …}``; intermediate gradients (``dZ1``, ``dA1``) help to find the step
        that is wrong.  Entries named like tensors of the cost, beside gradients, are compared
        with the values of the forward pass.
    automatic : mapping, callable that returns one, or recorded scalar Tensor
        Gradients under the same names; or the cost, whose tensors named ``W1``, ``Z1`` give
        ``dW1``, ``dZ1``.
    numerical : bool, mapping or callable, optional
        Numerical gradients to judge both by; True computes them from the recorded cost, for large
        arrays at some entries only.
    cost : recorded scalar Tensor, optional
        The cost, where `automatic` is a mapping.
    rtol, atol : float
        Equal means: no entry differs by more than ``atol + rtol * (largest entry)``.  Where
        single precision is involved `rtol` is at least 1e-4.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError
        If `manual` or `automatic` is none of these.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> W = ag.tensor([[0.5], [1.0]], requires_grad=True, name="W")
    >>> X = np.array([[1.0, 2.0, 4.0]])
    >>> cmp = ag.compare({"dW": W.numpy() @ X @ X.T}, np.sum((W @ X) ** 2) / 2)
    >>> cmp.ok
    True
    """
    sides = _Sides(manual, automatic, cost)
    rows = sides.rows()
    tolerance = Tolerance(rtol, atol, is_single(*sides.right.values(), *sides.given.values()))
    for row in rows:
        judge(row, tolerance)
    _add_numerical(rows, numerical, sides.recording)
    return Comparison(_sorted(rows, sides))


def _arrays(gradients: Any, what: str) -> dict[str, Array]:
    """Return the gradients of a mapping, or of a callable that returns one, as arrays."""
    found = gradients() if callable(gradients) else gradients
    if not isinstance(found, Mapping):
        raise TypeError(
            f"{what} gradients are a dict such as {{'dW1': …}}, or a function that returns one, "
            f"not {type(found).__name__}"
        )
    return {str(key): _array(value, f"{what}[{key!r}]") for key, value in found.items()}


def _array(value: Any, what: str) -> Array:
    plain = value._value if isinstance(value, Recorded) else value
    try:
        array = np.asarray(plain)
    except ValueError as error:
        raise TypeError(f"{what} is not an array: {error}") from error
    if array.dtype.kind not in "fciub":
        raise TypeError(f"{what} holds {array.dtype}, not numbers")
    return array.astype(float) if array.dtype.kind in "iub" else array


@dataclass
class _Sides:
    """Both sides of a comparison, matched by name."""

    given: dict[str, Array]
    right: dict[str, Array]
    recording: Recording | None

    def __init__(self, manual: Any, automatic: Any, cost: Any) -> None:
        self.given = _arrays(manual, "manual")
        recorded = automatic if isinstance(automatic, Recorded) else cost
        self.recording = Recording(recorded) if recorded is not None else None
        if isinstance(automatic, Recorded):
            assert self.recording is not None
            self.right = self.recording.gradients
        else:
            self.right = _arrays(automatic, "automatic")

    def rows(self) -> list[Row]:
        """Return one row for each gradient that either side has; errors are not filled in."""
        rows, taken = [], set()
        forward = self._forward_values()
        for key, values in self.given.items():
            if key in forward:
                rows.append(forward[key])
                continue
            name = match(key, [each for each in self.right if each not in taken])
            if name is None:
                rows.append(_without_counterpart(key, values, tuple(self.right)))
                continue
            taken.add(name)
            right = self.right[name]
            wrt = name if self.recording else match(key, [name[1:]]) or name
            rows.append(Row(key, wrt, right.shape, manual=values, automatic=right))
        return [*rows, *self._missing(taken)]

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
        if self.recording is None:
            absent = [name for name in self.right if name not in taken]
        else:
            absent = [name for name in self.recording.parameters if name not in taken]
        rows = []
        for name in absent:
            right = self.right.get(name)
            key = name if self.recording is None else f"d{name}"
            message = f"{key} is missing from the manual gradients."
            rows.append(
                Row(
                    key,
                    name,
                    np.shape(right),
                    automatic=right,
                    diagnosis=Diagnosis("other", message),
                )
            )
        return rows


def _without_counterpart(key: str, values: Array, names: tuple[str, ...]) -> Row:
    message = (
        f"{key} has no counterpart: the automatic side knows {', '.join(names) or 'no names'}. "
        "Give the tensor it is the gradient of that name."
    )
    return Row(key, key, values.shape, manual=values, diagnosis=Diagnosis("other", message))


def _add_numerical(
    rows: list[Row], numerical: bool | Gradients | None, recording: Recording | None
) -> None:
    """Give each row its numerical gradient."""
    if numerical is None or numerical is False:
        return
    if numerical is True:
        if recording is None:
            raise TypeError(
                "numerical=True needs the recorded cost: pass it as automatic or as cost=..., or "
                "pass numerical gradients as a dict"
            )
        for row in rows:
            if not row.forward:
                row.numerical = recording.numerical(row.wrt, row.worst)
        return
    found = _arrays(numerical, "numerical")
    for row in rows:
        name = match(row.name, found)
        if name is not None and found[name].shape == row.shape:
            row.numerical = found[name]


def _sorted(rows: list[Row], sides: _Sides) -> list[Row]:
    """Return rows as backward makes them: forward values first, what is unchecked last."""
    reached = list(sides.right)
    by_name = {row.name: row for row in rows}
    positions = {
        row.name: reached.index(row.wrt) if row.wrt in reached else len(reached) for row in rows
    }
    checked = [row.name for row in rows if row.manual is not None and row.automatic is not None]
    gradients = [name for name in checked if not by_name[name].forward]
    by_reach = sorted(gradients, key=positions.__getitem__)
    first = [name for name in checked if by_name[name].forward]
    last = [row.name for row in rows if row.name not in checked]
    return [by_name[name] for name in (*first, *backward_order(gradients, by_reach), *last)]
