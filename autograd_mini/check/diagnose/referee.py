"""What the numerical gradient says about the other two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.judge import Tolerance, largest
from autograd_mini.check.recorded import Recording
from autograd_mini.check.row import Row

__all__ = ["referee"]

Array = NDArray[Any]

_NUMERICAL = 1e-5
_NUMERICAL_SINGLE = 2e-2


def referee(rows: Sequence[Row], recording: Recording | None, tolerance: Tolerance) -> None:
    """Let numerical gradients judge the automatic ones, except at kinks."""
    for row in rows:
        if row.numerical is None or row.automatic is None or row.numerical.shape != row.shape:
            continue
        entry = _farthest(row.automatic, row.numerical, tolerance)
        if entry is None:
            continue
        if recording is not None and recording.kink(row.wrt, entry):
            if row.verdict == "ok":
                row.diagnosis = Diagnosis(
                    "kink",
                    f"The cost has a kink at {row.wrt}{list(entry)} (relu at 0, or a tie): no "
                    "numerical derivative exists there, and it is not judged.",
                )
            continue
        values = f"automatic {row.automatic[entry]:.6g}, numerical {row.numerical[entry]:.6g}"
        manual = row.manual
        own = manual if manual is not None and manual.shape == row.shape else None
        if (
            row.verdict == "wrong"
            and own is not None
            and _farthest(own, row.numerical, tolerance) is None
        ):
            row.verdict, row.inherited = "ok", False
            row.diagnosis = Diagnosis(
                "other",
                f"The numerical gradient agrees with {row.name} and not with the automatic one "
                f"(at {list(entry)}: {values}): the recorded cost is not the one that was "
                "differentiated, or the engine is wrong.",
            )
        elif row.verdict == "ok" and row.diagnosis is None:
            row.diagnosis = Diagnosis(
                "other",
                f"Manual and automatic agree, but the numerical gradient differs at {list(entry)}: "
                f"{values}. The cost may have a kink there, or the step may be unfit.",
            )


def _farthest(values: Array, numerical: Array, tolerance: Tolerance) -> tuple[int, ...] | None:
    """Return where `values` differ from the numerical ones, None if they agree."""
    known = np.isfinite(numerical) & np.isfinite(values)
    if not known.any():
        return None
    gap = np.where(known, np.abs(values - np.where(known, numerical, 0)), 0)
    rtol = _NUMERICAL_SINGLE if tolerance.single else _NUMERICAL
    if largest(gap) <= 1e-8 + rtol * max(largest(numerical[known]), largest(values[known])):
        return None
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(gap)), gap.shape))
