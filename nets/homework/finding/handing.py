"""What a person's functions hand back: the cost among other things, parameters one by one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import autograd_mini as ag

__all__ = ["apart", "scalar_of"]

_COST = re.compile(r"cost|loss|J$|err")
_WHOLE = ("cost", "loss", "J", "total_loss", "total_cost")


def scalar_of(result: Any, names: list[list[str]]) -> Any:
    """Return the cost in what a function returned."""
    if not isinstance(result, (tuple, list)):
        return result
    for each in names:
        if len(each) == len(result):
            pairs = zip(each, result, strict=True)
            named = {
                key: value for key, value in pairs if _COST.search(key) and np.size(value) == 1
            }
            if named:  # of data_loss, reg_loss and loss the last is the sum
                return next((named[key] for key in _WHOLE if key in named), [*named.values()][-1])
    return next((each for each in result if np.shape(each) == () or np.size(each) == 1), None)


def apart(made: Any, names: list[list[str]]) -> dict[str, Any] | None:
    """Return parameters that a function returns one by one, by name; None where it does not."""
    if not isinstance(made, (tuple, list)):
        return None
    if not all(isinstance(each, (np.ndarray, ag.Tensor, float, np.floating, int)) for each in made):
        return None
    fitting = [each for each in names if len(each) == len(made)]
    if not fitting:
        return {} if isinstance(made, tuple) else None  # `return weights`, a list
    values = zip(fitting[-1], made, strict=True)
    return {key: np.asarray(each, float) if np.ndim(each) else float(each) for key, each in values}
