"""The line inside a helper for a derivative, where that is what is wrong: ``sigmoid_prime(z)``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_mini.check.diagnose.layers import carried
from autograd_mini.ops.operation import registry
from nets.homework.layouts.completing import BEYOND
from nets.homework.results import GradientRow
from nets.homework.running.trace import RETURNED, Assigned

__all__ = ["with_helpers"]

_CODES = ("wrong_activation_derivative", "missing_activation_derivative", "wrong_output_gradient",
          "other")  # fmt: skip
_NAMED = re.compile(r"\w*(prime|deriv|grad|slope)\w*|d_?[a-z]\w*", re.IGNORECASE)
_OPS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "sin", "exp", "square")
"""Not softplus, whose derivative is sigmoid: who returns that has forgotten a factor."""


@dataclass(frozen=True)
class _Call:
    """One call of a helper: what it was handed, what it gave, and the line that made that."""

    name: str
    argument: str
    handed: Any
    gave: Any
    line: int


def with_helpers(rows: Sequence[GradientRow], trace: Sequence[Assigned]) -> tuple[GradientRow, ...]:
    """Return the rows, with the line of a helper that gives the derivative of no function.

    One that gives that of another function, or is handed another value than it takes, is right,
    and the line that calls it is not.

    Parameters
    ----------
    rows : sequence of GradientRow
    trace : sequence of Assigned
        What happened in backward.
    """
    return tuple(_in_its_helper(row, trace) for row in rows)


def _in_its_helper(row: GradientRow, trace: Sequence[Assigned]) -> GradientRow:
    found = row.diagnosis
    if found is None or row.verdict != "wrong" or row.inherited or found.code not in _CODES:
        return row
    at = [k for k, each in enumerate(trace) if each.line == found.line and not each.given]
    same = [k for k in at if np.array_equal(trace[k].value, np.asarray(row.manual))]
    calls = _calls(trace, (same or at)[-1]) if at else iter(())
    wrong = next((each for each in calls if not _is_derivative(each)), None)
    if wrong is None or wrong.line >= BEYOND:
        return row
    said = f"{found.message} Line {found.line} has it from {wrong.name}: look at line {wrong.line}."
    due = found.fix.removeprefix("what is due: ")
    fix = f"what is due: {due}" if due else ""
    return replace(row, diagnosis=replace(found, message=said, line=wrong.line, fix=fix))


def _calls(trace: Sequence[Assigned], at: int) -> Iterator[_Call]:
    """Yield the calls of helpers for a derivative in the statement that made an entry."""
    first = at
    while first > 0 and trace[first - 1].call > trace[at].call:
        first -= 1
    inner = trace[first:at]
    while inner:
        number = inner[0].call
        end = next(
            (k for k, e in enumerate(inner) if e.call == number and e.name == RETURNED), None
        )
        if end is None:
            return
        made = _call([each for each in inner[: end + 1] if each.call == number])
        if made is not None:
            yield made
        inner = inner[end + 1 :]


def _call(own: Sequence[Assigned]) -> _Call | None:
    """Return a call of a function of one array, whose name is that of a derivative."""
    back = own[-1]
    handed = [each for each in own if each.given and each.name.isidentifier()]
    if len(handed) != 1 or not _NAMED.fullmatch(back.function.strip("_")):
        return None
    if np.shape(handed[0].value) != np.shape(back.value) or not np.ndim(back.value):
        return None
    made = [each.line for each in own[:-1] if not each.given and _same(each.value, back.value)]
    line = made[0] if made and not _known(handed[0].value, back.value) else back.line
    return _Call(back.function, handed[0].name, handed[0].value, back.value, line)


def _known(handed: Any, gave: Any) -> bool:
    """Return whether a function gave an activation rather than its derivative."""
    return any(_same(registry[name].kernel(handed), gave) for name in ("sigmoid", "tanh", "relu"))


def _is_derivative(call: _Call) -> bool:
    """Return whether a helper gives the derivative of some function at what it was handed.

    Who calls that ``z`` means what the function is applied to, and others what it gives.
    """
    x, gave = np.asarray(call.handed, dtype=float), call.gave
    with np.errstate(all="ignore"):
        for name in _OPS:
            op = registry[name]
            out = np.asarray(op.kernel(x))
            if _same(carried(op, np.ones_like(out), x, out, {}), gave):
                return True
    by_output = not call.argument.lower().startswith("z")
    return by_output and any(_same(each, gave) for each in (x * (1 - x), 1 - x**2))


def _same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12))
