"""Score the examination of planted mistakes: ``python -m tests.homework.scores [STYLE …]``."""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination
from tests.homework.planting import Plant, plants, sources


@dataclass(frozen=True)
class Score:
    """How one planted mistake was judged."""

    plant: Plant
    detected: bool
    named: bool
    placed: bool
    said: str


def score(plant: Plant, folder: Path) -> Score:
    """Examine a file with a planted mistake."""
    file = folder / plant.style
    file.write_text(plant.text)
    found = inspect(Request(str(file)))
    roots = [
        row
        for study in found.studies
        for row in study.rows
        if row.verdict == "wrong" and not row.inherited
    ]
    codes = {row.diagnosis.code for row in roots if row.diagnosis is not None}
    others = {
        each.code
        for row in roots
        if row.diagnosis is not None
        for each in row.diagnosis.alternatives
    }
    detected = bool(roots) or (found.failure is not None and found.failure.theirs)
    if found.failure is not None and found.failure.diagnosis is not None:
        codes = {found.failure.diagnosis.code}
    return Score(
        plant,
        detected,
        bool((codes | others) & set(plant.codes)),
        _placed(plant, found, roots),
        f"{found.failure}"
        if found.failure
        else f"{[(r.name, r.line, r.diagnosis and r.diagnosis.code) for r in roots]}",
    )


def has_effect(plant: Plant, right: Examination, folder: Path) -> bool:
    """Return whether a mistake changes any gradient, or makes the file fail."""
    file = folder / plant.style
    file.write_text(plant.text)
    wrong = inspect(Request(str(file)))
    if wrong.failure is not None:
        return True
    before = [row for study in right.studies for row in study.rows]
    after = [row for study in wrong.studies for row in study.rows]
    return any(
        a.manual is None
        or b.manual is None
        or a.manual.shape != b.manual.shape
        or not np.allclose(a.manual, b.manual, rtol=1e-12)
        for a, b in zip(before, after, strict=False)
    ) or len(before) != len(after)


def _placed(plant: Plant, found: Examination, roots: list) -> bool:
    """Return whether the first wrong gradient is that of the line, or the next that it is in."""
    if found.failure is not None:
        return found.failure.line == plant.line
    if not roots:
        return False
    lines = {row.line for row in roots} | {row.diagnosis.line for row in roots if row.diagnosis}
    return any(line is not None and abs(line - plant.line) <= 2 for line in lines)


def main(wanted: list[str]) -> None:
    """Print the scores."""
    console = Console()
    chosen = [each for each in plants() if not wanted or any(w in str(each) for w in wanted)]
    with tempfile.TemporaryDirectory() as folder:
        right = {}
        for style, text in sources().items():
            (Path(folder) / style).write_text(text)
            right[style] = inspect(Request(str(Path(folder) / style)))
        scores = [
            score(each, Path(folder))
            for each in track(chosen, "examining", console=Console(stderr=True))
            if has_effect(each, right[each.style], Path(folder))
        ]
    by_style: dict[str, list[Score]] = defaultdict(list)
    for each in scores:
        by_style[each.plant.style].append(each)
    table = Table("style", "planted", "detected", "named", "placed")
    for style, many in {**by_style, "all": scores}.items():
        table.add_row(
            style,
            str(len(many)),
            str(sum(each.detected for each in many)),
            str(sum(each.named for each in many)),
            str(sum(each.placed for each in many)),
        )
    console.print(table)
    for each in scores:
        if not (each.detected and each.named and each.placed):
            console.print(f"{each.plant} (expected {each.plant.codes}): {each.said}", markup=False)


if __name__ == "__main__":
    main(sys.argv[1:])
