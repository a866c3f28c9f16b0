"""Labels as files have them, and the numbers 0 … k - 1 that a network takes for classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import Dataset

__all__ = ["class_numbers", "first_missing", "is_number", "numbered", "written_labels"]

Array = NDArray[Any]

_FEW = 3
"""So many different labels are classes, however few examples there are of each."""

_MISSING = {"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null"}
"""What stands for a label that nobody knows, in small letters."""

_MISSING_NUMBER = {"none", "-", ".", "unknown", "missing"}
"""What does so among numbers only: among words it may be one of the classes."""


def is_number(text: str) -> bool:
    """Return whether Python reads a text as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def first_missing(texts: Sequence[str]) -> int | None:
    """Return the place of the first text that is no label, or would be a class of its own.

    Examples
    --------
    >>> first_missing(["cat", "unknown", "dog"]), first_missing(["1", "unknown", "0"])
    (None, 1)
    """
    small = [each.lower() for each in texts]
    known = [each for each in small if each not in _MISSING | _MISSING_NUMBER]
    numbers = bool(known) and all(map(is_number, known))
    missing = _MISSING | _MISSING_NUMBER if numbers else _MISSING
    return next((k for k, each in enumerate(small) if each in missing), None)


def written_labels(texts: Sequence[str]) -> tuple[Array, tuple[str, ...] | None]:
    """Return labels (m,) that stand as text, and the names of the classes where they are words.

    Examples
    --------
    >>> written_labels(["cat", "dog", "cat"])
    (array([0, 1, 0]), ('cat', 'dog'))
    >>> written_labels(["3", "7.0"])
    (array([3, 7]), None)
    """
    if all(map(is_number, texts)):
        numbers = np.array([float(each) for each in texts])
        whole = (np.abs(numbers) <= 2**53).all() and (numbers == np.floor(numbers)).all()
        return (numbers.astype(np.int64) if whole else numbers), None
    classes = sorted(set(texts))
    places = {each: k for k, each in enumerate(classes)}
    return np.array([places[each] for each in texts]), tuple(classes)


def numbered(data: Dataset) -> Dataset:
    """Return the data with classes numbered from 0, and called what their labels were.

    Labels that are such numbers already stay as they are; so do those that are no classes: numbers
    with fractions, and numbers of which most examples have one of their own.

    Parameters
    ----------
    data : Dataset

    Raises
    ------
    ValueError
        If the data has names of classes, and labels that are neither their numbers nor as many.

    Examples
    --------
    >>> found = numbered(Dataset(np.zeros((2, 4)), np.array([[3, 20, 7, 3]])))
    >>> found.Y, found.classes
    (array([[0, 2, 1, 0]]), ('3', '7', '20'))
    """
    labels = _labels(data)
    if labels is None or class_numbers(data):
        return data
    if data.classes is None:
        if not _are_classes(labels, data.examples):
            return data
        names = tuple(str(int(each)) for each in labels)
    elif len(data.classes) == labels.size:
        names = data.classes
    else:
        raise ValueError(
            f"it has names for {len(data.classes)} classes, but labels from {labels[0]:.0f} to "
            f"{labels[-1]:.0f}"
        )
    Y_test = data.Y_test
    if Y_test is not None and Y_test.shape[0] == 1:
        Y_test = np.searchsorted(labels, Y_test)
    return replace(data, Y=np.searchsorted(labels, data.Y), Y_test=Y_test, classes=names)


def class_numbers(data: Dataset) -> bool:
    """Return whether the labels are numbers of classes, from 0 and without gaps, or one-hot.

    Of two classes, and of those that have names, some may be without examples.

    Examples
    --------
    >>> X = np.zeros((2, 3))
    >>> [class_numbers(Dataset(X, np.array([Y]))) for Y in ([0, 1, 2], [1, 1, 1], [1, 2, 3])]
    [True, True, False]
    """
    if data.Y.shape[0] > 1:
        return True
    labels = _labels(data)
    if labels is None or labels[0] < 0:
        return False
    count = max(2, labels.size if data.classes is None else len(data.classes))
    return bool(labels[-1] < count)


def _labels(data: Dataset) -> Array | None:
    """Return every label that occurs, in order, or None if they are no whole numbers."""
    if data.Y.shape[0] > 1:
        return None
    both = data.Y_test is not None and data.Y_test.shape[0] == 1
    labels = np.unique(np.concatenate([data.Y, data.Y_test], axis=1) if both else data.Y)
    values = labels.astype(np.float64)
    whole = np.isfinite(values).all() and np.abs(values).max() <= 2**53 and not (values % 1).any()
    return labels if whole else None


def _are_classes(labels: Array, examples: int) -> bool:
    """Return whether whole numbers are rather labels of classes than values to predict."""
    count = labels.size
    from_one = labels[0] == 1 and labels[-1] == count
    return count <= _FEW or 2 * count <= examples or (from_one and count < examples)
