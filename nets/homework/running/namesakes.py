"""Steps of backward that are called after the value they are the gradient of: ``grad_h_relu``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.costs import likeness
from nets.homework.reading.spelling import last_part, of_what
from nets.homework.running.gradients import Manual
from nets.homework.running.steps import made_at
from nets.homework.running.trace import Assigned

__all__ = ["namesake_gradients", "namesakes"]

_SAME = 1 - 1e-9
"""So much alike are two gradients but for a factor."""


def namesakes(
    forward: Sequence[Assigned], backward: Sequence[Assigned], cost: ag.Tensor
) -> dict[str, Assigned]:
    """Return the recorded values after which backward calls gradients, by their own names.

    What is called after one value and holds the gradient of another, such as that before the
    activation, is left out.

    Parameters
    ----------
    forward : sequence of Assigned
        What happened in forward, on Tensors.
    backward : sequence of Assigned
        What happened in backward.
    cost : Tensor
    """
    made = {(of, np.shape(each.value)): each.value for of, each in _steps(backward)}
    values = [each for each in forward if not each.given and _recorded(each.value)]
    found = {last_part(each.name): each for each in values}
    found = {name: each for name, each in found.items() if (name, each.value.shape) in made}
    if not found:
        return {}
    right = _gradients([each.value for each in values], cost)
    of_their_own = {id(each.value) for each in found.values()}
    free = [each for key, each in right.items() if key not in of_their_own]
    return {
        name: each
        for name, each in found.items()
        if not _of_another(made[name, each.value.shape], right.get(id(each.value)), free)
    }


def _recorded(value: Any) -> bool:
    return isinstance(value, ag.Tensor) and value.requires_grad and not value.is_leaf


def _gradients(values: Sequence[ag.Tensor], cost: ag.Tensor) -> dict[int, Any]:
    """Return the gradient of each value by its identity."""
    for each in values:
        each.grad = None
        each.retain_grad()
    cost.backward()
    return {id(each): each.grad.numpy() for each in values if each.grad is not None}


def _of_another(made: Any, own: Any, others: Sequence[Any]) -> bool:
    """Return whether a step is like the gradient of another value, and not like that of its own.

    Parameters
    ----------
    made : numpy.ndarray
        The step.
    own : numpy.ndarray or None
        The right gradient of the value that it is called after.
    others : sequence of numpy.ndarray
        Those of values that no step is called after.
    """
    if np.size(made) < 2 or (own is not None and likeness(made, own) > _SAME):
        return False
    return any(likeness(made, each) > _SAME for each in others)


def namesake_gradients(
    trace: Sequence[Assigned], known: Mapping[str, tuple[str, tuple[int, ...]]]
) -> dict[str, list[Manual]]:
    """Return gradients of values of forward that are called after them, the last made first.

    Of what is changed in place, ``dhidden[hidden <= 0] = 0``, there are several.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in backward.
    known : mapping
        How each value of the forward pass is spelled, and its shape, by canonical name.
    """
    spelled = {(last_part(path), shape): name for name, (path, shape) in known.items()}
    found: dict[str, list[Manual]] = {}
    for of, each in _steps(trace):
        name = spelled.get((of, np.shape(each.value)))
        if name is not None:
            made = Manual(each.name, each.value, made_at(each, trace), False)
            found.setdefault(name, []).insert(0, made)
    return found


def _steps(backward: Sequence[Assigned]) -> list[tuple[str, Assigned]]:
    """Return what was made under the name of a gradient, with what that is of."""
    made = [
        (of_what(each.name), each)
        for each in backward
        if not each.given and np.ndim(each.value) > 0 and not isinstance(each.value, ag.Tensor)
    ]
    return [(of, each) for of, each in made if of is not None]
