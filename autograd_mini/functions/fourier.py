"""``numpy.fft``: transforms over several axes are transforms over one axis after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.ops import fourier as ops
from autograd_mini.ops.fourier import Norm
from autograd_mini.ops.operation import Op
from autograd_mini.protocols import implements, operand

__all__ = [
    "fft", "fft2", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft",
    "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip

Axes = Sequence[int] | None


@implements(np.fft.fft)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform one axis: ``np.fft.fft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.fft(ag.tensor([1.0, 0.0]))
    Tensor([1.+0.j, 1.+0.j])
    >>> ag.grad(lambda x: ag.sum(ag.abs(ag.fft.fft(x)) ** 2))(ag.tensor([1.0, 2.0]))
    Tensor([4., 8.])
    """
    return ops.fft(operand(a), n=n, axis=axis, norm=norm)


@implements(np.fft.ifft)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform one axis back: ``np.fft.ifft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.ifft(ag.tensor([2.0, 0.0]))
    Tensor([1.+0.j, 1.+0.j])
    """
    return ops.ifft(operand(a), n=n, axis=axis, norm=norm)


@implements(np.fft.rfft)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform one axis of real numbers: ``np.fft.rfft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.rfft(ag.tensor([1.0, 2.0, 3.0, 4.0]))
    Tensor([10.+0.j, -2.+2.j, -2.+0.j])
    """
    return ops.rfft(operand(a), n=n, axis=axis, norm=norm)


@implements(np.fft.irfft)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform one axis back to real numbers: ``np.fft.irfft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.irfft(ag.tensor([4.0, 0.0, 0.0]))
    Tensor([1., 1., 1., 1.])
    """
    return ops.irfft(operand(a), n=n, axis=axis, norm=norm)


@implements(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform half of a Hermitian signal: ``np.fft.hfft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.hfft(ag.tensor([1.0, 0.0]))
    Tensor([1., 1.])
    """
    a = operand(a)
    n = 2 * (a.shape[axis] - 1) if n is None else n
    return irfft(np.conj(a), n, axis, _swapped(norm))


@implements(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    """Transform a real spectrum back to half a signal: ``np.fft.ihfft``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.real(ag.fft.ihfft(ag.tensor([2.0, 0.0])))
    Tensor([1., 1.])
    """
    return np.conj(rfft(a, n, axis, _swapped(norm)))


def _swapped(norm: Norm) -> Norm:
    if norm not in ops.SWAPPED:
        raise ValueError(f'norm should be "backward", "ortho" or "forward", not {norm!r}')
    return ops.SWAPPED[norm]


def _sizes(a: Any, s: Axes, axes: Axes, to_real: bool = False) -> list[tuple[int | None, int]]:
    """Return (length, axis) for each axis to transform; None for the length it has."""
    if axes is None:
        axes = range(a.ndim) if s is None else range(-len(s), 0)
    sizes: list[int | None] = [None] * len(axes) if s is None else list(s)
    if len(sizes) != len(axes):
        raise ValueError(f"s={tuple(sizes)} and axes={tuple(axes)} have different lengths")
    pairs = [(None if n == -1 else n, axis) for n, axis in zip(sizes, axes, strict=True)]
    if to_real and pairs and sizes[-1] == -1:
        pairs[-1] = (a.shape[axes[-1]], axes[-1])
    return pairs


def _each(op: Op, a: Any, pairs: list[tuple[int | None, int]], norm: Norm) -> Any:
    for n, axis in reversed(pairs):
        a = op(a, n=n, axis=axis, norm=norm)
    return a


@implements(np.fft.fftn)
def fftn(a: Any, s: Axes = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Transform several axes: ``np.fft.fftn``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.fftn(ag.tensor([[1.0, 0.0], [0.0, 0.0]]))
    Tensor([[1.+0.j, 1.+0.j],
            [1.+0.j, 1.+0.j]])
    """
    a = operand(a)
    return _each(ops.fft, a, _sizes(a, s, axes), norm)


@implements(np.fft.ifftn)
def ifftn(a: Any, s: Axes = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Transform several axes back: ``np.fft.ifftn``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.ifftn(ag.tensor([[4.0, 0.0], [0.0, 0.0]]))
    Tensor([[1.+0.j, 1.+0.j],
            [1.+0.j, 1.+0.j]])
    """
    a = operand(a)
    return _each(ops.ifft, a, _sizes(a, s, axes), norm)


@implements(np.fft.rfftn)
def rfftn(a: Any, s: Axes = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Transform several axes of real numbers: ``np.fft.rfftn``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.rfftn(ag.tensor([[1.0, 0.0], [0.0, 0.0]]))
    Tensor([[1.+0.j, 1.+0.j],
            [1.+0.j, 1.+0.j]])
    """
    a = operand(a)
    *others, (n, axis) = _sizes(a, s, axes)
    return _each(ops.fft, ops.rfft(a, n=n, axis=axis, norm=norm), others, norm)


@implements(np.fft.irfftn)
def irfftn(a: Any, s: Axes = None, axes: Axes = None, norm: Norm = None) -> Any:
    """Transform several axes back to real numbers: ``np.fft.irfftn``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.irfftn(ag.tensor([[4.0, 0.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [1., 1.]])
    """
    a = operand(a)
    *others, (n, axis) = _sizes(a, s, axes, to_real=True)
    return ops.irfft(_each(ops.ifft, a, others[::-1], norm), n=n, axis=axis, norm=norm)


@implements(np.fft.fft2)
def fft2(a: Any, s: Axes = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Transform two axes: ``np.fft.fft2``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.fft2(ag.tensor([[1.0, 2.0]]))
    Tensor([[ 3.+0.j, -1.+0.j]])
    """
    return fftn(a, s, axes, norm)


@implements(np.fft.ifft2)
def ifft2(a: Any, s: Axes = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Transform two axes back: ``np.fft.ifft2``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.ifft2(ag.tensor([[3.0, -1.0]]))
    Tensor([[1.+0.j, 2.+0.j]])
    """
    return ifftn(a, s, axes, norm)


@implements(np.fft.rfft2)
def rfft2(a: Any, s: Axes = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Transform two axes of real numbers: ``np.fft.rfft2``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.rfft2(ag.tensor([[1.0, 2.0]]))
    Tensor([[ 3.+0.j, -1.+0.j]])
    """
    return rfftn(a, s, axes, norm)


@implements(np.fft.irfft2)
def irfft2(a: Any, s: Axes = None, axes: Axes = (-2, -1), norm: Norm = None) -> Any:
    """Transform two axes back to real numbers: ``np.fft.irfft2``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.irfft2(ag.tensor([[3.0, -1.0]]))
    Tensor([[1., 2.]])
    """
    return irfftn(a, s, axes, norm)


def _rolled(x: Any, axes: Any, back: bool) -> Any:
    x = operand(x)
    chosen = range(x.ndim) if axes is None else (axes,) if isinstance(axes, int) else axes
    axes = tuple(chosen)
    shift = tuple(-(x.shape[k] // 2) if back else x.shape[k] // 2 for k in axes)
    return np.roll(x, shift, axes)


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Move frequency 0 to the middle: ``np.fft.fftshift``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.fftshift(ag.tensor([0.0, 1.0, -1.0]))
    Tensor([-1.,  0.,  1.])
    """
    return _rolled(x, axes, back=False)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Move frequency 0 to the beginning: ``np.fft.ifftshift``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fft.ifftshift(ag.tensor([-1.0, 0.0, 1.0]))
    Tensor([ 0.,  1., -1.])
    """
    return _rolled(x, axes, back=True)
