"""Look at the values that are to be checked."""

from __future__ import annotations

from typing import Any

from autograd_mini.recording.recorded import Recorded

__all__ = ["looked_at"]


def looked_at(value: Any, what: str) -> Any:
    """Return the values of a tensor; anything else as it is.

    Parameters
    ----------
    value : object
    what : str
        What looks, for messages.

    Raises
    ------
    DataDependentError
        If the tensor stands for many values: what is checked holds for these only.
    """
    if not isinstance(value, Recorded):
        return value
    return value._peek(what, "check the function by itself, outside of what is compiled or mapped")
