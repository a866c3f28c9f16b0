"""Bring what a user passes into the form the network computes with, or say what is wrong."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "binary_labels", "check_parameters", "checked_count", "checked_data", "checked_dims",
    "checked_functions", "checked_names", "checked_number", "checked_pair", "class_labels",
    "is_number", "listed",
]  # fmt: skip

Array = NDArray[Any]


def checked_dims(layer_dims: Sequence[int]) -> tuple[int, ...]:
    """Return the units of every layer as Python integers.

    Raises
    ------
    ValueError
        If there are fewer than two layers, or one without units.
    """
    wanted = "layer_dims is a list of whole numbers, input first, such as [2, 4, 1]"
    try:
        dims = tuple(operator.index(n) for n in layer_dims)
    except TypeError:
        raise ValueError(f"{wanted}; got {layer_dims!r}") from None
    if len(dims) < 2 or min(dims) < 1:
        raise ValueError(f"{wanted}, at least two of them and all positive; got {list(dims)}")
    return dims


def checked_count(value: Any, what: str) -> int:
    """Return a number of things, at least one.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{what} must be a positive whole number, not {value!r}")
    return int(value)


def is_number(value: Any) -> bool:
    """Return whether a value is one real number, also as an array without dimensions."""
    if isinstance(value, (int, float)):
        return not isinstance(value, bool)
    return getattr(value, "ndim", 1) == 0 and np.asarray(value).dtype.kind in "fiu"


def checked_number(value: Any, what: str, wanted: str, fits: Callable[[float], bool]) -> float:
    """Return a real number that fits.

    Parameters
    ----------
    value : object
        What a user gave.
    what, wanted : str
        What it is, and what it must be, in words.
    fits : callable
        Whether a number will do; none will that is not finite.

    Raises
    ------
    ValueError
        If it is no number, or does not fit.

    Examples
    --------
    >>> checked_number(np.float32(0.5), "l2", "positive", lambda number: number > 0)
    0.5
    """
    if not (is_number(value) and np.isfinite(value) and fits(value)):
        raise ValueError(f"{what} must be {wanted}, not {value!r}")
    return float(value)


def check_parameters(parameters: Mapping[str, Any], layer_dims: Sequence[int]) -> None:
    """Refuse parameters of other shapes, which may be broadcast to something else.

    Raises
    ------
    ValueError
        If one is missing or of another shape.
    """
    for l, (n_prev, n) in enumerate(pairwise(layer_dims), 1):
        for name, shape in ((f"W{l}", (n, n_prev)), (f"b{l}", (n, 1))):
            if name not in parameters:
                raise ValueError(f"parameters has no {name!r}: it must have shape {shape}")
            if np.shape(parameters[name]) != shape:
                raise ValueError(
                    f"parameters[{name!r}] must have shape {shape}, not "
                    f"{np.shape(parameters[name])}"
                )


def listed(values: Any) -> list[Any] | None:
    """Return what is in an iterable other than text, and None for anything else."""
    several = isinstance(values, Iterable) and not isinstance(values, str)
    return list(values) if several else None


def checked_names(classes: Any, most: int) -> tuple[str, ...]:
    """Return the names of classes.

    Raises
    ------
    ValueError
        If they are no text, not different, or more than the `most` classes that there are.
    """
    names = listed(classes)
    if names is None or not all(isinstance(each, str) for each in names):
        raise ValueError(f"classes must be a list of names, not {classes!r}")
    if len(names) > most or len(set(names)) < len(names):
        raise ValueError(
            f"classes must be at most {most} different names, as many as the network has classes; "
            f"got {', '.join(names)}"
        )
    return tuple(map(str, names))


def checked_pair(validation: Any) -> tuple[Any, Any]:
    """Return X and Y to evaluate on.

    Raises
    ------
    ValueError
        If it is something else than two.
    """
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        given = repr(validation) if is_number(validation) else f"a {type(validation).__name__}"
        raise ValueError(f"validation must be (X, Y), data that are not trained on, not {given}")
    return validation[0], validation[1]


def checked_functions(callbacks: Any) -> Sequence[Callable[..., Any]]:
    """Return functions to call after each epoch.

    Raises
    ------
    ValueError
        If it is no sequence of them.
    """
    functions = listed(callbacks)
    if functions is None or not all(map(callable, functions)):
        raise ValueError(
            f"callbacks must be a list of functions f(net, history), not {callbacks!r}"
        )
    return functions


def _numbers(values: ArrayLike, what: str) -> Array:
    if np.ma.is_masked(values):  # an array of it would hold what the mask hides
        raise ValueError(
            f"{what} has masked entries, which are no numbers: fill them in, or take their "
            "examples away"
        )
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiub":
        words = what == "Y" and array.dtype.kind in "US"
        raise ValueError(
            f"{what} must be an array of real numbers, not {_described(values, array)}"
            + "; names, Y = np.unique(Y, return_inverse=True) numbers the classes" * words
        )
    return array


def _described(values: Any, array: Array) -> str:
    if array.dtype.kind == "O":
        return f"a {type(values).__name__} of other things or of unequal rows"
    return f"of {array.dtype}"


def checked_data(X: ArrayLike, n0: int, dtype: Any) -> Array:
    """Return the data as an array of shape (n0, m) and of the network's dtype.

    Raises
    ------
    ValueError
        If its shape is another, there are no examples, or an entry is not finite.
    """
    data = _numbers(X, "X")
    if data.ndim != 2:
        raise ValueError(f"X must have shape (n0, m), a column an example; got shape {data.shape}")
    if data.shape[0] != n0:
        hint = "; examples are columns here, so pass X.T" if data.shape[1] == n0 else ""
        raise ValueError(f"X has shape {data.shape}, but the network takes {n0} inputs{hint}")
    if data.shape[1] == 0:
        raise ValueError(f"X has shape {data.shape}: there are no examples")
    finite = np.isfinite(data)
    if not finite.all():
        i, j = (int(k) for k in np.argwhere(~finite)[0])
        bad = int(finite.size - np.count_nonzero(finite))
        raise ValueError(
            f"X must hold finite numbers; it holds {data[i, j]} at input {i}, example {j}"
            f"{f', and {bad - 1} more that are not finite' if bad > 1 else ''}"
        )
    with np.errstate(over="ignore"):
        data = data.astype(dtype, copy=False)
    if not np.isfinite(data).all():
        raise ValueError(f"X holds numbers too large for {np.dtype(dtype)}")
    return data


def _first_other(values: Array, allowed: Array) -> Any:
    return values[~np.isin(values, allowed)].flat[0].item()


def binary_labels(Y: ArrayLike, m: int, dtype: Any) -> Array:
    """Return labels 0 and 1 as an array of shape (1, m).

    Raises
    ------
    ValueError
        If there are not m of them, or one is neither 0 nor 1.
    """
    labels = _numbers(Y, "Y")
    if labels.shape not in ((m,), (1, m)):
        raise ValueError(
            f"Y has shape {labels.shape}; for these {m} examples and one sigmoid output it must be "
            f"(1, {m}) or ({m},)"
        )
    if not np.isin(labels, (0, 1)).all():
        found = np.unique(labels)
        two = found.size == 2 and np.isfinite(found).all()
        remedy = (
            f"pass Y == {found[1]}" if two else "for more than two classes use output='softmax'"
        )
        raise ValueError(
            f"Y must hold labels 0 and 1, it holds {_first_other(labels, np.array([0, 1]))}; "
            f"{remedy}"
        )
    return labels.reshape(1, m).astype(dtype)


def class_labels(Y: ArrayLike, m: int, classes: int, dtype: Any) -> Array:
    """Return labels as one-hot columns of shape (classes, m).

    Parameters
    ----------
    Y : array_like
        Whole numbers 0 … classes - 1 of shape (m,) or (1, m), or one-hot columns.

    Raises
    ------
    ValueError
        If there are not m of them, or one is no such class.
    """
    labels = _numbers(Y, "Y")
    if labels.shape == (classes, m):
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=0) == 1).all()):
            raise ValueError(
                f"Y has shape {labels.shape}, so its columns must be one-hot: one 1, otherwise 0"
            )
        return labels.astype(dtype)
    if labels.shape not in ((m,), (1, m)):
        raise ValueError(
            f"Y has shape {labels.shape}; for these {m} examples and {classes} classes it must be "
            f"({m},) or (1, {m}) with class numbers, or one-hot ({classes}, {m})"
        )
    numbers = np.arange(classes)
    if not np.isin(labels, numbers).all():
        from_one = np.isin(labels, numbers + 1).all()
        raise ValueError(
            f"Y must hold class numbers 0 … {classes - 1}, it holds {_first_other(labels, numbers)}"
            + "; pass Y - 1" * bool(from_one)
        )
    one_hot: Array = labels.reshape(1, m) == numbers[:, np.newaxis]
    return one_hot.astype(dtype)
