"""What may be wrong with one gradient on its own, when what it is made from is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.numbers import (
    examples_in,
    factor_text,
    informative,
    is_meant,
    multiple,
    same,
    share_text,
)
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.judge import largest

__all__ = ["alone"]

Array = NDArray[Any]


def alone(
    name: str,
    manual: Array,
    right: Array,
    *,
    exact: float,
    numbers: Mapping[float, str],
    fix: str = "",
    incoming: tuple[str, Array] | None = None,
    value: tuple[str, Array] | None = None,
    penalty: Array | None = None,
    decay: float | None = None,
) -> Iterator[Diagnosis]:
    """Yield what explains `manual` where `right` is meant.

    Parameters
    ----------
    name : str
        Of the gradient.
    manual, right : numpy.ndarray
    exact : float
        How closely a mistake must reproduce `manual`.
    numbers : mapping
        Names of numbers that may be a factor.
    fix : str
        The right line, where it is known.
    incoming : (str, numpy.ndarray), optional
        The gradient that a bias is summed from.
    value : (str, numpy.ndarray), optional
        The tensor itself.
    penalty : numpy.ndarray, optional
        The part of `right` that comes from an L2 term.
    decay : float, optional
        What the L2 term of the cost multiplies weights by.
    """
    if manual.shape != right.shape:
        yield from _shapes(name, manual, right, exact, fix, incoming)
        return
    if not informative(manual) or not informative(right):
        if value is not None and decay is not None:
            yield from _decays_too(name, manual, right, value, decay, exact)
        return
    factor = multiple(manual, right, exact)
    if factor is not None and is_meant(factor, examples_in(numbers), None, exact):
        text = factor_text(factor, numbers, exact)
        code = "sign" if abs(factor + 1) <= 10 * exact else "scale"
        said = "has the other sign" if code == "sign" else f"is {text} times what it should be"
        yield Diagnosis(code, f"{name} {said}.", fix)
    if value is not None:
        yield from _regularization(name, manual, right, value, penalty, exact, numbers)


def _shapes(
    name: str,
    manual: Array,
    right: Array,
    exact: float,
    fix: str,
    incoming: tuple[str, Array] | None,
) -> Iterator[Diagnosis]:
    """Yield why a gradient has another shape than what it is the gradient of."""
    has = f"{name} has shape {manual.shape} in place of {right.shape}"
    if manual.ndim == right.ndim == 2 and same(manual.T, right, exact):
        what = "it is the transpose of what it should be"
        if min(right.shape) == 1:
            what = "a row where a column is due, or the other way round"
        yield Diagnosis("transpose", f"{has}: {what}.", fix)
        return
    if np.squeeze(manual).shape == np.squeeze(right).shape and same(
        np.squeeze(manual), np.squeeze(right), exact
    ):
        advice = "they belong along another axis"
        if manual.ndim != right.ndim:
            few = manual.ndim < right.ndim
            advice = "add keepdims=True" if few else "take the axis of length 1 away"
        yield Diagnosis("wrong_shape", f"{has}: the numbers are right; {advice}.", fix)
        return
    if incoming is not None:
        yield from _sums(has, manual, right, exact, fix, incoming)


def _sums(
    has: str, manual: Array, right: Array, exact: float, fix: str, incoming: tuple[str, Array]
) -> Iterator[Diagnosis]:
    """Yield other sums of what a bias gets its gradient from."""
    label, g = incoming
    if manual.shape == g.shape:
        factor = multiple(manual, g, exact)
        if factor is not None:
            yield Diagnosis("wrong_shape", f"{has}: {label} is not summed over the examples.", fix)
        return
    for axis in range(g.ndim):
        total = np.sum(g, axis=axis)
        if total.size == 1 < right.size:
            continue  # one number is a multiple of any other
        if manual.size == total.size and multiple(manual.ravel(), total.ravel(), exact) is not None:
            if (
                total.size == right.size
                and multiple(total.ravel(), right.ravel(), exact) is not None
            ):
                yield Diagnosis("wrong_shape", f"{has}: add keepdims=True.", fix)
            else:
                yield Diagnosis("wrong_axis", f"{has}: {label} is summed over axis {axis}.", fix)
            return
    if manual.size > 1 or right.size == 1 or not informative(g):
        return
    if _is_sum(manual.ravel()[0], g, float(np.sum(right)), exact):
        yield Diagnosis(
            "wrong_axis", f"{has}: {label} is summed over everything; name the axis.", fix
        )


def _is_sum(number: Any, g: Array, own: float, exact: float) -> bool:
    """Return whether a number is the sum of all of g, or that times what the right one has.

    Of a softmax that sum is 0: its outputs and the labels both add up to 1.
    """
    total, nothing = np.sum(g), exact * float(np.sum(np.abs(g)))
    if abs(total) <= nothing:
        return bool(abs(number) <= nothing)
    return any(abs(number - each) <= 1e3 * exact * abs(each) for each in (own, total))


def _regularization(
    name: str,
    manual: Array,
    right: Array,
    value: tuple[str, Array],
    penalty: Array | None,
    exact: float,
    numbers: Mapping[float, str],
) -> Iterator[Diagnosis]:
    """Yield a wrong multiple of the tensor itself: the derivative of an L2 term."""
    label, tensor = value
    rest = manual - right
    if penalty is not None and informative(penalty):
        factor = _fitted(rest, penalty, manual, exact)
        if factor is None:
            return
        times = factor + 1
        share = multiple(penalty, tensor, 1e-6)
        due = f"{name} = … + {share_text(share, numbers)} * {label}" if share is not None else ""
        if abs(times) <= 1e3 * exact:
            yield Diagnosis(
                "missing_regularization",
                f"{name} leaves out the derivative of the L2 term, a multiple of {label}.",
                due,
            )
        else:
            text = factor_text(times, numbers, 1e3 * exact)
            yield Diagnosis(
                "regularization_scale",
                f"The L2 part of {name} is {text} times what it should be.",
                due,
            )
    elif informative(tensor):
        factor = _fitted(rest, tensor, manual, exact)
        if factor is not None:
            yield Diagnosis(
                "regularization_scale",
                f"{name} contains {factor:.6g} * {label}, as if the cost had an L2 term in it; it "
                "has none.",
                f"{name} without a multiple of {label}",
            )


def _decays_too(
    name: str,
    manual: Array,
    right: Array,
    value: tuple[str, Array],
    decay: float,
    exact: float,
) -> Iterator[Diagnosis]:
    """Yield that a bias has the weights' L2 term: one number may prove it, its factor is known."""
    label, tensor = value
    added = decay * tensor
    if largest(added) > 1e3 * exact * largest(manual) and same(manual, right + added, exact):
        yield Diagnosis(
            "regularization_scale",
            f"{name} contains {decay:.6g} * {label}, as if the cost's L2 term had {label} in it; "
            "it has only weights.",
            f"{name} without a multiple of {label}",
        )


def _fitted(rest: Array, direction: Array, manual: Array, exact: float) -> float | None:
    """Return c where ``rest == c * direction``, both seen at the size of the whole gradient."""
    if rest.shape != direction.shape or direction.size < 2:
        return None
    size = float(np.sum(direction * direction))
    factor = float(np.sum(rest * direction)) / size
    gap = float(np.max(np.abs(rest - factor * direction)))
    whole = float(np.max(np.abs(manual)))
    moved = float(np.max(np.abs(rest)))
    return factor if gap <= exact * whole and moved > 1e3 * exact * whole else None
