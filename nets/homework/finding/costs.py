"""Costs to assume where a file has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.check.diagnose.numbers import is_conventional

__all__ = ["ASSUMED", "SUMMED", "assumed", "likeness"]

_EXACT = 1e-9

_MANY = 8
"""Entries that two numbers fit by no accident."""


def _binary(A: Any, Y: Any, m: int) -> Any:
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m


def _categorical(A: Any, Y: Any, m: int) -> Any:
    return -np.sum(Y * np.log(A)) / m


def _half_squares(A: Any, Y: Any, m: int) -> Any:
    return np.sum((A - Y) ** 2) / (2 * m)


def _mean_squares(A: Any, Y: Any, m: int) -> Any:  # noqa: ARG001 - as the others
    return np.mean((A - Y) ** 2)


Cost = Callable[[Any, Any, int], Any]

ASSUMED: tuple[tuple[str, Cost], ...] = (
    ("binary cross-entropy, mean over m", _binary),
    ("categorical cross-entropy, mean over m", _categorical),
    ("half the squared error, mean over m", _half_squares),
    ("mean squared error", _mean_squares),
)
"""Costs by what they are called, the likeliest first; each takes (A, Y, m)."""

_MEAN, _SUM = "mean over m", "summed over the examples"


def _summed(cost: Cost) -> Cost:
    return lambda A, Y, m: m * cost(A, Y, m)


SUMMED: tuple[tuple[str, Cost], ...] = tuple(
    (name.replace(_MEAN, _SUM), _summed(cost)) for name, cost in ASSUMED if _MEAN in name
)
"""The same of those that are means over the examples, without the mean."""


def assumed(
    output: ag.Tensor,
    target: Any,
    m: int,
    given: Mapping[str, Any],
    tensors: Mapping[str, ag.Tensor],
    *,
    descends: bool = False,
    called: str | None = None,
) -> tuple[ag.Tensor, str] | None:
    """Return the cost whose gradients are likest to those given, and what it is called.

    Parameters
    ----------
    output : Tensor
        Of the network.
    target : numpy.ndarray
        What it should be, of the same shape.
    m : int
        The number of examples.
    given : mapping of str to numpy.ndarray
        The person's gradients by what they are the gradients of.
    tensors : mapping of str to Tensor
        The parameters.
    descends : bool
        Whether the one gradient there is was read off an update.
    called : str, optional
        The one cost of :data:`ASSUMED` or :data:`SUMMED` to take.
    """
    outputs = output.size // m if m else 1
    best: tuple[float, ag.Tensor, str, dict[str, Any]] | None = None
    for name, cost in (*ASSUMED, *(SUMMED if called is not None else ())):
        value = cost(output, target, m)
        if called not in (None, name) or not np.isfinite(value.item()):
            continue
        found = _gradients(value, tensors)
        score = _score(given, found, m, outputs)
        if best is None or score > best[0] + 1e-11:
            best = score, value, name, found
    if best is None:
        return None
    _, value, called, found = best
    known = [name for name in given if name in tensors]
    if len(known) == 1:  # nothing beside it could tell a factor of the cost from a mistake
        factor = _factor(given[known[0]], found.get(known[0], np.zeros(())))
        factor = abs(factor) if descends else factor
        factor = factor if is_conventional(factor, m, outputs, 1e-7) else 1.0
        plain = abs(factor - 1) < _EXACT
        return (value, called) if plain else (value * factor, f"{called}, times {factor:.6g}")
    decay = _decay(given, found, tensors)
    if decay is None:
        return value, called
    squares = sum(np.sum(tensors[name] ** 2) for name in found if name[:1] in "Ww")
    return value + decay / 2 * squares, f"{called}, and {decay:.6g} / 2 times the squared weights"


def _gradients(cost: ag.Tensor, tensors: Mapping[str, ag.Tensor]) -> dict[str, Any]:
    cost.backward()
    found = {}
    for name, tensor in tensors.items():
        if tensor.grad is not None:
            found[name] = tensor.grad.numpy().copy()
        tensor.zero_grad()
    return found


def _score(given: Mapping[str, Any], found: Mapping[str, Any], m: int, outputs: int) -> float:
    """Return how alike gradients are; more than that where all are right under some name.

    A factor that people choose, such as m, is likelier than one that just comes out.
    """
    known = [name for name in given if name in found]
    score = sum(likeness(given[name], found[name]) for name in known)
    factors = [_factor(given[name], found[name]) for name in known]
    score += (
        sum(factor != 1 and is_conventional(factor, m, outputs, 1e-7) for factor in factors) / 4
    )
    anywhere = [max(likeness(given[name], each) for each in found.values()) for name in known]
    return score + (sum(anywhere) if min(anywhere, default=0.0) > 1 - _EXACT else 0.0)


def likeness(a: Any, b: Any) -> float:
    """Return 1.5 where two arrays are equal, 1 where up to a factor, less where they are not."""
    if np.shape(a) != np.shape(b):
        return 0.0
    if np.allclose(a, b, rtol=1e-6, atol=0):
        return 1.5
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return abs(float(np.vdot(a, b))) / norm if norm > 0 else 0.0


def _factor(a: Any, b: Any) -> float:
    """Return c where ``a == c * b``, 1 where there is no such number."""
    if np.shape(a) != np.shape(b) or not np.any(b):
        return 1.0
    factor = float(np.vdot(b, a) / np.vdot(b, b))
    return factor if np.allclose(a, factor * b, rtol=1e-6, atol=0) else 1.0


def _decay(
    given: Mapping[str, Any], found: Mapping[str, Any], tensors: Mapping[str, ag.Tensor]
) -> float | None:
    """Return c where most weights have ``k dW + k c W`` for a gradient: an L2 term is meant.

    That the cost is assumed leaves it open; several weights with the same c leave no doubt, nor
    does one of many entries where the other weights, being wrong, show neither that nor that
    there is none.
    """
    weights = [name for name in given if name[:1] in "Ww" and name in found]
    shown = [_multiple_of_itself(given[name], found[name], tensors[name]) for name in weights]
    known = [each for each in shown if each is not None]
    alike = [each for each in known if abs(each - known[0]) <= 1e-6 * abs(known[0])]
    without = [name for name in weights if likeness(given[name], found[name]) > 1 - _EXACT]
    many = any(
        each is not None and np.size(given[name]) >= _MANY
        for name, each in zip(weights, shown, strict=True)
    )
    certain = len(alike) > 1 or (many and not without)
    return known[0] if certain and 2 * len(alike) >= len(weights) > 1 else None


def _multiple_of_itself(mine: Any, right: Any, weight: ag.Tensor) -> float | None:
    """Return c where ``mine == k * (right + c * weight)``, None where it is not so or c is 0."""
    W = weight.detach().numpy()
    if np.shape(mine) != W.shape or W.size < 3:
        return None
    columns = np.stack([np.ravel(right), W.ravel()], axis=1)
    (k, kc), *_ = np.linalg.lstsq(columns, np.ravel(mine), rcond=None)
    left = np.abs(columns @ (k, kc) - np.ravel(mine)).max()
    fits = left <= _EXACT * np.abs(mine).max() and abs(k) > _EXACT
    return float(kc / k) if fits and abs(kc / k) > 1e-7 else None
