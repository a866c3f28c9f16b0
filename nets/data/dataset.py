"""What a data set is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "counted"]

_LISTED = 10
"""How many classes are named in a sentence."""


def counted(count: int, noun: str, plural: str = "s") -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> counted(1, "input"), counted(2, "class", "es")
    ('1 input', '2 classes')
    """
    return f"{count} {noun}{plural * (count != 1)}"


@dataclass(frozen=True)
class Dataset:
    """Data in the course's layout: a column an example.

    Attributes
    ----------
    X : numpy.ndarray
        Shape (n0, m).
    Y : numpy.ndarray
        Labels: shape (1, m), or one-hot (C, m).
    X_test, Y_test : numpy.ndarray or None
        The same for examples that are not for training.
    name : str
    image_shape : tuple of int or None
        What a column of X has to be reshaped to, to be seen as an image.
    classes : tuple of str or None
        Names of the classes, where they are known.
    """

    X: NDArray[Any]
    Y: NDArray[Any]
    X_test: NDArray[Any] | None = None
    Y_test: NDArray[Any] | None = None
    name: str = ""
    image_shape: tuple[int, ...] | None = None
    classes: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        text = f"Dataset({self.name!r}, X {self.X.shape}, Y {self.Y.shape}"
        if self.X_test is not None:
            text += f", X_test {self.X_test.shape}"
        return text + (f", images {self.image_shape})" if self.image_shape else ")")

    @property
    def inputs(self) -> int:
        """Number of inputs, n0."""
        return int(self.X.shape[0])

    @property
    def examples(self) -> int:
        """Number of examples for training, m."""
        return int(self.X.shape[1])

    def some(self, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return X and Y of at most `count` examples, drawn so that they stand for all.

        The first may be of one class, where examples are sorted, and every k-th too, where classes
        take turns.  The same are drawn every time.

        Examples
        --------
        >>> import numpy as np
        >>> X, Y = Dataset(np.zeros((2, 100)), np.arange(100).reshape(1, -1) // 50).some(10)
        >>> X.shape, Y.tolist()
        ((2, 10), [[0, 0, 0, 1, 1, 1, 1, 1, 1, 1]])
        """
        if count >= self.examples:
            return self.X, self.Y
        drawn = np.sort(np.random.RandomState(0).permutation(self.examples)[:count])
        return self.X[:, drawn], self.Y[:, drawn]

    @property
    def class_count(self) -> int:
        """Number of classes: that of one-hot rows, of names, or up to the largest label."""
        if self.Y.shape[0] > 1:
            return int(self.Y.shape[0])
        labels = self.Y if self.Y_test is None or not self.Y_test.size else [self.Y, self.Y_test]
        return max(len(self.classes or ()), *(int(each.max()) + 1 for each in labels))

    def class_name(self, number: int) -> str:
        """Return what a class is called.

        Examples
        --------
        >>> import numpy as np
        >>> Dataset(np.zeros((2, 1)), np.zeros((1, 1))).class_name(0)
        'class 0'
        """
        known = self.classes is not None and number < len(self.classes)
        return self.classes[number] if known and self.classes else f"class {number}"

    @property
    def about_classes(self) -> str:
        """How many classes there are, and what they are called, at most ten of them.

        Examples
        --------
        >>> import numpy as np
        >>> Dataset(np.zeros((2, 2)), np.array([[0, 1]]), classes=("cat", "dog")).about_classes
        '2 classes: cat, dog'
        """
        count, names = self.class_count, list(self.classes or ())
        if len(names) > _LISTED:
            names[_LISTED - 1 : -1] = ["…"]
        return f"{counted(count, 'class', 'es')}{': ' * bool(names)}{', '.join(names)}"
