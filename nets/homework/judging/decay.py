"""Tell a wrong factor of the data's part of a gradient from a wrong factor of its L2 term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.row import Row

__all__ = ["explain_scaled_data_terms"]

_EXACT = 1e-9

_EVIDENCE = 6
"""Entries that must agree on two numbers before a factor that means nothing is believed."""


def explain_scaled_data_terms(
    rows: Sequence[Row], parameters: Mapping[str, ag.Tensor], m: int
) -> None:
    """Name factors in gradients beside an L2 term, other than one that is common to all.

    Parameters
    ----------
    rows : sequence of Row
        Changed where they are explained.
    parameters : mapping
        The parameters by name.
    m : int
        The number of examples.
    """
    units = next((found for row in rows if (found := _common(row)) is not None), 1.0)
    for row in rows:
        _explain(row, parameters, m, units)


def _common(row: Row) -> float | None:
    """Return the factor that all gradients are said to share."""
    return row.diagnosis.facts.factor if row.diagnosis is not None else None


def _explain(row: Row, parameters: Mapping[str, ag.Tensor], m: int, units: float) -> None:
    """Name a factor of m in a gradient beside an L2 term, where that explains every entry.

    With ``right = D + c W`` and ``manual = k D + c W`` follows ``manual = k right + c (1 - k) W``:
    two numbers that all entries must agree on.

    Parameters
    ----------
    row : Row
        Changed where it is explained.
    parameters : mapping
        The parameters by name.
    m : int
        The number of examples.
    units : float
        The factor that all gradients share.
    """
    unexplained = row.verdict == "wrong" and not row.inherited and row.diagnosis is not None
    if not unexplained or row.diagnosis is None or row.wrt not in parameters:
        return
    if row.diagnosis.code not in ("other", "regularization_scale"):
        return
    if row.manual is None or row.automatic is None or row.manual.shape != row.automatic.shape:
        return
    W = parameters[row.wrt].detach().numpy()
    if W.size < 3 or W.shape != row.manual.shape:
        return
    for decayed in _decayed(W):
        columns = np.stack([row.automatic.ravel(), decayed.ravel()], axis=1)
        solved, *_ = np.linalg.lstsq(columns, row.manual.ravel(), rcond=None)
        left = np.abs(columns @ solved - row.manual.ravel()).max()
        k, decay = float(solved[0]) / units, float(solved[1])
        if left <= _EXACT * np.abs(row.manual).max() and abs(decay) >= _EXACT:
            row.diagnosis = _named(row.name, k, m, W.size) or row.diagnosis
            return


def _decayed(W: Any) -> Iterator[Any]:
    """Yield what an L2 term may have of a weight: all of it, or all but the biases in it."""
    yield W
    if W.ndim == 2 and min(W.shape) > 1:
        for biases in ((slice(None), 0), (0, slice(None))):
            rest = np.array(W)
            rest[biases] = 0
            yield rest


def _named(name: str, k: float, m: int, entries: int) -> Diagnosis | None:
    """Return what a factor of the data's part is called."""
    beside = "beside an L2 term that is right"
    for factor, said, advice in (
        (m, "m", "divide it by m"),
        (1 / m, "1 / m", "divide it by m only once"),
    ):
        if abs(k - factor) < 1e-6 * factor:
            return Diagnosis(
                "scale",
                f"The data's part of {name} is {said} = {factor:.6g} times what it should be, "
                f"{beside}: {advice}.",
            )
    if entries < _EVIDENCE or abs(k - 1) < 1e-6 or abs(k) < 1e-6:
        return None
    if abs(k + 1) < 1e-6:
        return Diagnosis("sign", f"The data's part of {name} has the other sign, {beside}.")
    return Diagnosis(
        "scale", f"The data's part of {name} is {k:.6g} times what it should be, {beside}."
    )
