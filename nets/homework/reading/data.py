"""A person's own data for the comparison: an ``.npz`` file with X and Y."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["DataError", "read_data", "read_named"]

_WANTED = "--data is an .npz file with X of shape (inputs, examples) and Y"


class DataError(Exception):
    """The data cannot be used; the message says why, and what is asked for."""


def read_data(path: Path) -> tuple[Any, Any]:
    """Return inputs and targets of a file.

    Parameters
    ----------
    path : Path
        Examples may stand in columns or in rows; targets may be numbers, labels or one-hot.

    Returns
    -------
    X : numpy.ndarray of shape (inputs, examples)
    Y : numpy.ndarray of shape (examples,)
        Labels as integers, where they are that, or else numbers.

    Raises
    ------
    DataError
        If there is no such file, or something else is in it.
    """
    held = _read(path)
    lacking = [name for name in ("X", "Y") if name not in held]
    if lacking:
        has = f" (it has {', '.join(held)})" if held else ""
        raise DataError(f"{path} has no {' and no '.join(lacking)}{has}: {_WANTED}")
    X, Y = (_numbers(path, name, held[name]) for name in ("X", "Y"))
    X = X.reshape(1, -1) if X.ndim == 1 else X
    if X.ndim != 2 or Y.ndim not in (1, 2) or not X.size:
        raise DataError(
            f"{path}: X has shape {X.shape} and Y {Y.shape}, which are no examples: {_WANTED}"
        )
    if X.shape[1] not in Y.shape and X.shape[0] in Y.shape:
        X = X.T
    m = X.shape[1]
    if m not in Y.shape or (Y.ndim == 2 and Y.size % m):
        raise DataError(
            f"{path}: X has {m} examples (columns), but Y has shape {Y.shape}: {_WANTED}"
        )
    if Y.ndim == 2 and min(Y.shape) > 1:
        Y = np.argmax(Y if Y.shape[1] == m else Y.T, axis=0)
    Y = Y.reshape(-1)
    return X, Y.astype(int) if np.array_equal(Y, np.round(Y)) and Y.min() >= 0 else Y


def read_named(path: Path) -> dict[str, Any]:
    """Return the other arrays of a file, which are for arguments of these names.

    Parameters
    ----------
    path : Path
    """
    return {name: value for name, value in _read(path).items() if name not in ("X", "Y")}


def _read(path: Path) -> dict[str, Any]:
    try:
        held = np.load(path, allow_pickle=False)
        if isinstance(held, np.lib.npyio.NpzFile):
            with held:
                return {name: held[name] for name in held.files}
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}; {_WANTED}") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is something else: {_WANTED}") from error
    raise DataError(f"{path} is something else: {_WANTED}")


def _numbers(path: Path, name: str, values: Any) -> Any:
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {name} holds something else than numbers") from error
    if not np.isfinite(found).all():
        raise DataError(f"{path}: {name} holds values that are not finite")
    return found
