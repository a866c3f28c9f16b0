"""Networks and data of our own making, on which no mistake can hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from nets.homework.finding.anatomy import Anatomy
from nets.homework.reading.data import DataError, read_data, read_named

__all__ = [
    "ALONE", "DRAWS", "KEEP_PROB", "LAMBD", "LEARNING_RATE", "MOST", "Draw", "draw_of", "spread",
]  # fmt: skip

LAMBD, KEEP_PROB, LEARNING_RATE = 0.7, 0.8, 0.05
"""Settings large enough that leaving them out shows."""

DRAWS = 2
"""How many networks and data sets: what is a coincidence in one is none in the other."""

ALONE, MOST = 4, 10
"""How many where each has one example; how many at most, while units that are off hide others."""

_HIDDEN = ((4, 3, 6, 2, 7), (3, 5, 2, 6, 4))
_INPUTS, _EXAMPLES, _CLASSES = (5, 6), (7, 8), (3, 4)


@dataclass(frozen=True)
class Draw:
    """One network's sizes, and data for it.

    Attributes
    ----------
    sizes : tuple of int
        Units of each layer, from the input on; all different.
    X, Y : numpy.ndarray
        Examples in columns or rows, as the forward pass has them.
    one_hot, labels : numpy.ndarray
        The labels in both forms.
    m : int
        The number of examples.
    seed : int
    named : dict
        Values for arguments of these names, from a person's own data.
    """

    sizes: tuple[int, ...]
    X: Any
    Y: Any
    one_hot: Any
    labels: Any
    m: int
    seed: int
    named: dict[str, Any] = field(default_factory=dict)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of the network's output."""
        return self.one_hot.shape  # type: ignore[no-any-return]


def draw_of(
    about: Anatomy,
    number: int,
    *,
    layers: Sequence[int] | None = None,
    data: Path | None = None,
    fixed: bool = False,
    seed: int = 0,
    examples: int | None = None,
    several: bool = False,
) -> Draw:
    """Return a network's sizes, and data for it.

    Parameters
    ----------
    about : Anatomy
    number : int
        Which of the draws.
    layers : sequence of int, optional
        Units of each layer, from the input on, where a person or their file states them.
    data : Path, optional
        An ``.npz`` file with ``X`` and ``Y`` to use instead.
    fixed : bool
        Whether the network has `layers` and no others.
    seed : int
    examples : int, optional
        How many, where it must be so.
    several : bool
        Whether to have several outputs where one would do.

    Raises
    ------
    DataError
        If `data` is not that, or nothing for such a network.
    """
    rng = np.random.default_rng([seed, number])
    kind = number % DRAWS
    depth = 1 if about.vector else about.depth or (len(layers) - 1 if layers else 3)
    outputs = _CLASSES[kind] if about.softmax or about.integers or several else 1
    hidden = [n for n in _HIDDEN[kind] if n != outputs][: depth - 1]
    inputs = 1 if about.number else _INPUTS[kind]
    sizes = tuple(layers) if layers else (inputs, *hidden, outputs)
    if data is not None:
        return _given(data, sizes, fixed, about, seed + number)
    m = examples or _EXAMPLES[kind]
    X = rng.standard_normal((sizes[0], m))
    alone = np.array([1 - kind])  # 1, and 0 on the other network
    labels = alone if m == sizes[-1] == 1 else _labels(rng, sizes[-1], m)
    return _arranged(X, labels, sizes, about, seed + number)


def _labels(rng: np.random.Generator, classes: int, m: int) -> Any:
    """Return labels with every class among them, or as many of the last as there are examples.

    Code that counts classes as the largest label plus one must find them all.
    """
    classes = max(classes, 2)
    labels = classes - 1 - np.arange(m) % classes
    rng.shuffle(labels)
    return labels


def _arranged(X: Any, labels: Any, sizes: tuple[int, ...], about: Anatomy, seed: int) -> Draw:
    m = X.shape[1]
    one = sizes[-1] == 1 or labels.dtype.kind == "f"
    one_hot = labels.reshape(1, m).astype(float) if one else np.eye(sizes[-1])[:, labels]
    vector = about.vector and not about.number and sizes[-1] == 1
    if not about.columns or about.single or vector:
        X, one_hot = np.ascontiguousarray(X.T), np.ascontiguousarray(one_hot.T)
    if about.single:
        X, one_hot = X[0], one_hot[0]
    if about.vector and sizes[-1] == 1:
        X, one_hot = X[0] if about.number else X, labels.astype(float)
        one_hot = one_hot[0] if about.single else one_hot
    Y = labels if about.integers and sizes[-1] > 1 else one_hot
    if about.tokens:
        X, Y = np.roll(labels, 1), labels
    return Draw(sizes, X, Y, one_hot, labels, m, seed)


def _given(path: Path, sizes: tuple[int, ...], fixed: bool, about: Anatomy, seed: int) -> Draw:
    """Return a draw with a person's own data.

    Raises
    ------
    DataError
        If the network, whose sizes may be `fixed`, takes other data.
    """
    X, Y = read_data(path)
    classes = int(Y.max()) + 1 if Y.dtype.kind == "i" else 1
    outputs = classes if classes > 2 and not fixed else sizes[-1]
    inputs = sizes[0] if fixed else X.shape[0]
    if inputs != X.shape[0]:
        raise DataError(f"{path}: X has {X.shape[0]} inputs, but the network takes {inputs}")
    if classes > max(outputs, 2):
        raise DataError(f"{path}: Y has {classes} classes, but the network has {outputs} outputs")
    draw = _arranged(X, Y, (inputs, *sizes[1:-1], outputs), about, seed)
    return replace(draw, named=read_named(path))


def spread(value: Any, rng: np.random.Generator) -> Any:
    """Return values of the same shape with which no unit is dead and no bias is zero."""
    shape = np.shape(value)
    if len(shape) == 2 and min(shape) > 1:
        return rng.standard_normal(shape) * (1.2 / np.sqrt(max(shape) ** 0.5 * min(shape) ** 0.5))
    if len(shape) == 2:
        return rng.standard_normal(shape) * 0.6
    if shape == ():
        return float(rng.uniform(0.2, 0.5))
    return rng.standard_normal(shape) * 0.5
