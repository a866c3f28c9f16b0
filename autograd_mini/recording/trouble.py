"""Say what went wrong in the user's terms: names, shapes, entries and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.errors import AnomalyError
from autograd_mini.graph.node import user_frame
from autograd_mini.ops.operation import Op
from autograd_mini.recording.recorded import Recorded

__all__ = ["NAMED", "call_text", "check_finite", "in_users_terms"]

NAMED = (ValueError, IndexError, TypeError, np.linalg.LinAlgError)
"""What operations raise where their operands do not fit, or have values that they cannot take."""


def _operand_text(operand: Any) -> str:
    name = getattr(operand, "name", None) or getattr(operand, "_name", None)
    if isinstance(operand, (int, float, complex)):
        return repr(operand)
    shape = np.shape(operand._value if isinstance(operand, Recorded) else operand)
    return f"{name or 'array'} {shape}"


_LONG = (tuple, list, np.ndarray)


def call_text(op: Op, operands: Sequence[Any], params: dict[str, Any]) -> str:
    """Return a call as a user would write it, with shapes in place of values."""
    inner = [_operand_text(each) for each in operands]
    short = {key: each for key, each in params.items() if not isinstance(each, _LONG)}
    inner += [f"{key}={value!r}" for key, value in short.items()]
    return f"{op.name}({', '.join(inner)})"


def in_users_terms(
    error: Exception, op: Op, operands: Sequence[Any], params: dict[str, Any]
) -> Exception:
    """Return the same kind of error, naming the operation, its operands and their shapes."""
    try:
        return type(error)(f"{call_text(op, operands, params)}: {error}")
    except TypeError:  # an exception class with arguments of its own
        kind = TypeError if isinstance(error, TypeError) else ValueError
        return kind(f"{call_text(op, operands, params)}: {error}")


def check_finite(value: Any, what: str, source: str = "") -> None:
    """Raise :class:`AnomalyError` if `value` holds NaN or infinity."""
    for each in value if isinstance(value, tuple) else (value,):
        array = np.asarray(each)
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            position = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
            frame = user_frame(2)
            line = source or (f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "")
            hint = ""
            if what.startswith("the gradient of sqrt"):
                hint = "; for a norm use np.linalg.norm, whose derivative at 0 is 0"
            raise AnomalyError(
                f"{what} made {array[position]} at entry {position} of shape {array.shape}"
                f"{hint} ({line})"
            )
