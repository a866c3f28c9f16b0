"""What the function that makes a gradient calls the values that it is handed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nets.homework.running.trace import Assigned

__all__ = ["data_part", "names_inside"]


def names_inside(
    line: int | None,
    made: Any,
    values: Mapping[str, Any],
    spelled: Mapping[str, str],
    trace: Sequence[Assigned],
) -> dict[str, str]:
    """Return the names that values have inside the call that made an array on a line, before it.

    Parameters
    ----------
    line : int or None
    made : numpy.ndarray or None
    values : mapping of str to numpy.ndarray
        By what they are: ``dZ2``, ``A1``, ``W2``.
    spelled : mapping of str to str
        What the person calls them elsewhere.
    trace : sequence of Assigned
        What happened in backward.

    Returns
    -------
    dict
        ``{"dZ2": "dvalues", "W2": "self.weights"}`` in a layer's own method; what the function
        does not know there is left out.
    """
    at = next((k for k, each in enumerate(trace) if each.line == line and _is(each, made)), 0)
    call = trace[at].call if trace else None
    handed = [each for each in trace[:at] if each.call == call and np.ndim(each.value)]
    found = {}
    for name, value in values.items():
        same = [each.name for each in handed if _equal(each.value, value)]
        if same and spelled.get(name) not in same:
            found[name] = min(same, key=lambda each: (each.startswith("self."), "[" in each))
    return found


def data_part(whole: Any, weight: Any, trace: Sequence[Assigned]) -> Assigned | None:
    """Return what a gradient was before a multiple of its weight was added to it.

    Parameters
    ----------
    whole : numpy.ndarray
        The gradient with its L2 term.
    weight : numpy.ndarray
    trace : sequence of Assigned
        What happened in backward.
    """
    if np.ndim(whole) != 2 or np.shape(whole) != np.shape(weight) or np.size(whole) < 3:
        return None
    for each in trace:
        if each.given or np.shape(each.value) != np.shape(whole):
            continue
        rest = whole - each.value
        share = float(np.vdot(weight, rest) / np.vdot(weight, weight))
        if share and np.allclose(rest, share * weight, rtol=1e-9, atol=1e-12):
            return each if np.any(each.value) else None
    return None


def _is(each: Assigned, made: Any) -> bool:
    return not each.given and made is not None and _equal(each.value, made)


def _equal(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.array_equal(a, b)
