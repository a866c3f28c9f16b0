"""Compare a person's gradients with the engine's, and with numerical ones as referee."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_mini.check.comparison import Comparison
from autograd_mini.check.diagnose.arrays import (
    explain_arrays,
    explain_keys,
    explain_no_numbers,
)
from autograd_mini.check.diagnose.case import Case
from autograd_mini.check.diagnose.forward_values import explain_forward
from autograd_mini.check.diagnose.numbers import multiple
from autograd_mini.check.diagnose.referee import referee
from autograd_mini.check.diagnose.verdicts import explain_recorded
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.judge import Tolerance, is_single, judge, present
from autograd_mini.check.names import backward_order, match
from autograd_mini.check.recorded import Recording
from autograd_mini.check.row import Row
from autograd_mini.check.sides import Sides, as_arrays
from autograd_mini.recording.recorded import Recorded

__all__ = ["compare"]

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
    if not (cost is None or isinstance(cost, Recorded)):
        raise TypeError(
            f"cost is the recorded cost, a scalar tensor, not {type(cost).__name__}: compute it on "
            "tensors, and pass the result"
        )
    sides = Sides(manual, automatic, cost)
    tolerance = Tolerance(rtol, atol, is_single(*sides.right.values(), *sides.given.values()))
    rows = sides.rows(tolerance)
    for row in rows:
        judge(row, tolerance)
    _add_numerical(rows, numerical, sides.recording)
    rows = _sorted(rows, sides)
    explain_no_numbers(rows)
    explain_keys(rows, tolerance)
    _explain(rows, sides.recording, tolerance)
    referee(rows, sides.recording, tolerance)
    sides.explain_numbering(rows)
    if callable(manual):
        _explain_repetition(rows, manual)
    return Comparison(rows, cost=automatic if isinstance(automatic, Recorded) else cost)


def _explain(rows: list[Row], recording: Recording | None, tolerance: Tolerance) -> None:
    """Say what is wrong with the rows that are."""
    both = [row for row in rows if row.verdict in ("ok", "wrong") and not row.forward]
    if recording is None:
        if any(row.verdict == "wrong" for row in both):
            explain_arrays(both, tolerance)
        return
    forward = [row for row in rows if row.forward]
    extra = explain_forward(forward, both, recording)
    if any(row.verdict == "wrong" and row.diagnosis is None for row in both):
        sorted_out = [row for row in both if row.diagnosis is None or row.verdict == "ok"]
        explain_recorded(Case(sorted_out, recording, tolerance, extra))


def _explain_repetition(rows: list[Row], manual: Callable[[], Mapping[str, Any]]) -> None:
    """Call a gradient function once more where it seems to add up what earlier calls left."""
    doubtful = [row for row in rows if row.verdict in ("wrong", "convention") and not row.forward]
    if not doubtful or any(row.automatic is None for row in doubtful):
        return
    again = as_arrays(manual, "manual")
    for row in doubtful:
        if row.manual is None or row.name not in again or again[row.name].shape != row.shape:
            return
        grown = multiple(again[row.name] - row.manual, present(row.automatic), 1e-6)
        if grown is None or abs(grown - 1) > 1e-6:
            return
    for row in doubtful:
        row.verdict, row.inherited = "wrong", False
        row.diagnosis = Diagnosis(
            "accumulated",
            "The gradients grow by the right ones with every call: they are sums over all calls so "
            "far.",
            "set the gradients to zero before each backward pass",
        )


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
    found = as_arrays(numerical, "numerical")
    for row in rows:
        name = match(row.name, found)
        if name is not None and found[name].shape == row.shape:
            row.numerical = found[name]


def _sorted(rows: list[Row], sides: Sides) -> list[Row]:
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
