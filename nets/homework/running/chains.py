"""Values that a loop over layers hands on: ``x = layer.forward(x)``, ``g = layer.backward(g)``.

No name tells which layer they are of: their order does, forward as backward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.running.gradients import Manual
from nets.homework.running.steps import made_at
from nets.homework.running.trace import RETURNED, Assigned

__all__ = ["chain_forward", "chain_gradients"]

_LEAST = 3
"""So many values of one name are a chain."""


def chain_forward(trace: Sequence[Assigned]) -> dict[str, Assigned]:
    """Return the recorded values that a loop over layers hands on, by what they are: Z1, A1.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in forward.
    """
    runs = [_returned(trace), *_kept(trace), *_runs(trace)]
    for run in reversed(runs):
        found = _named(_once([each for each in run if _recorded(each.value)]))
        if len(found) >= _LEAST:
            return found
    return {}


def chain_gradients(
    trace: Sequence[Assigned], known: Mapping[str, tuple[int, ...]]
) -> dict[str, Manual]:
    """Return the gradients that a loop over layers hands back, by the value they are of.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in backward.
    known : mapping
        The shapes of the values of the chain, from the input on.
    """
    names = list(known)[::-1]
    for run in (*_runs(trace), *_kept(trace)):
        for values in (*_without_changes(run), _handed_back(run, trace)):
            for some in (names, names[1:]):  # a loss may go through the last activation at once
                pairs = list(zip(some, values, strict=False))
                fits = len(values) - len(some) in (0, 1) and len(some) >= _LEAST
                if fits and all(np.shape(each.value) == known[name] for name, each in pairs):
                    return {
                        name: Manual(run[0].name, each.value, made_at(each, trace), False)
                        for name, each in pairs
                    }
    return {}


def _without_changes(run: Sequence[Assigned]) -> Iterator[Sequence[Assigned]]:
    """Yield a run, and it without what is only on the way to its first value.

    ``g = p.copy(); g[rows, y] -= 1; g /= m`` makes three values, and the third is what is meant.
    """
    for k, each in enumerate(run):
        if np.shape(each.value) != np.shape(run[0].value):
            return
        yield run[k:]


def _handed_back(run: Sequence[Assigned], trace: Sequence[Assigned]) -> list[Assigned]:
    """Return what the first layer was handed of a run, and what one layer after another gave back.

    Nothing for a run that no layer is handed, such as a name that only a loss uses.
    """
    places = {id(each): k for k, each in enumerate(trace)}
    back = _returned_after(run[0], trace)
    if not back:
        return []
    before = [each for each in run if places[id(each)] < places[id(back[0])]]
    start = before[-1] if before else run[0]
    taken = (each for each in trace if each.given and each.call == back[0].call)
    if not any(np.array_equal(each.value, start.value) for each in taken):
        return []
    return [start, *_returned_after(start, trace)]


def _returned_after(start: Assigned, trace: Sequence[Assigned]) -> list[Assigned]:
    """Return what layers handed back, also where that is what they were handed."""
    later = trace[next(k for k, each in enumerate(trace) if each is start) :]
    return [
        each
        for each in later
        if each.name == RETURNED and each.function.startswith("back") and each.call > start.call
    ]


def _runs(trace: Sequence[Assigned]) -> Iterator[list[Assigned]]:
    """Yield the values that one name got in one call."""
    runs: dict[tuple[int, str], list[Assigned]] = {}
    for each in trace:
        plain = each.name.isidentifier() and each.name != RETURNED
        if plain and not each.given and np.ndim(each.value) > 0:
            runs.setdefault((each.call, each.name), []).append(each)
    yield from runs.values()


def _returned(trace: Sequence[Assigned]) -> list[Assigned]:
    """Return what the layers' own methods for the forward pass give back."""
    return [
        each
        for each in trace
        if each.name == RETURNED and each.function.startswith("forward") and np.ndim(each.value)
    ]


def _kept(trace: Sequence[Assigned]) -> Iterator[list[Assigned]]:
    """Yield the values that one attribute has when the methods of one object after another end."""
    runs: dict[str, dict[int, Assigned]] = {}
    for each in trace:
        if each.name.startswith("self.") and not each.given and np.ndim(each.value) > 0:
            runs.setdefault(each.name, {})[each.call] = each
    yield from (list(run.values()) for run in runs.values())


def _once(run: Sequence[Assigned]) -> list[Assigned]:
    """Return a run without values that were only handed on."""
    return list({id(each.value): each for each in reversed(run)}.values())[::-1]


def _recorded(value: Any) -> bool:
    return isinstance(value, ag.Tensor) and value.requires_grad and not value.is_leaf


def _named(run: Sequence[Assigned]) -> dict[str, Assigned]:
    """Return Z where a layer multiplies by its weight, and A where a function follows."""
    found: dict[str, Assigned] = {}
    number = ""
    for each in run:
        weight = _weight(each.value._node)
        if weight is not None:
            if f"Z{weight}" in found:
                found.clear()  # a cost has run forward once more
            number = weight
            found[f"Z{number}"] = each
        elif number and f"A{number}" not in found:
            found[f"A{number}"] = each
        else:
            return {}  # a layer of another kind
    return found


def _weight(node: Any) -> str | None:
    """Return the number of the weight that a sum or product is made with, None where it is none."""
    products = [each for each in (node, *node.parents) if each.op.kind == "bilinear"]
    if node.op.name != "add" and node.op.kind != "bilinear":
        return None
    for product in products:
        for each in product.parents:
            numbered = re.search(r"(\d+)$", each.name or "") if each.is_leaf else None
            if numbered:
                return numbered[1]
    return None
