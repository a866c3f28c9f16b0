"""How far two gradients differ, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.row import Row

__all__ = ["SINGLE", "Tolerance", "close", "is_single", "judge", "largest", "present"]

Array = NDArray[Any]

SINGLE = 1e-4
"""Largest relative error that single precision explains."""


@dataclass(frozen=True)
class Tolerance:
    """When two gradients count as equal: see :func:`autograd_mini.compare`."""

    rtol: float = 1e-7
    atol: float = 1e-10
    single: bool = False

    @property
    def relative(self) -> float:
        """How far entries may differ, as a part of the largest."""
        return max(self.rtol, SINGLE if self.single else 0.0)

    def allowed(self, scale: float) -> float:
        """Return how far entries may differ where the largest is `scale`."""
        return self.atol + self.relative * scale


def present(values: Array | None) -> Array:
    """Return an array that is known to be there."""
    if values is None:
        raise ValueError("nothing was given to compare")
    return values


def largest(values: Array) -> float:
    """Return the largest absolute value, 0 where there is none."""
    return float(np.max(np.abs(values), initial=0.0))


def close(a: Array, b: Array, rtol: float, atol: float = 0.0) -> bool:
    """Return whether two arrays are equal within `rtol` of their largest entry."""
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return False
    return largest(a - b) <= atol + rtol * max(largest(a), largest(b))


def is_single(*arrays: Array | None) -> bool:
    """Return whether some array holds, or has gone through, single precision."""
    for each in arrays:
        if each is None or each.dtype.kind not in "fc":
            continue
        bytes_of_real = each.dtype.itemsize // (2 if each.dtype.kind == "c" else 1)
        if bytes_of_real < 8:
            return True
    return False


def judge(row: Row, tolerance: Tolerance) -> None:
    """Fill in how far `row` is off, and its verdict as far as the numbers alone tell."""
    manual, automatic = row.manual, row.automatic
    if manual is None or automatic is None:
        return
    if manual.shape != automatic.shape:
        _judge_shapes(row, tolerance)
        return
    if not np.isfinite(automatic).all():
        _judge_not_finite(row)
        return
    with np.errstate(all="ignore"):
        difference = np.abs(manual - automatic)
    scale = max(largest(manual[np.isfinite(manual)]), largest(automatic))
    row.max_abs_error = largest(difference)
    row.rel_error = row.max_abs_error / scale if scale else 0.0
    if difference.size:
        # Where nothing differs, the largest entry says more than the first.
        shown = difference if row.max_abs_error else np.abs(automatic)
        ranked = np.where(np.isnan(shown), np.inf, shown)
        row.worst = tuple(int(k) for k in np.unravel_index(int(np.argmax(ranked)), ranked.shape))
    row.verdict = "ok" if row.max_abs_error <= tolerance.allowed(scale) else "wrong"
    if row.verdict == "ok" and row.max_abs_error > tolerance.atol + tolerance.rtol * scale:
        row.diagnosis = Diagnosis(
            "precision",
            f"{row.name} is right within the rounding of float32: the largest relative error is "
            f"{row.rel_error:.1e}.",
        )


def _judge_shapes(row: Row, tolerance: Tolerance) -> None:
    """Let a single number stand for an array of one entry; any other shape is wrong."""
    manual, automatic = present(row.manual), present(row.automatic)
    row.verdict = "wrong"
    if manual.size == automatic.size == 1:
        error = largest(manual.reshape(()) - automatic.reshape(()))
        row.max_abs_error = error
        scale = max(largest(manual), largest(automatic))
        row.rel_error = error / scale if scale else 0.0
        if error <= tolerance.allowed(scale):
            row.verdict = "convention"
            row.diagnosis = Diagnosis(
                "wrong_shape",
                f"{row.name} has shape {manual.shape} where {row.wrt} has {automatic.shape}; the "
                "one number in it is right, and broadcasting hides the rest.",
            )


def _judge_not_finite(row: Row) -> None:
    automatic = present(row.automatic)
    bad = tuple(int(k) for k in np.argwhere(~np.isfinite(automatic))[0])
    row.worst = bad
    row.diagnosis = Diagnosis(
        "other",
        f"The automatic gradient of {row.wrt} is {automatic[bad]} at {list(bad)}, so there is "
        "nothing to compare with: the cost leaves its domain there, as log does at 0. Use data "
        "where it is finite, or write the cost in terms of Z (softplus, logsumexp).",
    )
