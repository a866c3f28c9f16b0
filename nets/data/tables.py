"""Read a table: a text file with an example a line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import Dataset
from nets.data.labels import first_missing, is_number, written_labels

__all__ = ["read_table"]

Array = NDArray[Any]
Lines = list[tuple[int, list[str]]]
"""Fields, stripped, and the number of their line."""

_LABELS = ("label", "labels", "target", "class")

_COUNTERS = ("", "unnamed: 0", "index", "id", "#", "no", "nr", "row")
"""What a column may be called, in small letters, that numbers the lines."""


def read_table(file: Path) -> Dataset:
    """Return the data set in a table.

    Parameters
    ----------
    file : Path
        Fields are separated by commas, semicolons or tabs.  The first line may name the columns.

    Raises
    ------
    ValueError
        If a line or a field cannot be used, or no column is clearly that of the labels.
    """
    header, lines = _parts(_lines(file), file)
    names = header or [str(k) for k in range(1, len(lines[0][1]) + 1)]
    label = _label_column(names, file)
    texts = _label_texts(lines, label, names, file)
    inputs = [k for k in range(len(names)) if k != label]
    X = np.empty((len(inputs), len(lines)))
    for i, k in enumerate(inputs):
        for j, (number, row) in enumerate(lines):
            X[i, j] = _number(row[k], file, number, names[k])
        if header is not None:
            _refuse_counter(X[i], names[k], file)
    Y, classes = written_labels(texts)
    return Dataset(X, Y.reshape(1, -1), name=file.stem, classes=classes)


def _parts(lines: Lines, file: Path) -> tuple[list[str] | None, Lines]:
    """Return the names of the columns, or None, and the lines of examples, all as wide."""
    if all(not row[-1] for _, row in lines):
        raise ValueError(
            f"{file}: the last column is empty on every line; take the separators at the ends away"
        )
    first = lines[0][1]
    named = not any(map(is_number, first)) or _places([each.lower() for each in first], _LABELS)
    header = first if named else None
    examples = lines if header is None else lines[1:]
    if not examples:
        raise ValueError(f"{file} has a header and no examples")
    if len(first) < 2:
        raise ValueError(
            f"{file} has one column; an example needs its inputs and a label, with commas, "
            "semicolons or tabs between"
        )
    if header is None and _may_be_header(first, [row[-1] for _, row in lines[1:]]):
        shown = first if len(first) < 4 else [*first[:2], "…", first[-1]]
        raise ValueError(
            f"{file}: the first line, {', '.join(shown)}, may be of the columns or an example; "
            "give the columns names that are no numbers in it, or take it away"
        )
    for number, row in examples:
        if len(row) != len(first):
            raise ValueError(f"{file}, line {number}: {len(row)} columns, expected {len(first)}")
    return header, examples


def _may_be_header(first: list[str], labels: list[str]) -> bool:
    """Return whether a line with numbers in it may be a header: by them, or by its last field.

    Numbers are what pandas calls columns without names, and years are.  An example's label may be
    of its own too, but then others of them are.

    Parameters
    ----------
    first : list of str
        The line.
    labels : list of str
        What stands below its last field.
    """
    if any(first == [str(k + start) for k in range(len(first))] for start in (0, 1)):
        return len(first) > 2
    last, below = first[-1], Counter(labels)
    if not below or last in below or is_number(last) or first_missing([last]) is not None:
        return False
    return all(map(is_number, below)) or min(below.values()) > 1


def _label_texts(lines: Lines, label: int, names: list[str], file: Path) -> list[str]:
    """Return the column of the labels."""
    texts = [row[label] for _, row in lines]
    missing = first_missing(texts)
    if missing is not None:
        raise ValueError(
            f"{file}, line {lines[missing][0]}, column {names[label]}: {_quoted(texts[missing])} "
            "is not a label; take examples without one away"
        )
    return texts


def _lines(file: Path) -> Lines:
    """Return the lines that are not empty."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:  # guessed wrongly, two classes may get one name
        raise ValueError(
            f"{file} is not text in UTF-8 (byte {error.start}); save it as such, which "
            'spreadsheets call "CSV UTF-8"'
        ) from None
    text = _without_comments(text)
    first = next((each for each in text.splitlines() if each.strip()), "")
    separator = max(";,\t", key=first.count)  # of as many, commas belong to decimals
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1)
    stripped = ((k, [each.strip() for each in row]) for k, row in rows)
    lines = [(k, row) for k, row in stripped if any(row)]
    if not lines:
        raise ValueError(f"{file} is empty")
    return lines


def _without_comments(text: str) -> str:
    """Return a table without the comments that it begins with.

    The last of them names the columns where it has as many, as ``np.savetxt`` writes a header.
    """
    lines = text.splitlines(keepends=True)
    shown = [k for k, line in enumerate(lines) if line.strip()]
    start = next((k for k in shown if not lines[k].lstrip().startswith("#")), 0)
    comments = [k for k in shown if k < start]
    for k in comments:
        header = lines[k].lstrip(" \t#")
        fits = any(header.count(each) == lines[start].count(each) > 0 for each in ";,\t")
        lines[k] = header if fits and k == comments[-1] else "\n"
    return "".join(lines)


def _refuse_counter(column: Array, name: str, file: Path) -> None:
    """Refuse a column that numbers the lines: where they are sorted it gives the labels away."""
    if name.lower() in _COUNTERS and column.size > 2 and (np.diff(column) == 1).all():
        called = f"column {name}" if name else "a column without a name"
        raise ValueError(
            f"{file}: {called} numbers the lines, which is nothing to learn from; take it away "
            "(pandas: to_csv(..., index=False))"
        )


def _label_column(names: list[str], file: Path) -> int:
    """Return which column is the label: one called so, else y, else the last.

    Where there is an x too, and more columns after y, y may as well be a coordinate.
    """
    lower, last = [each.lower() for each in names], len(names) - 1
    called = _places(lower, _LABELS) or _places(lower, ["y"])
    if len(called) > 1:
        which = " and ".join(names[k] for k in called)
        raise ValueError(f"{file}: columns {which} may each be the label; give one another name")
    label = called[0] if called else last
    if lower[label] == "y" and label != last and "x" in lower and last > 1:
        raise ValueError(
            f"{file}: y beside x may be a coordinate or the label; call the label's column label"
        )
    return label


def _places(names: list[str], wanted: Iterable[str]) -> list[int]:
    return [k for k, each in enumerate(names) if each in wanted]


def _number(text: str, file: Path, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        comma = re.fullmatch(r"[+-]?\d*,(?!\d{3}$)\d+", text)  # 1,000 may be a thousand
        hint = f"; decimals have a point here, as in {text.replace(',', '.')}" if comma else ""
        raise ValueError(
            f"{file}, line {line}, column {column}: {_quoted(text)} is not a number{hint}"
        ) from None


def _quoted(text: str) -> str:
    return repr(text) if text else "an empty field"
