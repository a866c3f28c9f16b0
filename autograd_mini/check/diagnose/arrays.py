"""What two dicts of arrays tell without the graph: factors, signs, shapes, exchanged keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.mistake import listed
from autograd_mini.check.diagnose.numbers import (
    EXACT,
    EXACT_SINGLE,
    examples_in,
    factor_text,
    informative,
    is_meant,
    multiple,
    right_if,
    same,
)
from autograd_mini.check.diagnose.terminal import alone
from autograd_mini.check.diagnosis import Diagnosis, Facts
from autograd_mini.check.judge import Tolerance, largest
from autograd_mini.check.names import kind_and_layer
from autograd_mini.check.row import Row

__all__ = ["explain_arrays", "explain_keys", "explain_no_numbers"]

Array = NDArray[Any]

_INNER = ("A", "Z")


def explain_no_numbers(rows: Sequence[Row]) -> None:
    """Tell of gradients that hold infinities, NaN or complex numbers; no formula explains those."""
    root: Row | None = None
    for row in rows:
        said = None if row.forward or row.verdict != "wrong" else _no_numbers(row)
        if said is None:
            continue
        if root is None:
            root, row.diagnosis = row, Diagnosis("other", said)
        else:
            row.inherited = True
            row.diagnosis = Diagnosis("other", f"{row.name} may follow from {root.name}: {said}")


def _no_numbers(row: Row) -> str | None:
    manual, right = row.manual, row.automatic
    if manual is None or right is None:
        return None
    if manual.dtype.kind == "c" and right.dtype.kind != "c" and np.any(manual.imag):
        return f"{row.name} holds complex numbers; the derivative of a real cost is real."
    bad = ~np.isfinite(manual)
    if not bad.any():
        return None
    first = manual[tuple(np.argwhere(bad)[0])] if manual.ndim else manual[()]
    return (
        f"{row.name} is {first} at {int(bad.sum())} of {manual.size} entries, where the derivative "
        "is finite: something is divided by 0, or grows beyond all bounds, in what it is made from."
    )


def explain_keys(rows: Sequence[Row], tolerance: Tolerance) -> None:
    """Recognise right gradients under the keys of others."""
    exact = EXACT_SINGLE if tolerance.single else EXACT
    for proven in (True, False):  # one number proves nothing, unless it was exchanged for another
        for row in rows:
            manual = row.manual
            astray = row.verdict == "wrong" or (
                row.automatic is None and row.verdict == "unchecked"
            )
            if not astray or row.diagnosis is not None or row.forward or manual is None:
                continue
            for other in rows:
                evident = informative(manual) if proven else _holds(other, row)
                right = other.automatic
                if other is row or right is None or other.forward or not evident:
                    continue
                if _alike(row, other) and same(_laid_out(manual, right), right, exact):
                    row.verdict = "wrong"
                    row.diagnosis = _of_another(row, other)


def _of_another(row: Row, other: Row) -> Diagnosis:
    """Return what is wrong with a row that holds the gradient of another."""
    twice = other.verdict in ("ok", "convention") and row.automatic is not None
    if twice:
        rest = f", which has it under its own key as well: that of {row.wrt} is due."
        fix = f"store the gradient of {row.wrt} there"
    else:
        rest = ": the numbers are right and the key is not."
        fix = f"store it under the key of {other.wrt}"
    return Diagnosis(
        "shifted_keys",
        f"{row.name} holds the gradient of {other.wrt}{rest}",
        fix,
        facts=Facts(holds=other.wrt, twice=twice),
    )


def _laid_out(values: Array, like: Array) -> Array:
    """Return values in the shape of others, where only axes of length 1 are between them."""
    alike = np.squeeze(values).shape == np.squeeze(like).shape
    return values.reshape(like.shape) if alike else values


def _holds(row: Row, other: Row) -> bool:
    """Return whether a row is known to hold the gradient of another."""
    found = row.diagnosis
    return found is not None and found.facts.holds == other.wrt


def _alike(row: Row, other: Row) -> bool:
    """Return whether two gradients are of one kind, as dW1 and dW2 are."""
    one, two = (kind_and_layer(each.name) for each in (row, other))
    if one is None or two is None:  # names say nothing: only if the other is not in its own place
        return one is two and other.verdict != "ok"
    unfit = row.manual is not None and row.manual.shape != row.shape
    return one[0] == two[0] or (unfit and {one[0], two[0]} == {"W", "b"})


def explain_arrays(rows: Sequence[Row], tolerance: Tolerance) -> None:
    """Give verdicts and diagnoses to rows that have both sides but no graph behind them."""
    exact = EXACT_SINGLE if tolerance.single else EXACT
    numbers = _numbers(rows)
    _conventions(rows, numbers, tolerance)
    suspect = False
    factors: list[float] = []
    for row in rows:
        if row.verdict != "wrong" or row.diagnosis is not None:
            continue
        manual, right = row.manual, row.automatic
        assert manual is not None
        assert right is not None
        factor = multiple(manual, right, exact)
        known = factor is not None and any(abs(factor - f) <= 10 * exact * abs(f) for f in factors)
        findings = list(
            alone(
                row.name, manual, right, exact=exact, numbers=numbers, incoming=_incoming(row, rows)
            )
        )
        if suspect and (known or not findings):
            row.inherited = True
            row.diagnosis = Diagnosis(
                "other", f"{row.name} may follow from what is wrong before it."
            )
            continue
        if findings:
            row.diagnosis = findings[0]
        elif known and factor is not None:
            text = factor_text(factor, numbers, exact)
            code = "sign" if text == "-1" else "scale"
            row.diagnosis = Diagnosis(code, f"{row.name} is {text} times what it should be, too.")
        elif manual.shape != right.shape:
            has = f"{row.name} has shape {manual.shape} in place of {right.shape}."
            row.diagnosis = Diagnosis("wrong_shape", has)
        else:
            row.diagnosis = Diagnosis(
                "other",
                f"{row.name} is wrong, and the two arrays alone do not tell why: pass the recorded "
                "cost in place of the automatic gradients (or as cost=...) to find the step.",
            )
        if factor is not None:
            factors.append(factor)
        suspect = suspect or _spreads(row, rows)


def _numbers(rows: Sequence[Row]) -> dict[float, str]:
    """Return numbers that may be factors: small ones, and how many examples dZ and dA have."""
    found = {2.0: "2", 3.0: "3", 4.0: "4", 10.0: "10"}
    for row in rows:
        named = kind_and_layer(row.name)
        if named and named[0] in _INNER and len(row.shape) == 2 and row.shape[1] > 1:
            found[float(row.shape[1])] = "m"
    return found


def _conventions(rows: Sequence[Row], numbers: dict[float, str], tolerance: Tolerance) -> None:
    """Recognise a factor common to all gradients, or to all of dZ and dA alone."""
    inner = [row for row in rows if (kind_and_layer(row.name) or ("", 0))[0] in _INNER]
    outer = [row for row in rows if row not in inner]
    if inner and all(row.verdict == "ok" for row in outer):
        factor = _common(inner, tolerance)
        if factor is not None and outer:
            text = factor_text(factor, numbers)
            names = f"{listed([row.name for row in inner])} {'are' if len(inner) > 1 else 'is'}"
            _set(inner, f"{names} {text} times the automatic ones, and the gradients of the "
                 "parameters are right: the factor is put in later, as when 1 / m stands in dW and "
                 "db. Either place is right.")  # fmt: skip
            return
    factor = _common(rows, tolerance) if len(rows) > 1 else None
    if factor is not None and is_meant(factor, examples_in(numbers), None, tolerance.relative):
        text = factor_text(factor, numbers)
        reason = "of minus the cost" if text == "-1" else "of a sum for a mean, or of several calls"
        _set(rows, f"All gradients are {text} times the automatic ones: those {reason}. "
             f"{right_if(factor)}")  # fmt: skip


def _set(rows: Sequence[Row], message: str) -> None:
    for row in rows:
        row.verdict, row.diagnosis = "convention", Diagnosis("convention", message)


def _common(rows: Sequence[Row], tolerance: Tolerance) -> float | None:
    """Return the factor that all rows share, None if there is none but 1."""
    exact = tolerance.relative
    factor: float | None = None
    for row in rows:
        if row.manual is None or row.automatic is None:
            return None
        if factor is None and informative(row.manual):
            factor = multiple(row.manual, row.automatic, exact)
            if factor is None:
                return None
    if factor is None or abs(factor - 1) <= exact:
        return None
    for row in rows:
        assert row.manual is not None
        assert row.automatic is not None
        if row.manual.shape != row.automatic.shape:
            return None
        scale = max(largest(row.manual), largest(row.automatic))
        if largest(row.manual - factor * row.automatic) > tolerance.allowed(scale):
            return None
    return factor


def _incoming(row: Row, rows: Sequence[Row]) -> tuple[str, Array] | None:
    """Return the gradient that a bias is summed from, if it is among the rows."""
    named = kind_and_layer(row.name)
    for other in rows:
        right = other.automatic
        of_z = named and kind_and_layer(other.name) == ("Z", named[1])
        if named and named[0] == "b" and of_z and right is not None:
            return other.name, right
    return None


def _spreads(row: Row, rows: Sequence[Row]) -> bool:
    """Return whether others may be wrong because this one is, or what it is made from."""
    named = kind_and_layer(row.name)
    if named is None or named[0] in _INNER:
        return True
    partner = ("b" if named[0] == "W" else "W", named[1])
    return any(kind_and_layer(other.name) == partner and other.verdict == "wrong" for other in rows)
