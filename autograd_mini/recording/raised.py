"""Notice operations that raise because of values, where values are those of an example.

A function that catches the error goes another way than with other values, which nobody would see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import user_frame
from autograd_mini.ops.operation import Op, registry
from autograd_mini.recording.recorded import Recorded
from autograd_mini.recording.trouble import call_text

__all__ = ["note_raised"]


def note_raised(error: Exception, op: Op, operands: Sequence[Any], params: dict[str, Any]) -> None:
    """Have the tapes refuse a function that goes on after `error`, if values have caused it.

    Parameters
    ----------
    error : Exception
        What the operation has raised.
    op : Op
    operands : sequence
    params : dict
    """
    tapes = [each for each in current().tapes if any(_is_of(each, one) for one in operands)]
    if not tapes or _raises_anyway(op, operands, params):
        return
    frame = user_frame(2)
    line = f" ({frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
    refusal = DataDependentError(
        f"{call_text(op, operands, params)} raised {type(error).__name__} ({error}), and the "
        "function went on without it. That depends on the values of a tensor, but "
        f"{tapes[-1].why}: do that part outside, and pass what it gives as an argument{line}"
    )
    for tape in tapes:
        tape.refused = tape.refused or refusal


def _is_of(tape: Any, operand: Any) -> bool:
    return isinstance(operand, Recorded) and operand._node in tape.mapped


def _raises_anyway(op: Op, operands: Sequence[Any], params: dict[str, Any]) -> bool:
    """Return whether the operation raises for other values of these shapes and dtypes, too.

    What operations of users look at is not known.
    """
    return registry.get(op.name) is op and not any(
        _is_fine(op, [_with(values, each) for each in operands], params)
        for values in (np.zeros_like, np.ones_like, _unit)
    )


def _with(values: Callable[[Any], Any], operand: Any) -> Any:
    """Return other values for an operand that is an example; others as they are."""
    if not isinstance(operand, Recorded):
        return operand
    if any(_is_of(tape, operand) for tape in current().tapes):
        return values(operand._value)
    return operand._value


def _unit(value: Any) -> Any:
    """Return matrices like `value` that have an inverse and a root."""
    made = np.zeros_like(value)
    if made.ndim > 1:
        made[...] = np.eye(*made.shape[-2:])
    return made


def _is_fine(op: Op, values: list[Any], params: dict[str, Any]) -> bool:
    try:
        _ = op.kernel(values, **params) if op.variadic else op.kernel(*values, **params)
    except Exception:  # noqa: BLE001 - as the one that is asked about, it may be any
        return False
    return True
