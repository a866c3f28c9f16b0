"""The gradients that a person's backward made: which array is the gradient of which parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_mini.check.diagnose.numbers import multiple
from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.spelling import (
    GRADIENT,
    INDEX,
    KEY,
    canonical,
    holds_gradients,
    is_step,
    matching,
    of_what,
    spelled_like_gradient,
)
from nets.homework.running.in_order import by_place
from nets.homework.running.trace import Assigned

__all__ = ["Manual", "empty", "manual", "named", "returned"]


@dataclass(frozen=True)
class Manual:
    """One gradient that a person's backward made.

    Attributes
    ----------
    name : str
        As it is spelled.
    value : numpy.ndarray
    line : int or None
        The line that made it.
    returned : bool
        Whether it is a result of backward rather than a step on the way.
    of_update : bool
        Whether it was read off an update of the parameter.
    """

    name: str
    value: Any
    line: int | None
    returned: bool = True
    of_update: bool = False


def returned(
    result: Any,
    names: Sequence[Sequence[str]],
    trace: Sequence[Assigned],
    shapes: Mapping[str, tuple[int, ...]],
    zipped: bool = False,
    kept: Mapping[str, Any] | None = None,
) -> dict[str, Manual]:
    """Return the gradients that backward returned or left behind, by canonical parameter name.

    Parameters
    ----------
    result
        What backward returned.
    names : sequence of sequences of str
        Those of its return statements.
    trace : sequence of Assigned
        What happened in backward.
    shapes : mapping
        The shape of each parameter by canonical name.
    zipped : bool
        Whether the file takes parameters and gradients side by side.
    kept : mapping, optional
        The parameters, where backward leaves them as they are: its results are all it gives.
    """
    flat = named(result, names)
    placed = by_place(flat, shapes, zipped)
    if placed:
        return {name: manual(*each, trace) for name, each in placed.items()}
    found: dict[str, Manual] = {}
    rest: list[tuple[str, Any]] = []
    for spelled, value in flat:
        of = matching(spelled, shapes)
        if of is not None and of not in found:
            found[of] = manual(spelled, value, trace)
        else:
            rest.append((spelled, value))
    if not set(found) & set(shapes):
        left = _finished(_left_behind(trace, shapes), flat, shapes)
        if kept is not None and _returns_another(left, flat, kept):
            return {of: Manual(each.name, flat[0][1], None) for of, each in left.items()}
        found |= left
    if not found and len(shapes) == len(flat) == 1:  # whatever its shape
        of, (spelled, value) = next(iter(shapes)), flat[0]
        return {of: manual(f"d{of}" if spelled == "?" else spelled, value, trace)}
    for spelled, value in rest:
        free = [
            name for name, shape in shapes.items() if name not in found and np.shape(value) == shape
        ]
        if spelled in shapes:
            continue  # `return theta`, after the update, is no gradient
        if len(free) == 1 and np.ndim(value) > 0 and "?" not in spelled and not is_step(spelled):
            found[free[0]] = manual(spelled, value, trace)
        elif (inner := of_what(spelled)) is not None:
            found.setdefault(canonical(inner), manual(spelled, value, trace))
    listed = len(flat) == len(shapes) and all(INDEX.search(spelled) for spelled, _ in flat)
    if listed and not set(found) & set(shapes):  # a list in the order of the weights, none fits
        return {name: manual(*each, trace) for name, each in zip(shapes, flat, strict=True)}
    return found


def named(result: Any, names: Sequence[Sequence[str]]) -> list[tuple[str, Any]]:
    """Return the arrays that backward returned, each with how it is spelled.

    Parameters
    ----------
    result
        What backward returned.
    names : sequence of sequences of str
        Those of its return statements.
    """
    return [(spelled, value) for spelled, value in _flat(result, names) if value is not None]


def empty(
    result: Any, names: Sequence[Sequence[str]], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, str]:
    """Return the spelling of gradients that are None, by canonical parameter name.

    Parameters
    ----------
    result
        What backward returned.
    names : sequence of sequences of str
        Those of its return statements.
    shapes : mapping
        The shape of each parameter by canonical name.
    """
    found = {}
    for spelled, value in _flat(result, names):
        of = matching(spelled, shapes) if value is None else None
        if of is not None:
            found[of] = spelled
    return found


def _flat(result: Any, names: Sequence[Sequence[str]], name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, array) for what was returned, named as in the return statement; None too.

    A whole number counts where it has the name of a gradient: ``"db2": 0``.
    """
    if isinstance(result, (tuple, list)):
        fitting = [each for each in names if len(each) == len(result)]
        if isinstance(result, list) and not name and [len(each) for each in names] == [1]:
            name, fitting = names[0][0], []  # `return grads`
        spelled = fitting[-1] if fitting else [f"{name}[{k}]" for k in range(len(result))]
        if name and not fitting:
            spelled = [f"{name}[{k}]" for k in range(len(result))]
        for inner, value in zip(spelled, result, strict=True):
            yield from _flat(value, (), inner)
    elif isinstance(result, Mapping):
        of = name or (names[-1][0] if names and len(names[-1]) == 1 else "grads")
        of = "grads" if of == "?" else of
        for key, value in result.items():
            key_text = str(key)
            plain = bool(GRADIENT.match(key_text)) and isinstance(key, str)
            inner = key_text if plain else f"{of}[{key!r}]"
            yield from _flat(value, (), inner)
    elif result is None:
        yield name or "?", None
    elif isinstance(result, (np.ndarray, np.floating, float)) or (
        isinstance(result, (int, np.integer))
        and not isinstance(result, bool)
        and spelled_like_gradient(name)
    ):
        spelled_one = name or (names[-1][0] if names and len(names[-1]) == 1 else "?")
        if not re.search(r"cost|loss|^J$", spelled_one):
            yield spelled_one, np.asarray(result)


def _left_behind(
    trace: Sequence[Assigned], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Manual]:
    """Return gradients that are attributes or local names when backward ends."""
    found: dict[str, Manual] = {}
    unfit: dict[str, Manual] = {}
    for each in trace:
        if KEY.search(each.name) and not holds_gradients(each.name):
            continue
        of = matching(each.name, shapes)
        if of is not None and not each.given:
            fits = np.ndim(each.value) in (len(shapes[of]), 1)
            (found if fits else unfit)[of] = manual(each.name, np.asarray(each.value), trace)
    return {**unfit, **found} if found else {}


def _finished(
    found: dict[str, Manual], flat: Sequence[tuple[str, Any]], shapes: Mapping[str, Any]
) -> dict[str, Manual]:
    """Return gradients as they were returned, where that has no names: ``tuple(g / m for g in …)``.

    They are in the order of the parameters, or in that in which backward makes them, and multiples
    of what they are made from; parameters after an update are not.
    """
    returned = [np.asarray(e) for name, e in flat if re.fullmatch(r"\??(\[\d+\])?", name)]
    for names in ([name for name in shapes if name in found], list(found)):
        known = [found[name].value for name in names]
        if len(known) == len(returned) and all(map(_is_multiple, returned, known)):
            pairs = zip(names, returned, strict=True)
            return {name: replace(found[name], value=value) for name, value in pairs}
    return found


def _returns_another(
    left: Mapping[str, Manual], flat: Sequence[tuple[str, Any]], kept: Mapping[str, Any]
) -> bool:
    """Return whether the one gradient stays in backward, which returns something else by name.

    ``return loss, W`` where dW is meant; but not a W that was updated.
    """
    if not len(left) == len(flat) == len(kept) == 1:
        return False
    (of, gradient), (spelled, value) = next(iter(left.items())), flat[0]
    if not (spelled.isidentifier() and gradient.name.isidentifier()):
        return False
    updated = canonical(spelled) == of and not np.array_equal(value, kept[of])
    return not updated and not _is_multiple(np.ravel(value), np.ravel(gradient.value))


def _is_multiple(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and multiple(one, other, 1e-9) is not None


def manual(spelled: str, value: Any, trace: Sequence[Assigned], result: bool = True) -> Manual:
    """Return a gradient with the line that made it, as far as what happened tells."""
    return Manual(spelled, np.asarray(value), _line(spelled, value, trace), result)


def _line(spelled: str, value: Any, trace: Sequence[Assigned]) -> int | None:
    """Return the line that first had these values under the name of a gradient."""
    value = np.asarray(value)
    if value.dtype.kind in "iu" and not value.ndim:
        return None  # `"db2": 0`, whatever db2 was before
    same = [
        each
        for each in trace
        if not each.given
        and np.shape(each.value) == value.shape
        and np.array_equal(np.asarray(each.value), value, equal_nan=True)
    ]
    same = [each for each in same if each.line < BEYOND]
    letter, number = _letter_and_number(spelled)
    alike = [each for each in same if letter and _letter_and_number(each.name)[0] == letter]
    beside = [each for each in alike if each.call == alike[0].call]  # `grad_h` and `grad_h_relu`
    alike = [each for each in beside if _stem(each.name) == _stem(spelled)] or alike
    own = [each for each in alike if _letter_and_number(each.name)[1] in (None, number)]
    alike = own or alike  # `db1 = np.sum(dZ2)` makes what db2 is, and another line makes db2
    if same:  # `db = dZ` is no line of dZ
        return (alike or same)[0].line
    named = [each for each in trace if each.name == spelled and not each.given]
    return named[-1].line if named else None


def _stem(spelled: str) -> str:
    """Return what a gradient is of without its number: ``h_relu`` for ``grad_h_relu``."""
    return canonical(of_what(spelled) or "").rstrip("0123456789").lower()


def _letter_and_number(spelled: str) -> tuple[str, str | None]:
    """Return what a gradient is of, as far as its name tells: ``b`` and ``1`` for ``db1``."""
    of = canonical(of_what(spelled) or "")
    number = re.search(r"\d+$", of)
    return of[:1].lower(), number[0] if number is not None else None
