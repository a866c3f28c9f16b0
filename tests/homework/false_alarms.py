"""Examine right code in random settings: ``python -m tests.homework.false_alarms [COUNT [FIRST]]``.

A setting is a file of the corpus with its own network sizes, number of examples and classes,
regularization, keep_prob, weights and data. Whatever is called wrong is printed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
from rich.console import Console

from nets.homework.finding import draws
from nets.homework.finding import settings as known
from nets.homework.inspecting import Request, inspect
from nets.homework.results import Examination
from tests.homework.handwriting import File, files, written


@dataclass(frozen=True)
class Setting:
    """What a right file is run on.

    Attributes
    ----------
    file : File
    seed : int
        Of the weights and data.
    hidden, inputs, examples, classes : tuple of int
        Of the two networks that a file is run on.
    lambd, keep_prob : float
    """

    file: File
    seed: int
    hidden: tuple[tuple[int, ...], ...]
    inputs: tuple[int, ...]
    examples: tuple[int, ...]
    classes: tuple[int, ...]
    lambd: float
    keep_prob: float


def settings(count: int, first: int = 0) -> Iterator[Setting]:
    """Yield random settings, one file of the corpus after the other."""
    every = list(files().values())
    for seed in range(first, first + count):
        rng = np.random.default_rng(seed)
        hidden = tuple(tuple(int(n) for n in rng.permutation(range(2, 8))) for _ in range(2))
        yield Setting(
            every[seed % len(every)],
            seed,
            hidden,
            tuple(int(n) for n in rng.choice((5, 6, 8, 9), 2, replace=False)),
            tuple(int(n) for n in rng.choice((6, 7, 8, 9), 2, replace=False)),
            tuple(int(n) for n in rng.choice((3, 4, 5), 2, replace=False)),
            float(rng.uniform(0.05, 1)),
            float(rng.choice((0.5, 0.6, 0.75, 0.8, 0.9))),
        )


def examined(setting: Setting, folder: Path) -> Examination:
    """Examine a file in a setting."""
    path = folder / setting.file.name
    path.write_text(written(setting.file.name, setting.file.text))
    with (
        mock.patch.multiple(
            draws,
            _HIDDEN=setting.hidden,
            _INPUTS=setting.inputs,
            _EXAMPLES=setting.examples,
            _CLASSES=setting.classes,
        ),
        mock.patch.multiple(known, LAMBD=setting.lambd, KEEP_PROB=setting.keep_prob),
    ):
        return inspect(Request(str(path), seed=setting.seed))


def alarms(found: Examination) -> list[str]:
    """Return what is said against right code."""
    if found.failure is not None:
        return [str(found.failure)]
    said = [
        f"{row.name} (line {row.line}) {row.verdict} {row.rel_error:.1e}: {row.diagnosis}"
        for study in found.studies
        for row in study.rows
        if row.verdict == "wrong"
    ]
    return said or ([] if found.studies and all(s.ok for s in found.studies) else ["nothing"])


def main(count: int, first: int) -> None:
    """Print every false alarm, and how many there are."""
    console, false = Console(), 0
    with tempfile.TemporaryDirectory() as folder:
        for setting in settings(count, first):
            said = alarms(examined(setting, Path(folder)))
            false += bool(said)
            for each in said:
                console.print(f"{setting.file.name} {setting.seed}: {each}", markup=False)
    console.print(f"{false} false alarms in {count} settings")


if __name__ == "__main__":
    count, first = map(int, (*sys.argv[1:], *("1000", "0")[len(sys.argv) - 1 :]))
    main(count, first)
