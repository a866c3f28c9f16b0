"""Parts of networks beside convolution: normalisation, dropout, embedding, attention."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from autograd_mini.functions.labels import indexable, numbers_of
from autograd_mini.ops import dropout as _dropout
from autograd_mini.ops.gelu import gelu as _gelu
from autograd_mini.ops.network import softmax
from autograd_mini.protocols import operand

__all__ = [
    "batch_norm", "dropout", "embedding", "gelu", "layer_norm", "one_hot",
    "scaled_dot_product_attention",
]  # fmt: skip


def gelu(x: Any, approximate: str = "none") -> Any:
    """Return ``x`` times the probability that a standard normal variable is below it.

    Parameters
    ----------
    x : array_like or Tensor
    approximate : {"none", "tanh"}
        "tanh" is the usual approximation, right to about 5e-4.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.gelu(ag.tensor([0.0, 3.0])).tolist()
    [0.0, 2.99595030590511]
    """
    return _gelu(operand(x), approximate=approximate)


def dropout(
    x: Any, rate: float | None = None, *, keep_prob: float | None = None, rng: Any = None
) -> Any:
    """Set entries to 0 at random and scale the others up, so that the mean stays.

    Parameters
    ----------
    x : array_like or Tensor
    rate : float, optional
        Probability to drop an entry; give this or `keep_prob`.
    keep_prob : float, optional
        Probability to keep an entry.
    rng : numpy.random.Generator or int, optional
        Where to draw from: ``rng.random(x.shape) < keep_prob`` is kept.  A seed gives the same
        mask each time; nothing a mask that cannot be repeated.

    Returns
    -------
    Tensor
        The gradient passes through the entries that were kept.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.dropout(ag.tensor(np.ones(4)), keep_prob=0.5, rng=1)
    Tensor([0., 0., 2., 0.])
    """
    if (rate is None) == (keep_prob is None):
        raise TypeError("dropout() takes either rate= (to drop) or keep_prob= (to keep)")
    keep = keep_prob if rate is None else 1 - rate
    if keep is None or not 0 <= keep <= 1:
        raise ValueError(f"a probability lies between 0 and 1, got {rate or keep_prob}")
    return _dropout.dropout(operand(x), keep_prob=float(keep), rng=rng)[0]


def _along(parameter: Any, axes: tuple[int, ...], ndim: int) -> Any:
    """Return a parameter with the shape that broadcasts along `axes` of an array."""
    sizes = iter(np.shape(parameter))
    return np.reshape(parameter, tuple(next(sizes) if k in axes else 1 for k in range(ndim)))


def _scaled(x: Any, weight: Any, bias: Any, axes: tuple[int, ...], name: str) -> Any:
    shape = tuple(x.shape[k] for k in axes)
    for each, called in ((weight, "weight"), (bias, "bias")):
        if each is not None and np.shape(each) != shape:
            raise ValueError(f"{name} needs {called} of shape {shape}, got {np.shape(each)}")
    if weight is not None:
        x = x * _along(operand(weight), axes, x.ndim)
    return x if bias is None else x + _along(operand(bias), axes, x.ndim)


def layer_norm(
    x: Any, weight: Any = None, bias: Any = None, *, axis: int | tuple[int, ...] = -1,
    eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Give every example mean 0 and variance 1 over `axis`, then scale and shift.

    Parameters
    ----------
    x : array_like or Tensor
    weight, bias : array_like or Tensor, optional
        Of the shape of `x` along `axis`.
    axis : int or tuple of int
        What is normalised together.
    eps : float
        Added to the variance.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.layer_norm(ag.tensor([[1.0, 3.0]]), eps=0.0)
    Tensor([[-1.,  1.]])
    """
    x = operand(x)
    axes = tuple(sorted(normalize_axis_tuple(axis, x.ndim)))
    centred = x - np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(centred * centred, axis=axes, keepdims=True)
    return _scaled(centred / np.sqrt(variance + eps), weight, bias, axes, "layer_norm")


def batch_norm(
    x: Any, weight: Any = None, bias: Any = None, *, mean: Any = None, var: Any = None,
    axis: int = 1, eps: float = 1e-5,
) -> Any:  # fmt: skip
    """Give every channel mean 0 and variance 1 over the batch, then scale and shift.

    Parameters
    ----------
    x : array_like or Tensor
        Shape (N, C, *space).
    weight, bias : array_like or Tensor, optional
        Shape (C,).
    mean, var : array_like or Tensor, optional
        Shape (C,): use these instead of those of the batch, as in prediction.
    axis : int
        The axis of the channels.
    eps : float
        Added to the variance.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.batch_norm(ag.tensor([[1.0], [3.0]]), eps=0.0)
    Tensor([[-1.],
            [ 1.]])
    """
    x = operand(x)
    if (mean is None) != (var is None):
        raise TypeError("batch_norm() takes mean and var together, or neither")
    channel = (normalize_axis_index(axis, x.ndim),)
    others = tuple(k for k in range(x.ndim) if k not in channel)
    if mean is None:
        centred = x - np.mean(x, axis=others, keepdims=True)
        variance = np.mean(centred * centred, axis=others, keepdims=True)
    else:
        centred = x - _along(operand(mean), channel, x.ndim)
        variance = _along(operand(var), channel, x.ndim)
    return _scaled(centred / np.sqrt(variance + eps), weight, bias, channel, "batch_norm")


def embedding(indices: Any, table: Any) -> Any:
    """Look rows of a table up; rows that are used several times add their gradients.

    Parameters
    ----------
    indices : array_like of int
        Any shape.
    table : array_like or Tensor
        Shape (entries, features).

    Returns
    -------
    Tensor
        Shape (*indices.shape, features).

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.embedding([1, 1], ag.tensor([[0.0, 1.0], [2.0, 3.0]]))
    Tensor([[2., 3.],
            [2., 3.]])
    """
    numbers = numbers_of("rows", indices, np.shape(table)[0], what="indices")
    return indexable(table, numbers)[numbers]


def one_hot(labels: Any, classes: int, *, dtype: Any = np.float64) -> Any:
    """Return a row for each label that is 1 at the label and 0 elsewhere.

    Parameters
    ----------
    labels : array_like of int
        Any shape, from 0.
    classes : int
        How many there are.
    dtype : dtype

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.one_hot([1, 0], 2)
    Tensor([[0., 1.],
            [1., 0.]])
    """
    numbers = numbers_of("classes", labels, classes, what="labels")
    return np.equal(numbers[..., None], np.arange(classes)).astype(dtype)


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, *, mask: Any = None, causal: bool = False,
    scale: float | None = None,
) -> Any:  # fmt: skip
    """Average values, weighted by how well their keys fit the queries.

    Parameters
    ----------
    query : array_like or Tensor
        Shape (..., L, d).
    key, value : array_like or Tensor
        Shapes (..., S, d) and (..., S, features).
    mask : array_like, optional
        Broadcasts to (..., L, S): true where a query may look, or numbers to add to the scores.
    causal : bool
        Whether query i may look only at keys up to i.
    scale : float, optional
        1 / sqrt(d) if not given.

    Returns
    -------
    Tensor
        Shape (..., L, features); 0 for a query that may look nowhere.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> ag.scaled_dot_product_attention(x, x, x, causal=True)[0]
    Tensor([1., 0.])
    """
    query, key, value = operand(query), operand(key), operand(value)
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = np.matmul(query, np.swapaxes(key, -1, -2)) * scale
    allowed = np.tri(*scores.shape[-2:]) > 0 if causal else np.ones((), bool)
    if mask is not None:
        mask = operand(mask)
        if mask.dtype == bool:
            allowed = np.logical_and(allowed, mask)
        else:
            scores = scores + mask
    allowed = np.logical_and(allowed, np.not_equal(scores, -np.inf))
    nowhere = np.logical_not(np.any(allowed, axis=-1, keepdims=True))
    lowest = float(np.finfo(scores.dtype).min) / 2  # its exponential is 0, and it is finite
    scores = np.where(np.logical_or(allowed, nowhere), np.where(nowhere, 0.0, scores), lowest)
    return np.matmul(np.where(nowhere, 0.0, softmax(scores)), value)
