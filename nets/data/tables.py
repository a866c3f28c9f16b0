"""Read a table: a text file with an example a line."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nets.data.dataset import Dataset
from nets.data.labels import first_missing, is_number, written_labels

__all__ = ["read_table"]

Lines = list[tuple[int, list[str]]]
"""Fields, stripped, and the number of their line."""

_LABEL_COLUMNS = ("label", "labels", "target", "class")


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
    header = None if any(is_number(each) for each in lines[0][1]) else lines.pop(0)[1]
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
    missing = first_missing(labels)
    if missing is not None:
        raise ValueError(
            f"{file}, line {lines[missing][0]}, column {names[label]}: "
            f"{_quoted(labels[missing])} is not a label; take examples without one away"
        )
    Y, classes = written_labels(labels)
    return Dataset(X, Y.reshape(1, -1), name=file.stem, classes=classes)


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


def _number(text: str, file: Path, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"{file}, line {line}, column {column}: {_quoted(text)} is not a number"
        raise ValueError(message) from None


def _quoted(text: str) -> str:
    return repr(text) if text else "an empty field"
