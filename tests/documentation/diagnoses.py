"""Write ``docs/diagnoses.md``: every code with an example, told as the program tells it.

Run as ``python -m tests.documentation.diagnoses`` where a code, a message or an example changed.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import autograd_mini as ag
from autograd_mini.check.comparison import Comparison
from autograd_mini.check.diagnosis import CODES, Diagnosis
from nets.homework.inspecting import Request, inspect
from nets.homework.report.words import is_code
from nets.homework.results import Examination, Finding
from tests.documentation.examples import CALLS, EXAMPLES, Call, Example

__all__ = ["PATH", "compared", "examined", "found_for", "inspected", "page", "steady"]

PATH = Path(__file__).parents[2] / "docs" / "diagnoses.md"

INTRODUCTION = """\
# What can be wrong with a gradient

`ag.compare` and `autograd-mini compare my_homework.py` name a mistake by one of these codes, and
only if it reproduces the numbers. Where several fit, all are given; where none does, the code is
`other` and no guess is made.

{table}

What follows was written by the program itself: each example is a small file with the line marked
`-`, and below it stands what `autograd-mini compare` says of it.
"""


def examined() -> dict[str, Examination]:
    """Return what is found in the example of each code."""
    return {code: inspected(example.source) for code, example in EXAMPLES.items()}


def inspected(source: str) -> Examination:
    """Return what is found in a file that may run in this process: ours may."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "homework.py")
        path.write_text(source, encoding="utf-8")
        return inspect(Request(str(path)))


def found_for(code: str, examination: Examination) -> tuple[str, Finding] | None:
    """Return the first gradient that has this code, with what is said about it."""
    rows = (row for study in examination.studies for row in study.rows)
    for row in rows:
        if row.diagnosis is not None and row.diagnosis.code == code and not row.inherited:
            return row.name, row.diagnosis
    return None


def page(found: dict[str, Examination]) -> str:
    """Return the page."""
    table = ["| code | meaning |", "|---|---|"]
    table += [f"| [`{code}`](#{code}) | {_escaped(text)} |" for code, text in CODES.items()]
    parts = [INTRODUCTION.format(table="\n".join(table))]
    for code, text in CODES.items():
        parts.append(f"## {code}\n\n{_sentence(text)}\n")
        if code in EXAMPLES:
            parts += _example(code, EXAMPLES[code], found[code])
        else:
            parts += _called(code, CALLS[code])
    return "\n".join(parts)


def _example(code: str, example: Example, examination: Examination) -> Iterator[str]:
    yield f"{example.how}\n"
    yield f"```diff\n{_difference(example)}\n```\n"
    told = found_for(code, examination)
    if told is None:
        raise LookupError(f"the example of {code} is not recognised: {examination}")
    yield from _told(*told)


def _told(name: str, found: Finding | Diagnosis) -> Iterator[str]:
    said = f"> **{name}** {_escaped(found.message)}"
    if found.fix and is_code(found.fix):
        said += f"\n> Write `{found.fix}`"
    elif found.fix:
        said += f"\n> {_sentence(found.fix)}"
    yield f"{said}\n"


def compared(call: Call) -> Comparison:
    """Return what a call of the engine finds."""
    names: dict[str, object] = {"ag": ag, "np": np}
    *before, last = call.source.splitlines()
    exec("\n".join(before), names)  # our own lines: what the page shows is what ran
    made: Comparison = eval(last, names)
    return made


def _called(code: str, call: Call) -> Iterator[str]:
    yield f"{call.how}\n"
    yield f"```python\n{call.source}```\n"
    for row in compared(call).rows:
        if row.diagnosis is None or row.diagnosis.code != code:
            raise LookupError(f"the example of {code} is not recognised: {row.diagnosis}")
        yield from _told(row.name, row.diagnosis)


def _difference(example: Example) -> str:
    """Return the wrong lines, to be removed, and the right ones."""
    told: list[str] = []
    for line in difflib.ndiff(example.source.splitlines(), example.base.splitlines()):
        sign, text = line[0], line[2:].strip()
        if sign in "+-":
            told.append(f"{sign} {text}")
        elif sign == " " and told and told[-1] != "  …":
            told.append("  …")
    return "\n".join(told).removesuffix("\n  …")


def _sentence(text: str) -> str:
    word = text.split(maxsplit=1)[0]  # dZ and g' stay as they are
    first = text[0].upper() if word.isalpha() and word.islower() else text[0]
    return f"{first}{_escaped(text[1:])}."


def _escaped(text: str) -> str:
    return re.sub(r"([*|<>])", r"\\\1", text)


def steady(text: str) -> str:
    """Return text without digits that depend on how a machine rounds."""
    return re.sub(r"\b\d(\.\d+)?e[-+]\d+", "…", text)


if __name__ == "__main__":
    PATH.write_text(page(examined()), encoding="utf-8")
