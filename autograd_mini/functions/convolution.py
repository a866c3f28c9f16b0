"""Convolution and pooling in 1, 2, 3 or more dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from autograd_mini.ops import convolution as ops
from autograd_mini.protocols import operand

__all__ = ["avg_pool", "conv", "max_pool"]

PerAxis = int | Sequence[int]
Padding = int | Sequence[int] | Sequence[tuple[int, int]] | Literal["same", "valid"]


def _repeated(value: Any, n: int) -> tuple[Any, ...]:
    """Return one for each of `n`, if `value` is not that already."""
    return tuple(value) if np.iterable(value) else (value,) * n


def _are_integers(values: tuple[Any, ...], n: int, least: int) -> bool:
    return len(values) == n and all(isinstance(k, (int, np.integer)) and k >= least for k in values)


def _per_axis(value: PerAxis, n: int, name: str, least: int = 1) -> tuple[int, ...]:
    each = _repeated(value, n)
    if not _are_integers(each, n, least):
        raise ValueError(
            f"{name} is a whole number of at least {least}, or {n} of them; got {value!r}"
        )
    return tuple(int(k) for k in each)


def _pads(
    padding: Padding, shape: tuple[int, ...], reach: tuple[int, ...], stride: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """Return how many zeros go before and after each axis."""
    n = len(shape)
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0),) * n
        if padding != "same":
            raise ValueError(f"padding is 'same', 'valid' or numbers, not {padding!r}")
        total = [
            max((-(-size // s) - 1) * s + k - size, 0)
            for size, k, s in zip(shape, reach, stride, strict=True)
        ]
        return tuple((each // 2, each - each // 2) for each in total)
    pairs = tuple(_repeated(each, 2) for each in _repeated(padding, n))
    if len(pairs) != n or not all(_are_integers(each, 2, 0) for each in pairs):
        raise ValueError(
            f"padding is a whole number of at least 0, or {n} numbers or (before, after) pairs, "
            f"for the {n} axes after the first two; got {padding!r}"
        )
    return tuple((int(before), int(after)) for before, after in pairs)


def _check_fits(what: str, shape: tuple[int, ...], reach: Sequence[int], pads: Any) -> None:
    for size, k, pad in zip(shape, reach, pads, strict=True):
        if size + sum(pad) < k:
            raise ValueError(
                f"{what} of extent {tuple(reach)} does not fit into {shape} with padding {pads}"
            )


def conv(
    x: Any, w: Any, *, stride: PerAxis = 1, padding: Padding = 0, dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:  # fmt: skip
    """Convolve, as neural networks mean it: slide kernels over `x` without flipping them.

    Parameters
    ----------
    x : array_like or Tensor
        Shape (N, C, *space), with 1, 2, 3 or more axes of space.
    w : array_like or Tensor
        Shape (C_out, C / groups, *kernel).
    stride, dilation : int or sequence of int
        Steps between positions, and between the entries of a kernel; one for each axis.
    padding : int, sequence of int, sequence of (before, after), "same" or "valid"
        How many zeros to put around; "same" gives ``ceil(size / stride)`` positions.
    groups : int
        Into how many groups the channels are divided; each has kernels of its own.

    Returns
    -------
    Tensor
        Shape (N, C_out, *positions).

    Raises
    ------
    ValueError
        If shapes, groups and padding do not fit together.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    >>> ag.conv(x, ag.tensor([[[1.0, -1.0]]]))
    Tensor([[[-1., -1., -1.]]])
    """
    x, w = operand(x), operand(w)
    n = np.ndim(x) - 2
    if n < 1 or np.ndim(w) != n + 2:
        raise ValueError(
            "conv takes x of shape (N, C, *space) and w of shape (C_out, C / groups, *kernel), got "
            f"{np.shape(x)} and {np.shape(w)}"
        )
    if groups < 1 or x.shape[1] != w.shape[1] * groups or w.shape[0] % groups:
        raise ValueError(
            f"x has {x.shape[1]} channels and w of shape {w.shape} takes {w.shape[1]} * "
            f"groups={groups}; both its channels must divide into the groups"
        )
    stride, dilation = _per_axis(stride, n, "stride"), _per_axis(dilation, n, "dilation")
    reach = tuple(d * (k - 1) + 1 for k, d in zip(w.shape[2:], dilation, strict=True))
    pads = _pads(padding, x.shape[2:], reach, stride)
    _check_fits("a kernel", x.shape[2:], reach, pads)
    return ops.conv(x, w, stride=stride, pads=pads, dilation=dilation, groups=int(groups))


def _pooled(op: Any, x: Any, window: PerAxis, stride: PerAxis | None, padding: Padding) -> Any:
    x = operand(x)
    n = np.ndim(x) - 2
    if n < 1:
        raise ValueError(f"{op.name} takes x of shape (N, C, *space), got {np.shape(x)}")
    window = _per_axis(window, n, "window")
    stride = window if stride is None else _per_axis(stride, n, "stride")
    pads = _pads(padding, x.shape[2:], window, stride)
    if any(max(pad) >= k for pad, k in zip(pads, window, strict=True) if max(pad)):
        raise ValueError(f"padding {pads} leaves windows of {window} with nothing but padding")
    _check_fits("a window", x.shape[2:], window, pads)
    return op(x, window=window, stride=stride, pads=pads)


def max_pool(
    x: Any, window: PerAxis, *, stride: PerAxis | None = None, padding: Padding = 0
) -> Any:
    """Take the largest entry of each window; ties share the gradient equally.

    Parameters
    ----------
    x : array_like or Tensor
        Shape (N, C, *space).
    window : int or sequence of int
    stride : int or sequence of int, optional
        That of the window if not given.
    padding
        As in :func:`conv`; what is around never wins.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.max_pool(ag.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    Tensor([[[3., 2.]]])
    """
    return _pooled(ops.max_pool, x, window, stride, padding)


def avg_pool(
    x: Any, window: PerAxis, *, stride: PerAxis | None = None, padding: Padding = 0
) -> Any:
    """Average each window; padding counts as zeros.

    Parameters
    ----------
    x, window, stride, padding
        As in :func:`max_pool`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.avg_pool(ag.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    Tensor([[[2., 1.]]])
    """
    return _pooled(ops.avg_pool, x, window, stride, padding)
