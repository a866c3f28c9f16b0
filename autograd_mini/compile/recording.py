"""Record a function so that its program may be trusted: nothing it reads changes meanwhile."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from autograd_mini.compile.arguments import is_array, objects_in
from autograd_mini.compile.capture import Capture, captured
from autograd_mini.compile.drawing import drawing
from autograd_mini.compile.guards import Guard
from autograd_mini.compile.places import Held
from autograd_mini.compile.surroundings import Surroundings
from autograd_mini.differentiate.tree import leaves

__all__ = ["recording"]


def recording(
    f: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> tuple[Capture | None, Guard]:
    """Return what `f` does, and the guard of what it reads.

    Returns
    -------
    capture : Capture or None
        None if `f` reads tensors that are recorded, whose gradient a program would not know.
    guard : Guard

    Raises
    ------
    DataDependentError
        If `f` looks at values, reads what cannot be watched, or changes what it reads.
    """
    others = [
        (path, value)
        for path, value in [*leaves(args, "args"), *leaves(kwargs, "kwargs")]
        if not is_array(value)
    ]
    others += [
        (path, Held(each))
        for path, each in [*objects_in(args, "args"), *objects_in(kwargs, "kwargs")]
    ]
    guards: list[Guard] = []
    try:
        # Twice if it has filled what it will find there the next time, like a table of results.
        while not guards or (len(guards) < 2 and guards[-1].has_grown()):
            around = Surroundings(f, others)
            if not guards:
                _warn_of_questions(around)
            guards.append(Guard(around))
            if guards[-1].tracked:
                guards[0].refuse_changes()  # what it has left behind is no gradient of anybody's
                return None, guards[-1]
            with drawing((each.place, each.value) for each in around.found):
                capture = captured(f, args, kwargs, around.generators, around.caching)
        guards[-1].refuse_changes()
    except BaseException:
        for guard in reversed(guards):
            guard.restore()
        raise
    finally:
        for guard in guards:
            guard.unlock()
    return capture, guards[-1]


def _warn_of_questions(around: Surroundings) -> None:
    """Warn where a function asks for arrays of NumPy's, which it is not given while recorded."""
    for name, x in around.asking.items():
        warnings.warn(
            f"{name} asks isinstance({x}, np.ndarray), which is False for the tensors that a "
            f"compiled function is recorded with: ask isinstance({x}, (np.ndarray, ag.Tensor)), "
            f"or for np.ndim({x})",
            stacklevel=5,
        )
