"""What every report says of an examined file, and the lines of it that it quotes."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograd_mini.check.words import state, summary
from nets.homework.judging.fixes import is_code
from nets.homework.reading.cells import spoken
from nets.homework.results import Examination, Finding, GradientRow, Study

__all__ = [
    "SIGNS",
    "Quote",
    "fix_line",
    "headline",
    "is_code",
    "outcome",
    "place",
    "quote",
    "roots",
    "statement",
    "told",
]  # fmt: skip

SIGNS = {"ok": "✓", "convention": "≈", "wrong": "✗", "inherited": "↳", "unchecked": "?"}
"""A sign for each verdict, so that colour is never all there is."""


def outcome(examination: Examination) -> str:
    """Return one word: ``right``, ``wrong``, ``crashed`` or ``not analysed``."""
    if examination.failure is not None and not examination.failure.theirs:
        return "not analysed"
    if examination.failure is not None and not examination.studies:
        return "crashed"
    return {0: "right", 1: "wrong", 2: "not analysed"}[examination.exit_status]


def headline(examination: Examination) -> str:
    """Return what was found in a file, in a sentence or two."""
    failure = examination.failure
    if failure is not None:
        at = spoken(failure.line, examination.cells) if failure.line is not None else ""
        where = f"{at}: " if at else ""
        kind = f"{failure.type}: " if failure.theirs else ""
        why = f". {told(failure.diagnosis)}" if failure.diagnosis is not None else ""
        return f"{where}{kind}{failure.message}{why}"
    studies = examination.studies
    if not studies:
        return "Nothing was found that computes gradients."
    if len(studies) == 1:
        return summary(studies[0].rows)
    return " ".join(f"{study.backward}: {summary(study.rows)}" for study in studies)


def place(row: GradientRow, cells: Sequence[int] = ()) -> str:
    """Return where a gradient is made.

    Examples
    --------
    >>> place(GradientRow("dW1", "W1", (), line=12), cells=(1, 4, 10))
    'cell 3, line 3'
    """
    return "" if row.line is None else spoken(row.line, cells)


def told(found: Finding) -> str:
    """Return a finding in one paragraph: what is wrong, what to write, what else it may be."""
    parts = [found.message]
    if found.fix and found.fix not in found.message:
        parts.append(f"Write: {found.fix}" if is_code(found.fix) else f"{found.fix}.")
    parts += [f"Or {other.code}: {told(other)}" for other in found.alternatives]
    return " ".join(parts)


def roots(study: Study) -> list[GradientRow]:
    """Return the rows that are wrong of themselves."""
    return [row for row in study.rows if state(row) == "wrong"]


@dataclass(frozen=True)
class Quote:
    """Lines of a person's file.

    Attributes
    ----------
    first : int
        Number of the first line.
    lines : tuple of str
    wrong : range
        Numbers of the lines that are to change.
    fix : tuple of str
        Lines to write instead, indented as those; empty where none are known.
    """

    first: int
    lines: tuple[str, ...]
    wrong: range
    fix: tuple[str, ...] = ()

    @property
    def numbered(self) -> list[tuple[int, str, bool]]:
        """Number, text and whether it is wrong, of each line."""
        return [(k, line, k in self.wrong) for k, line in enumerate(self.lines, start=self.first)]


@lru_cache(maxsize=64)
def _statements(source: str) -> tuple[tuple[int, int], ...]:
    """Return first and last lines of the simple statements of a source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the compiler thinks of their code is not asked
            tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    return tuple(
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and not hasattr(node, "body")
    )


def statement(source: str, line: int) -> range:
    r"""Return the numbers of the lines of the statement around a line.

    Examples
    --------
    >>> statement("x = 1\ny = f(\n    x)\n", 3)
    range(2, 4)
    """
    around = [span for span in _statements(source) if span[0] <= line <= span[1]]
    first, last = min(around, key=lambda span: span[1] - span[0], default=(line, line))
    return range(first, last + 1)


def quote(source: str, line: int | None, fix: str = "", *, around: int = 2) -> Quote | None:
    """Return a line of a source with those around it, None if it has no such line.

    Parameters
    ----------
    source : str
    line : int or None
        From 1.
    fix : str
        What to write instead.
    around : int
        How many lines before and after.
    """
    lines = source.splitlines()
    if line is None or not 1 <= line <= len(lines):
        return None
    wrong = statement(source, line)
    start, stop = max(1, wrong.start - around), min(len(lines) + 1, wrong.stop + around)
    return Quote(start, tuple(lines[start - 1 : stop - 1]), wrong, fix_line(lines, wrong, fix))


def fix_line(lines: Sequence[str], wrong: range, fix: str) -> tuple[str, ...]:
    """Return the lines of a remedy, indented like the first of those that it replaces."""
    if not fix or not is_code(fix):
        return ()
    old = lines[wrong.start - 1]
    indent = old[: len(old) - len(old.lstrip())]
    return tuple(indent + each for each in fix.strip().splitlines())
