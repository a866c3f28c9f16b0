"""Warn where a function asks whether something is an array or a number while it is recorded.

It is given tensors then, which are neither: it would go another way than with what it is called
with.  Only the answer knows whether it matters, so a stand-in for ``isinstance`` gives it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from types import FrameType, UnionType
from typing import Any

import numpy as np

from autograd_mini.recording.recorded import Recorded

__all__ = ["asked", "is_stand_in", "scalar"]

_ISSCALAR: Callable[..., Any] = np.isscalar


def asked(value: Any, kinds: Any, /) -> bool:
    """Stand in for ``isinstance``."""
    found = isinstance(value, kinds)
    if not found and isinstance(value, Recorded) and isinstance(value._value, kinds):
        _warn(value, f"isinstance({{}}, {_text(kinds)})", sys._getframe(1))
    return found


def scalar(element: Any) -> bool:
    """Stand in for ``np.isscalar``."""
    found: bool = _ISSCALAR(element)
    frame = sys._getframe(1)
    own = str(frame.f_globals.get("__name__")).partition(".")[0] in ("autograd_mini", "numpy")
    if not (found or own) and isinstance(element, Recorded) and _ISSCALAR(element._value):
        _warn(element, "np.isscalar({})", frame)
    return found


def _warn(value: Recorded, question: str, frame: FrameType) -> None:
    names = [name for name, each in frame.f_locals.items() if each is value]
    x = names[-1] if names else "x"  # that of a comprehension comes last
    instead = f"np.ndim({x}) {'> 0' if np.ndim(value._value) else '== 0'}"
    if "isinstance" in question:
        kind = "np.ndarray" if "np.ndarray" in question else "..."
        instead = f"isinstance({x}, ({kind}, ag.Tensor)), or {instead}"
    warnings.warn(
        f"{frame.f_code.co_qualname} asks {question.format(x)}, which is False for the tensors "
        f"that a compiled function is recorded with, and True without: ask {instead}",
        stacklevel=3,
    )


def _text(kinds: Any) -> str:
    """Return how a person writes classes."""
    if isinstance(kinds, UnionType):
        return str(kinds)
    if isinstance(kinds, tuple):
        return f"({', '.join(map(_text, kinds))})"
    home, name = getattr(kinds, "__module__", "builtins"), getattr(kinds, "__name__", str(kinds))
    return name if home == "builtins" else f"{'np' if home == 'numpy' else home}.{name}"


def is_stand_in(value: Any) -> bool:
    """Return whether a global is there only while a function is recorded, in whatever thread."""
    return value is asked
