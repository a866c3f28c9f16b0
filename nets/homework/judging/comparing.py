"""Compare what a person made by hand with what is recorded, and the steps on the way too."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

import autograd_mini as ag
from autograd_mini.check.comparison import Comparison
from autograd_mini.check.judge import SINGLE
from autograd_mini.check.row import Row
from nets.homework.running.chains import chain_gradients
from nets.homework.running.gradients import Manual
from nets.homework.running.namesakes import namesake_gradients
from nets.homework.running.run import Case, Plain, Recording
from nets.homework.running.steps import WAYS, intermediates

__all__ = ["changed_in_place", "compared", "is_named", "numbered_by_layer", "with_steps"]


def with_steps(
    case: Case,
    plain: Plain,
    given: Mapping[str, Manual],
    recording: Recording,
    known: Mapping[str, tuple[int, ...]],
) -> tuple[dict[str, Manual], Comparison | None]:
    """Return the steps of backward, and a comparison with them; None where there are no more.

    Where a step is changed in place, what it is meant to be is what makes fewest of them wrong.
    """
    numbered = numbered_by_layer(given, known)
    best: tuple[int, dict[str, Manual], Comparison | None] | None = None
    tried: list[dict[str, int | None]] = []
    for way in WAYS:
        steps = {
            **chain_gradients(plain.trace, recording.chain),
            **intermediates(plain.trace, recording.depth, known, way),
        }
        lines = {name: each.line for name, each in steps.items()}
        if lines in tried:
            continue
        tried.append(lines)
        finer = {**steps, **numbered}
        again = compared(case, finer, recording) if len(finer) > len(given) else None
        count = 0 if again is None else len(_roots(again))
        if best is None or count < best[0]:
            best = count, steps, again
    assert best is not None
    _, steps, again = best
    return _with_namesakes(case, plain, given, recording, steps, again)


def _with_namesakes(
    case: Case,
    plain: Plain,
    given: Mapping[str, Manual],
    recording: Recording,
    steps: dict[str, Manual],
    again: Comparison | None,
) -> tuple[dict[str, Manual], Comparison | None]:
    """Return steps and a comparison with those that are called after their values as well.

    A name may be meant of a value before or after its activation: what makes more of them wrong
    is left out.
    """
    compared_already = [*steps.values(), *given.values()]
    for name, versions in _namesakes(plain, recording).items():
        if name in steps or name in given or any(_same(versions[0], e) for e in compared_already):
            continue
        before = again or compared(case, {**steps, **given}, recording)
        for each in versions:
            finer = {**steps, name: each}
            after = compared(case, {**finer, **given}, recording)
            named = is_named(after) or not is_named(before)
            if named and len(_roots(after)) <= len(_roots(before)):
                steps, again = finer, after
                break
    return steps, again


def changed_in_place(plain: Plain, recording: Recording) -> set[str]:
    """Return the values after which steps are called that hold their gradient for a while only."""
    versions = _namesakes(plain, recording)
    return {name for name in recording.namesakes if len(versions.get(name, ())) > 1}


def _namesakes(plain: Plain, recording: Recording) -> dict[str, list[Manual]]:
    known = {name: (path, tensor.shape) for name, (path, tensor, _) in recording.forward.items()}
    return namesake_gradients(plain.trace, known)


def _same(one: Manual, other: Manual) -> bool:
    """Return whether two stand for one array that one line made."""
    made = (one.name, one.line) == (other.name, other.line)
    return made and np.array_equal(one.value, other.value)


def numbered_by_layer(
    given: Mapping[str, Manual], known: Mapping[str, tuple[int, ...]]
) -> dict[str, Manual]:
    """Return gradients with dA under the number of its A, where the file counts one further."""
    found = dict(given)
    counted = {name: int(name[1:]) for name in given if re.fullmatch(r"A\d+", name)}
    shapes = {name: np.shape(given[name].value) for name in counted}
    if not any(shapes[name] != known.get(name) for name in counted):
        return found
    below = {name: f"A{number - 1}" for name, number in counted.items()}
    if all(shapes[name] == known.get(other, shapes[name]) for name, other in below.items()):
        for name in counted:
            del found[name]
        found |= {other: given[name] for name, other in below.items() if other != "A0"}
    return found


def compared(case: Case, manual: Mapping[str, Manual], recording: Recording) -> Comparison:
    """Compare gradients with those of the recorded cost, as exactly as the file computes."""
    given = {f"d{name}": each.value for name, each in manual.items()}
    if not _is_single(case):
        return ag.compare(given, recording.cost, rtol=1e-7)
    largest = max((float(np.abs(each).max(initial=0.0)) for each in given.values()), default=0.0)
    # What sums to almost nothing has the rounding errors of its terms.
    return ag.compare(given, recording.cost, rtol=SINGLE, atol=1e-6 * largest)


def _is_single(case: Case) -> bool:
    """Return whether the file computes in single precision somewhere, which rounds what follows."""
    return re.search(r"\b(float32|float16|single|half)\b", case.source.text) is not None


def is_named(comparison: Comparison) -> bool:
    """Return whether what is wrong has a name, where it is made."""
    roots = _roots(comparison)
    return bool(roots) and all(row.diagnosis and row.diagnosis.code != "other" for row in roots)


def _roots(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.rows if row.verdict == "wrong" and not row.inherited]
