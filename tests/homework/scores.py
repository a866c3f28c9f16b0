"""Score the examination of planted mistakes: ``python -m tests.homework.scores [STYLE …]``."""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination, GradientRow
from tests.homework.handwriting import files, written
from tests.homework.plant import Plant
from tests.homework.planting import plants


@dataclass(frozen=True)
class Score:
    """How one planted mistake was judged.

    Attributes
    ----------
    plant : Plant
    effect : str
        What it does to the numbers: ``none``; ``common``, one factor to all gradients, which is a
        convention; or ``wrong``.
    detected, named, placed : bool
        Whether it was found, by a right name, at the right gradient.
    said : str
        What was found.
    """

    plant: Plant
    effect: str
    detected: bool
    named: bool
    placed: bool
    said: str


def score(plant: Plant, folder: Path) -> Score:
    """Examine a file with a planted mistake, written into `folder`."""
    file = folder / plant.style
    file.write_text(written(plant.style, plant.text))
    found = inspect(Request(str(file)))
    effect = _effect(found)
    roots = [row for study in found.studies for row in _roots(study.rows)]
    said = [row.diagnosis for row in roots if row.diagnosis is not None]
    codes = {each.code for each in said} | {a.code for each in said for a in each.alternatives}
    if found.failure is not None:
        failure = found.failure
        codes = {failure.diagnosis.code} if failure.diagnosis else set()
        named = bool(codes & set(plant.codes))
        placed = _near(failure.line, plant)
        if failure.diagnosis is not None:
            callers = failure.diagnosis.message.partition("Called from line")[2]
            lines = [failure.diagnosis.line, *map(int, re.findall(r"\d+", callers))]
            placed = placed or any(_near(line, plant) for line in lines)
        return Score(plant, effect, failure.theirs, named, placed, f"{failure}")
    text = str(
        [(r.name, r.line, r.diagnosis and (r.diagnosis.code, r.diagnosis.line)) for r in roots]
    )
    if effect == "common":
        rows = [row for study in found.studies for row in study.rows]
        told = any(row.verdict in ("convention", "wrong") for row in rows) or len(rows) == 1
        return Score(plant, effect, told, told, told, text)
    rows = [row for study in found.studies for row in study.rows]
    placed = bool(roots) and _placed(plant, roots, rows)
    return Score(plant, effect, bool(roots), bool(codes & set(plant.codes)), placed, text)


def _roots(rows: tuple[GradientRow, ...]) -> list[GradientRow]:
    return [row for row in rows if row.verdict == "wrong" and not row.inherited]


def _effect(found: Examination) -> str:
    """Return what the numbers are: all right, all wrong by one factor, or wrong."""
    if found.failure is not None:
        return "wrong"
    effects = {"none"}
    for study in found.studies:
        inner = [row for row in study.rows if re.search(r"\bd_?[aAzZ]", row.name)]
        outer = [row for row in study.rows if row not in inner]
        effects |= {_off(inner, alone=True), _off(outer)}
        if any(row.verdict == "unchecked" and row.manual is None for row in study.rows):
            effects.add("wrong")
    return next(each for each in ("wrong", "common", "none") if each in effects)


def _off(rows: list[GradientRow], alone: bool = False) -> str:
    """Return whether gradients are right, off by one factor, or wrong."""
    factors = []
    for row in rows:
        if row.manual is None or row.automatic is None:
            continue
        a, b = np.asarray(row.manual, float), np.asarray(row.automatic, float)
        if a.shape != b.shape or not b.any():
            return "wrong"
        factor = float(np.vdot(b, a) / np.vdot(b, b))
        if not np.allclose(a, factor * b, rtol=0, atol=1e-5 * np.abs(b).max()) or not factor:
            return "wrong"
        factors.append(factor)
    if not factors or np.allclose(factors, 1, rtol=1e-5):
        return "none"
    return "common" if np.ptp(factors) <= 1e-5 * abs(factors[0]) else "none" if alone else "wrong"


def _near(line: int | None, plant: Plant) -> bool:
    return line is not None and plant.reach.start - 2 <= line < plant.reach.stop + 2


def _placed(plant: Plant, roots: list[GradientRow], rows: list[GradientRow]) -> bool:
    """Return whether the first wrong gradient is the one of the planted line.

    Where the report has no row for that one, it is the first that is made from it.
    """
    first = roots[0]
    lines = {row.line for row in roots} | {row.diagnosis.line for row in roots if row.diagnosis}
    meant = first.name == plant.target or re.fullmatch(plant.gradient, first.name)
    if meant or any(_near(line, plant) for line in lines):
        return True
    later = sorted(row.line for row in rows if row.line is not None and row.line > plant.line)
    told = plant.target in {row.name for row in rows}
    return not told and first.line in later[:2]


def table(scores: list[Score]) -> Table:
    """Return how many of the mistakes that have an effect were found, named, and placed."""
    by_style: dict[str, list[Score]] = defaultdict(list)
    for each in scores:
        by_style[each.plant.style].append(each)
    made = Table("style", "planted", "detected", "named", "first right")
    for style, many in {**by_style, "all": scores}.items():
        counts = [sum(getattr(e, key) for e in many) for key in ("detected", "named", "placed")]
        made.add_row(style, str(len(many)), *map(str, counts))
    return made


def main(wanted: list[str]) -> None:
    """Print the scores."""
    console = Console(width=150)
    chosen = [each for each in plants() if not wanted or any(w in str(each) for w in wanted)]
    styles = {each.style for each in chosen}
    with tempfile.TemporaryDirectory() as folder:
        for style, each in files().items():
            if style not in styles:
                continue
            (Path(folder) / style).write_text(written(style, each.text))
            right = inspect(Request(str(Path(folder) / style)))
            okay = right.failure is None and all(study.ok for study in right.studies)
            console.print(f"{style}: {'right' if okay else f'not right: {right}'}")
        scores = []
        for each in chosen:
            found = score(each, Path(folder))
            if found.effect != "none" or found.detected:
                scores.append(found)
                console.print(_remark(found), markup=False, end="")
    console.print(table(scores))


def _remark(found: Score) -> str:
    """Return a line about what is not as it should be: not detected, not named, not placed."""
    marks = zip("dnp", (found.detected, found.named, found.placed), strict=True)
    lacking = "".join("." if has else letter for letter, has in marks)
    if lacking == "...":
        return ""
    return f"{lacking} {found.plant} {found.plant.codes} [{found.effect}]: {found.said}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
