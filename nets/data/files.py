"""Read a person's own data: .npz, .csv and .h5 files."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nets.data.dataset import Dataset
from nets.data.labels import first_missing, numbered, written_labels
from nets.data.tables import read_table

__all__ = ["load"]

Array = NDArray[Any]
Examples = Literal["columns", "rows"]

_KEYS: tuple[tuple[Examples, tuple[str, str], tuple[tuple[str, str], ...]], ...] = (
    ("columns", ("X", "Y"), (("X_test", "Y_test"), ("Xval", "Yval"))),
    ("rows", ("train_x", "train_y"), (("test_x", "test_y"),)),
    ("rows", ("train_set_x", "train_set_y"), (("test_set_x", "test_set_y"),)),
    ("rows", ("x_train", "y_train"), (("x_test", "y_test"),)),
    ("rows", ("X_train", "y_train"), (("X_test", "y_test"),)),
    ("rows", ("X_train", "Y_train"), (("X_test", "Y_test"),)),
    ("rows", ("X", "y"), (("X_test", "y_test"), ("Xval", "yval"))),
)
"""Names under which files hold examples and labels, for training and testing.

What is a row and what a column shows from the number of labels; the first word decides where that
fits both ways.
"""


def load(path: str | os.PathLike[str]) -> Dataset:
    """Return the data set in a file.

    Parameters
    ----------
    path : path
        ``.npz`` or ``.h5`` with arrays ``X, Y`` (columns are examples), ``X, y, Xval, yval`` (rows
        are), or ``train_x, train_y, test_x, test_y``, also as ``train_set_x`` …; images are
        flattened, and bytes divided by 255 unless all of them are 0 or 1.  ``.csv`` with an example
        a line, the label in the column called label, target or class, or else y, or else in the
        last; a column that only numbers the lines is refused.

    Returns
    -------
    Dataset
        Labels that are words, or whole numbers other than 0 … k - 1, such as 1 … k or 3, 7 and 20,
        are numbered in their order: ``classes[number]`` is what the file has for them.  Numbers of
        which most examples have one of their own are values rather than classes, and stay.

    Raises
    ------
    FileNotFoundError
    IsADirectoryError
    ValueError
        If the file cannot be read as that, or its arrays do not fit together.
    ImportError
        If h5py is needed and not installed.
    """
    file = Path(path)
    if file.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give a file in it")
    if not file.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    reader = _READERS.get(file.suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: a data file ends with {', '.join(_READERS)}")
    data = reader(file)
    try:
        return numbered(data)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


# -- arrays by name -------------------------------------------------------------------------------


def _npz(file: Path) -> Dataset:
    try:
        if not zipfile.is_zipfile(file):
            raise ValueError("not an archive of arrays, as np.savez makes it")
        with np.load(file, allow_pickle=False) as archive:
            return _from_arrays(archive, file)  # which reads what is asked for alone
    except (ValueError, zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        hint = "; save words with .astype(str)" if "allow_pickle" in str(error) else ""
        raise ValueError(f"{file}: {error}{hint}") from None


def _h5(file: Path) -> Dataset:
    try:
        import h5py  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(f"reading {file} needs the package h5py: pip install h5py") from error
    try:
        with h5py.File(file, "r") as archive:
            found = {name: archive.get(name) for name in archive}
            # which has links too, but not what is in groups: a message can name that
            archive.visititems(lambda name, each: found.update({name: each}))
            arrays = {
                name: np.asarray(each)
                for name, each in found.items()
                if isinstance(each, h5py.Dataset) and each.shape is not None
            }
    except OSError as error:
        raise ValueError(f"{file}: not an HDF5 file ({error})") from None
    try:
        return _from_arrays(arrays, file)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def _from_arrays(arrays: Mapping[str, Array], file: Path) -> Dataset:
    for examples, (x, y), tests in _KEYS:
        if x not in arrays or y not in arrays:
            continue
        train = _Part.of(arrays, examples, x, y)
        test = next(
            (_Part.of(arrays, examples, *names) for names in tests if arrays.keys() >= {*names}),
            None,
        )
        if test is not None:
            _check_together(train, test)
        parts = [train] if test is None else [train, test]
        if train.Y.dtype.kind == "U":
            classes = _number_words(parts)
        else:
            classes = _class_names(arrays.get("list_classes", arrays.get("classes")))
        for each in parts:
            if each.X.dtype.kind in "iu":
                each.X = each.X / (255 if train.bytes else 1)  # the same for what it is tested on
        X_test, Y_test = (None, None) if test is None else (test.X, test.Y)
        return Dataset(train.X, train.Y, X_test, Y_test, file.stem, train.image_shape, classes)
    expected = "; ".join(f"{x}, {y}" for _, (x, y), _ in _KEYS)
    raise ValueError(f"it holds {', '.join(arrays) or 'nothing'}; expected one of {expected}")


@dataclass
class _Part:
    """The examples for training, or those for testing.

    Attributes
    ----------
    x, y : str
        What the file calls them.
    X, Y : numpy.ndarray
        Data (n0, m) and labels (1, m) or (C, m): numbers, or text.
    image_shape : tuple of int or None
    bytes : bool
        Whether X holds bytes: such numbers as images have for black to white.
    """

    x: str
    y: str
    X: Array
    Y: Array
    image_shape: tuple[int, ...] | None
    bytes: bool

    @classmethod
    def of(cls, arrays: Mapping[str, Array], examples: Examples, x: str, y: str) -> _Part:
        labels = arrays[y]
        words = _words(labels)
        X, Y, image_shape = _columns(arrays[x], labels if words is None else words, examples, x, y)
        return cls(x, y, X, Y, image_shape, _holds_bytes(X, image_shape))


def _holds_bytes(X: Array, image_shape: tuple[int, ...] | None) -> bool:
    """Return whether X holds bytes, or an image's whole numbers that would fit into them."""
    fits = X.dtype == np.uint8 or (
        image_shape is not None and X.dtype.kind in "iu" and X.min() >= 0 and X.max() <= 255
    )
    return bool(fits and X.max() > 1)


def _check_together(train: _Part, test: _Part) -> None:
    if test.X.shape[0] != train.X.shape[0]:
        raise ValueError(
            f"{train.x} has {train.X.shape[0]} inputs an example, {test.x} has {test.X.shape[0]}"
        )
    fractions = [each.X.dtype.kind == "f" for each in (train, test)]
    if (train.bytes or test.bytes) and fractions[0] != fractions[1]:
        raise ValueError(
            f"{train.x} holds {train.X.dtype} and {test.x} {test.X.dtype}; bytes are divided by "
            "255, so that they may be of different scales: save both alike"
        )
    if (train.Y.dtype.kind == "U") != (test.Y.dtype.kind == "U"):
        raise ValueError(f"{train.y} holds {train.Y.dtype} and {test.y} {test.Y.dtype}")


def _number_words(parts: list[_Part]) -> tuple[str, ...] | None:
    """Give the parts numbers for labels that are text, the same in each; return the names."""
    texts = [each.Y.ravel().tolist() for each in parts]
    for part, words in zip(parts, texts, strict=True):
        missing = first_missing(words)
        if missing is not None:
            raise ValueError(
                f"{part.y} holds {words[missing]!r} for example {missing}, which is not a label; "
                "take examples without one away"
            )
    labels, classes = written_labels([each for words in texts for each in words])
    cut = len(texts[0])
    for part, found in zip(parts, (labels[:cut], labels[cut:]), strict=False):
        part.Y = found.reshape(1, -1)
    return classes


def _columns(
    X: Array, Y: Array, examples: Examples, x: str, y: str
) -> tuple[Array, Array, tuple[int, ...] | None]:
    """Return data (n0, m), labels (1, m) or (C, m), and the shape of an image."""
    for each, name, kinds in ((X, x, "fiub"), (Y, y, "fiubU")):
        if each.dtype.kind not in kinds:
            raise ValueError(f"{name} must hold real numbers, it holds {each.dtype}")
        if each.ndim == 0 or each.size == 0:
            raise ValueError(f"{name} is empty")
    image_shape = None
    if X.ndim > 2:  # images: the first axis counts them
        image_shape = tuple(X.shape[1:])
        X, examples = X.reshape(X.shape[0], -1), "rows"
    elif X.ndim == 1:
        X, examples = X[:, np.newaxis], "rows"
    single = Y.ndim == 1 or 1 in Y.shape
    counts = {Y.size} if single else set(Y.shape)
    lengths: dict[Examples, int] = {"columns": X.shape[1], "rows": X.shape[0]}
    fitting = [way for way, m in lengths.items() if m in counts]
    if not fitting or (image_shape and "rows" not in fitting):
        raise ValueError(f"{x} has shape {X.shape}, which does not fit {y} of shape {Y.shape}")
    way = examples if examples in fitting else fitting[0]
    m = lengths[way]
    X = np.array(X if way == "columns" else X.T, order="C")  # a view would be guarded twice
    if single:
        Y = Y.reshape(1, -1)
    elif Y.shape[1] != m or (Y.shape[0] == m and way == "rows"):
        Y = Y.T
    if Y.dtype.kind == "U" and Y.shape[0] > 1:
        raise ValueError(f"{y} holds words in several rows, shape {Y.shape}; one label an example")
    return X, Y, image_shape


def _words(array: Array) -> Array | None:
    """Return text, however a file has it, as an array of str, and None for anything else."""
    if array.dtype.kind not in "SUO":
        return None
    texts = [
        each.decode(errors="backslashreplace") if isinstance(each, bytes) else each
        for each in array.ravel().tolist()
    ]
    if not all(isinstance(each, str) for each in texts):
        return None
    return np.array([each.strip() for each in texts], dtype=str).reshape(array.shape)


def _class_names(names: Array | None) -> tuple[str, ...] | None:
    words = None if names is None or names.ndim != 1 else _words(names)
    return None if words is None else tuple(words.tolist())


_READERS: dict[str, Callable[[Path], Dataset]] = {
    ".npz": _npz,
    ".csv": read_table,
    ".h5": _h5,
    ".hdf5": _h5,
}
