"""Mistakes of the forward pass that gradients alone do not show: what is made and never used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.run import Plain, Recording
from nets.homework.running.trace import Assigned

__all__ = ["with_forward_mistakes"]


def with_forward_mistakes(
    study: Study, plain: Plain, recording: Recording, source: Source
) -> Study:
    """Return the study, with what is wrong in forward where no step of backward explains it.

    Parameters
    ----------
    study : Study
    plain : Plain
    recording : Recording
    source : Source
    """
    roots = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    if not roots or all(row.diagnosis and row.diagnosis.code != "other" for row in roots):
        return study
    found = _never_used(recording, source) or _twice(plain) or _once_more(plain)
    if found is None:
        return study
    return replace(study, rows=tuple(_with(row, found) for row in study.rows))


def _with(row: GradientRow, found: Finding) -> GradientRow:
    if row.verdict != "wrong" or row.diagnosis is None or row.diagnosis.code != "other":
        return row
    if row.inherited:
        return replace(row, diagnosis=replace(row.diagnosis, code=found.code))
    return replace(row, diagnosis=found)


def _never_used(recording: Recording, source: Source) -> Finding | None:
    """Return that an activation is made, and what it is made from is fed to the next layer."""
    reached = _reached(recording.cost._node)
    for name, (spelled, tensor, line) in recording.forward.items():
        layer = re.fullmatch(r"A(\d+)", name)
        below = recording.forward.get(f"Z{layer[1]}") if layer else None
        above = recording.forward.get(f"Z{int(layer[1]) + 1}") if layer else None
        if tensor._node in reached or below is None or above is None or above[2] >= BEYOND:
            continue
        if below[1]._node in reached and above[1]._node in reached:
            wrong = source.line(above[2])
            fix = _replaced(below[0], spelled, wrong)
            return Finding(
                "forward_bug",
                f"The forward pass makes {spelled} on line {line} and never uses it: `{wrong}` is "
                f"fed {below[0]}.",
                above[2],
                fix if fix != wrong else "",
            )
    return None


def _replaced(old: str, new: str, text: str) -> str:
    return re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w)", lambda _: new, text)


def _reached(root: Any) -> set[Any]:
    found: set[Any] = set()
    pending = [root]
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending.extend(node.parents)
    return found


def _twice(plain: Plain) -> Finding | None:
    """Return where the forward pass inside the cost is another than the one backward goes with."""
    first, again = _last(plain.forward_trace), _last(plain.cost_trace)
    for name, each in again.items():
        before = first.get(name)
        if before is None or np.shape(before.value) != np.shape(each.value):
            continue
        if before.line != each.line and not np.allclose(before.value, each.value):
            return Finding(
                "forward_bug",
                f"{name} on line {before.line} is not what it is on line {each.line}: the cost is "
                "computed by another forward pass than the one that backward belongs to.",
                before.line,
            )
    return None


def _once_more(plain: Plain) -> Finding | None:
    """Return where the forward pass inside backward is another than the one that forward runs."""
    again = list(_chains(plain.trace))
    for chain in _chains(plain.forward_trace):
        shapes = [np.shape(each.value) for each in chain]
        alike = [other for other in again if [np.shape(e.value) for e in other] == shapes]
        if len(shapes) < 2 or not alike or any(_equal(chain, other) for other in alike):
            continue
        first = alike[-1][0]
        return Finding(
            "forward_bug",
            f"Backward runs a forward pass of its own: what it calls {first.name}, on line "
            f"{first.line}, is not what {chain[0].name} is on line {chain[0].line}.",
            first.line,
        )
    return None


def _chains(trace: Sequence[Assigned]) -> Iterable[list[Assigned]]:
    """Return what a line gives a name in one layer after the other."""
    found: dict[tuple[str, int], list[Assigned]] = {}
    for each in trace:
        if not each.given and np.ndim(each.value) == 2 and not _GRADIENT.search(each.name):
            found.setdefault((each.name, each.line), []).append(each)
    return found.values()


_GRADIENT = re.compile(r"delta|grad|nabla|err|\[|^return|^(self\.)?d_?[a-zA-Z]", re.IGNORECASE)


def _equal(chain: Sequence[Assigned], other: Sequence[Assigned]) -> bool:
    return all(np.allclose(a.value, b.value) for a, b in zip(chain, other, strict=True))


def _last(trace: Sequence[Assigned]) -> dict[str, Assigned]:
    return {
        each.name: each
        for each in trace
        if not each.given and np.size(each.value) > 1 and each.name != "return"
    }
