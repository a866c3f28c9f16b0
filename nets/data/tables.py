"""Read a table: a text file with an example a line."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import Dataset

__all__ = ["read_table"]

Array = NDArray[Any]
Lines = list[tuple[int, list[str]]]
"""Fields, stripped, and the number of their line."""

_LABEL_COLUMNS = ("label", "labels", "target", "class")

_MISSING = {"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null"}
"""What stands for a label that nobody knows, in small letters."""

_MISSING_NUMBER = {"none", "-", ".", "unknown", "missing"}
"""What does so among numbers only: among words it may be one of the classes."""


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
    lines = _lines(file)
    if all(not row[-1] for _, row in lines):
        raise ValueError(
            f"{file}: the last column is empty on every line; take the separators at the ends away"
        )
    header = None if any(_is_number(each) for each in lines[0][1]) else lines.pop(0)[1]
    if not lines:
        raise ValueError(f"{file} has a header and no examples")
    width = len(lines[0][1]) if header is None else len(header)
    if width < 2:
        raise ValueError(f"{file} has one column; an example needs its inputs and a label")
    names = header or [str(k) for k in range(1, width + 1)]
    label = _label_column(names, file)
    X = np.empty((width - 1, len(lines)))
    labels: list[str] = []
    for j, (number, row) in enumerate(lines):
        if len(row) != width:
            raise ValueError(f"{file}, line {number}: {len(row)} columns, expected {width}")
        labels.append(row.pop(label))
        for i, each in enumerate(row):
            X[i, j] = _number(each, file, number, names[i + (i >= label)])
    _refuse_missing(labels, [number for number, _ in lines], file, names[label])
    Y, classes = _labels(labels)
    return Dataset(X, Y, name=file.stem, classes=classes)


def _lines(file: Path) -> Lines:
    """Return the lines that are not empty."""
    with file.open(newline="", encoding="utf-8-sig", errors="replace") as text:
        start = text.read(4096)
        text.seek(0)
        separator = max(",;\t", key=start.partition("\n")[0].count)
        rows = enumerate(csv.reader(text, delimiter=separator), 1)
        lines = [(k, [each.strip() for each in row]) for k, row in rows if row]
    if not lines:
        raise ValueError(f"{file} is empty")
    return lines


def _label_column(names: list[str], file: Path) -> int:
    """Return which column is the label: one called so, else y, else the last.

    Where there is an x too, and more columns after y, y may as well be a coordinate.
    """
    lower, last = [each.lower() for each in names], len(names) - 1
    called = _places(lower, _LABEL_COLUMNS) or _places(lower, ["y"])
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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, file: Path, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"{file}, line {line}, column {column}: {_quoted(text)} is not a number"
        raise ValueError(message) from None


def _quoted(text: str) -> str:
    return repr(text) if text else "an empty field"


def _refuse_missing(labels: list[str], lines: list[int], file: Path, column: str) -> None:
    """Refuse labels that are none, which would otherwise be a class of their own."""
    known = [each for each in labels if each.lower() not in _MISSING | _MISSING_NUMBER]
    numbers = bool(known) and all(map(_is_number, known))
    missing = _MISSING | _MISSING_NUMBER if numbers else _MISSING
    for text, line in zip(labels, lines, strict=True):
        if text.lower() in missing:
            raise ValueError(
                f"{file}, line {line}, column {column}: {_quoted(text)} is not a label; "
                "take examples without one away"
            )


def _labels(texts: list[str]) -> tuple[Array, tuple[str, ...] | None]:
    """Return labels (1, m), and the names of the classes where the labels are words."""
    if all(_is_number(each) for each in texts):
        numbers = np.array([float(each) for each in texts])
        whole = (np.abs(numbers) <= 2**53).all() and (numbers == np.floor(numbers)).all()
        return (numbers.astype(np.int64) if whole else numbers).reshape(1, -1), None
    classes = sorted(set(texts))
    places = {each: k for k, each in enumerate(classes)}
    return np.array([[places[each] for each in texts]]), tuple(classes)
