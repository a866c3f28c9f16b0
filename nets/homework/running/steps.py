"""The values on the way, Z and A of each layer, and the gradients of them that backward makes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.reading.spelling import STEP, last_part, of_what
from nets.homework.running.gradients import Manual
from nets.homework.running.trace import RETURNED, Assigned

__all__ = ["WAYS", "forward_names", "intermediates", "made_at"]


WAYS = ("both", "before", "after")
"""Which values count where an A's gradient is changed in place, the likeliest first."""


def intermediates(
    trace: Sequence[Assigned],
    depth: int,
    known: Mapping[str, tuple[int, ...]],
    way: str = WAYS[0],
) -> dict[str, Manual]:
    """Return gradients of intermediate values, by the canonical name of the value.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in backward.
    depth : int
        The number of layers.
    known : mapping
        The shapes of the values that the forward pass named.
    way : {"both", "before", "after"}
        What a dA that is changed in place is: dA before and dZ after, as with
        ``dA[Z <= 0] = 0``, or the one or the other, as with the mask of dropout.
    """
    calls = _runs(trace)
    numbers = [int(p["number"]) for n, _ in calls if (p := STEP.match(n)) and p["number"]]
    late = max(max(numbers, default=0) - depth, 0)  # delta3, delta2 in a network of two layers
    made = [
        (kind, layer, run)
        for (name, _), runs in calls.items()
        if (parsed := STEP.match(name)) is not None
        for kind in ["A" if parsed["after"] else (parsed["kind"] or "Z").upper()]
        for k, run in enumerate(runs)
        if (layer := _layer(parsed, k, len(runs), depth, late)) is not None
    ]
    with_z = {layer for kind, layer, _ in made if kind == "Z"}
    found: dict[str, Manual] = {}
    for kind, layer, run in made:
        in_place = kind != "Z" and layer not in with_z and _changed(run[0].value, run[-1].value)
        for letter, each in _versions(kind, run, way if in_place else "after"):
            names = (f"{letter}{layer}", f"{letter.lower()}{layer}")
            of = next((name for name in names if name in known), None)
            if of is not None and np.shape(each.value) == known[of]:
                found[of] = Manual(each.name, each.value, made_at(each, trace), False)
    return found


def _versions(kind: str, run: Sequence[Assigned], way: str) -> list[tuple[str, Assigned]]:
    """Return what the values are that a name got one after the other."""
    if way == "both":
        return [(kind, run[0]), ("Z", run[-1])]
    return [(kind, run[0] if way == "before" else run[-1])]


def _runs(trace: Sequence[Assigned]) -> dict[tuple[str, str], list[list[Assigned]]]:
    """Return what each step of each function got, one list for each time that it was made anew."""
    calls: dict[tuple[str, str], list[list[Assigned]]] = {}
    for each in trace:
        if each.given or not STEP.match(each.name) or isinstance(each.value, ag.Tensor):
            continue
        runs = calls.setdefault((each.name, each.function), [])
        if runs and runs[-1][-1].call == each.call and _in_place(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    return calls


def _layer(step: re.Match[str], k: int, times: int, depth: int, late: int) -> int | None:
    """Return the layer that a step is of, None where nothing tells.

    Parameters
    ----------
    step : re.Match
        Its name.
    k, times : int
        Which time it was made, of how many.
    depth : int
        The number of layers.
    late : int
        How far the numbers of deltas are ahead of those of the layers.
    """
    number = step["after"] or step["layer"] or (step["number"] and int(step["number"]) - late)
    if number == "L" or step["last"]:
        return depth
    if step["after"] and int(step["after"]) == depth:
        return None  # `l2_error = y - l2` is a difference, and no derivative of any cost
    if number is not None:
        return int(number)
    if times == depth or depth == 1:
        return depth - k - (1 if step["prev"] else 0)
    if times == depth + 1 and step["prev"]:  # the first is of the output
        return depth - k
    return None


def made_at(made: Assigned, trace: Sequence[Assigned]) -> int:
    """Return the line that computed a step: in a helper, or before it got another name."""
    kind = _kind_of(made.name) or "Z"
    same = [
        k
        for k, each in enumerate(trace)
        if each.call == made.call and not each.given and _equal(each.value, made.value)
    ]
    first = next(k for k in same if trace[k] is made or _kind_of(trace[k].name) == kind)
    while first > 0 and trace[first - 1].name == RETURNED:
        back = trace[first - 1]
        if back.call <= trace[first].call or not _equal(back.value, made.value):
            break
        first = next(
            k
            for k, each in enumerate(trace)
            if each.call == back.call and not each.given and _equal(each.value, made.value)
        )
    return trace[_unpacked_from(first, trace)].line


def _unpacked_from(at: int, trace: Sequence[Assigned]) -> int:
    """Return where a value was made that a line takes out of a tuple: ``dx, dw = backward(…)``."""
    own = trace[at]
    before = [k for k in range(at) if trace[k].call == own.call and trace[k].line != own.line]
    inner = [
        k
        for k in range(max(before, default=-1) + 1, at)
        if trace[k].call > own.call and not trace[k].given and _equal(trace[k].value, own.value)
    ]
    return inner[0] if inner else at


def _kind_of(name: str) -> str | None:
    parsed = STEP.match(name)
    return (parsed["kind"] or "Z").upper() if parsed else of_what(name)


def _equal(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


def _changed(before: Any, after: Any) -> bool:
    return not _equal(before, after)


def _in_place(before: Assigned, after: Assigned) -> bool:
    """Return whether a name's value was changed rather than another given to it: a mask."""
    return np.shape(before.value) == np.shape(after.value) and after.line - before.line <= 3


def forward_names(
    trace: Sequence[Assigned], depth: int, of_cost: int, weights: Collection[tuple[int, ...]]
) -> dict[str, list[Assigned]]:
    """Return the recorded values of the forward pass by canonical name.

    A name that gets values more than once has several, such as an A that dropout changes.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in forward, and after that in the cost.
    depth : int
        The number of layers.
    of_cost : int
        Where in `trace` the cost begins.
    weights : collection of tuple
        The shapes of the weights.
    """
    found: dict[str, list[Assigned]] = {}
    seen: set[int] = set()
    loops: dict[str, list[Assigned]] = {}
    for number, each in enumerate(trace):
        value = each.value
        if not isinstance(value, ag.Tensor) or each.given or id(value) in seen:
            continue
        if not value.requires_grad or value.is_leaf:
            continue
        plain = last_part(each.name)
        doubtful = number >= of_cost or plain.startswith("l")
        if doubtful and (value.ndim == 0 or value.shape in weights):
            continue  # `l2 += np.sum(W**2)`: a penalty
        if re.fullmatch(r"[zZaAhH]\d+", plain):
            found.setdefault(plain.upper(), []).append(each)
        elif re.fullmatch(r"scores?|logits?", plain):
            found.setdefault(f"Z{depth}", []).append(each)
        elif layer := re.fullmatch(r"l(?:ayer_?)?(\d+)", plain):
            found.setdefault(f"A{layer[1]}", []).append(each)
        elif re.fullmatch(r"[zZaA](_curr)?", plain):
            loops.setdefault(plain[0].upper(), []).append(each)
        else:
            continue
        seen.add(id(value))
    for letter, many in loops.items():
        if len(many) == depth or (len(many) == depth - 1 and letter == "A"):
            for k, each in enumerate(many, 1):
                found.setdefault(f"{letter}{k}", [each])
    return found
