"""What reports say about a gradient, whatever they are written in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

__all__ = [
    "Judged", "Mistake", "at_worst", "evidence", "findings", "first_wrong", "norm", "number",
    "right", "state", "summary",
]  # fmt: skip


class Mistake(Protocol):
    """What is wrong with a gradient: a :class:`~autograd_mini.check.diagnosis.Diagnosis`."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def message(self) -> str: ...  # noqa: D102
    @property
    def fix(self) -> str: ...  # noqa: D102
    @property
    def alternatives(self) -> Sequence[Mistake]: ...  # noqa: D102


class Judged(Protocol):
    """A gradient with its verdict: a :class:`~autograd_mini.check.row.Row`."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def wrt(self) -> str: ...  # noqa: D102
    @property
    def verdict(self) -> str: ...  # noqa: D102
    @property
    def rel_error(self) -> float: ...  # noqa: D102
    @property
    def inherited(self) -> bool: ...  # noqa: D102
    @property
    def diagnosis(self) -> Mistake | None: ...  # noqa: D102
    @property
    def manual(self) -> Any: ...  # noqa: D102
    @property
    def automatic(self) -> Any: ...  # noqa: D102
    @property
    def numerical(self) -> Any: ...  # noqa: D102
    @property
    def worst(self) -> tuple[int, ...] | None: ...  # noqa: D102


R = TypeVar("R", bound=Judged)


def state(row: Judged) -> str:
    """Return the verdict, or ``inherited`` for what is wrong only because an earlier one is."""
    return "inherited" if row.inherited and row.verdict == "wrong" else row.verdict


def number(value: Any, digits: int = 4) -> str:
    """Return a number in scientific notation, nothing for what is not there.

    Examples
    --------
    >>> number(0.25, 1), number(None), number(float("nan"))
    ('2.5e-01', '', '')
    """
    if value is None:
        return ""
    if np.iscomplexobj(value):
        return f"{value:.{digits}g}"
    return "" if math.isnan(value) else f"{value:.{digits}e}"


def norm(values: Any) -> float | None:
    """Return the Euclidean norm, of the entries that there are."""
    if values is None:
        return None
    known = np.asarray(values)[~np.isnan(values)]
    return float(np.linalg.norm(known)) if known.size or not np.size(values) else math.nan


def at_worst(row: Judged, which: str) -> Any:
    """Return the entry of ``manual``, ``automatic`` or ``numerical`` that differs most."""
    values = getattr(row, which)
    if values is None or row.worst is None or np.ndim(values) != len(row.worst):
        return None
    if any(k >= n for k, n in zip(row.worst, np.shape(values), strict=True)):
        return None
    return values[row.worst]


def evidence(row: Judged) -> str:
    """Return the worst entry of a wrong gradient with its values, as a sentence."""
    if row.worst is None or row.verdict != "wrong":
        return ""
    found = {which: at_worst(row, which) for which in ("manual", "automatic", "numerical")}
    values = [
        f"{which} {number(value, 6)}"
        for which, value in found.items()
        if value is not None and not np.isnan(value)
    ]
    if not values:
        return ""
    index = f"[{', '.join(map(str, row.worst))}]" if row.worst else ""
    return f"worst entry {row.name}{index}: {', '.join(values)}"


def findings(rows: Sequence[R]) -> list[tuple[R, Mistake, tuple[str, ...]]]:
    """Return rows about which something is to be said, what it is, and of which others it holds.

    What is wrong comes first. One line that makes several wrong gradients is one mistake, and a
    convention that several gradients share is one convention.
    """
    groups: dict[tuple[Any, ...], list[R]] = {}
    for row in sorted(rows, key=lambda row: row.verdict != "wrong"):
        if row.diagnosis is not None and not row.inherited:
            groups.setdefault(_sameness(row, row.diagnosis), []).append(row)
    found: list[tuple[R, Mistake, tuple[str, ...]]] = []
    for first, *others in groups.values():
        assert first.diagnosis is not None
        message = first.diagnosis.message
        if not any(message in said.message for _, said, _ in found):
            found.append((first, first.diagnosis, tuple(row.name for row in others)))
    return found


def _sameness(row: Judged, found: Mistake) -> tuple[Any, ...]:
    """Return a key that two findings share if one stands for the other."""
    if row.verdict == "unchecked":
        return ("unchecked", found.message)
    if row.verdict != "wrong":
        return (row.verdict, found.code)
    line = getattr(found, "line", None) or getattr(row, "line", None)
    return (found.code, found.message if line is None else line)


def right(rows: Sequence[Judged]) -> bool:
    """Return whether something was compared and nothing is wrong."""
    verdicts = {row.verdict for row in rows}
    return "wrong" not in verdicts and bool(verdicts & {"ok", "convention"})


def first_wrong(rows: Sequence[Judged]) -> str | None:
    """Return the first wrong gradient in the order of the rows: the root."""
    wrong = [row for row in rows if row.verdict == "wrong"]
    roots = [row for row in wrong if not row.inherited] or wrong
    return roots[0].name if roots else None


def summary(rows: Sequence[Judged]) -> str:
    """Return the verdict on gradients in a sentence, and in another what was given none."""
    lacking = [row.wrt for row in rows if row.verdict == "unchecked" and row.manual is None]
    listed = " or ".join(filter(None, (", ".join(lacking[:-1]), *lacking[-1:])))
    verdict = _verdict(rows, every=not lacking)
    return f"{verdict} There is no gradient of {listed}." if lacking else verdict


def _verdict(rows: Sequence[Judged], *, every: bool = True) -> str:
    wrong = [row for row in rows if row.verdict == "wrong"]
    checked = [row for row in rows if row.verdict != "unchecked"]
    if not checked:
        return "Nothing could be compared."
    if len(wrong) == 1:
        others = f"; the other {len(checked) - 1} are right" if len(checked) > 2 else ""
        return f"{wrong[0].name} is wrong{others}."
    if wrong:
        after = sum(row.inherited for row in wrong)
        follow = f"; {after} of them only because of others" if after else ""
        count = f"{len(wrong)} of {len(checked)}"
        return f"{count} gradients are wrong, {first_wrong(rows)} first{follow}."
    worst = max(checked, key=lambda row: 0.0 if math.isnan(row.rel_error) else row.rel_error)
    all_of = {1: f"The gradient {worst.name} is", 2: "Both gradients are"}.get(
        len(checked), f"All {len(checked)} gradients are"
    )
    if not every and len(checked) > 1:
        all_of = f"The {len(checked)} gradients that were given are"
    if any(row.verdict == "convention" for row in checked):
        return f"{all_of} right, up to a convention."
    if worst.rel_error == 0:
        return f"{all_of} right, to the last bit."
    return f"{all_of} right: largest relative error {worst.rel_error:.1e}, in {worst.name}."
