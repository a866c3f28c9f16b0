"""Discrete Fourier transforms along one axis: linear, each with its transpose.

The matrix of a transform is symmetric, so a complex transform is its own transpose.  Those
between real and half a spectrum count each inner frequency twice, for it stands for two.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from autograd_mini.ops.kinds import linear
from autograd_mini.ops.sampling import Sample, normal

__all__ = ["SWAPPED", "Norm", "fft", "ifft", "irfft", "rfft"]

Norm = Literal["backward", "ortho", "forward"] | None

SWAPPED: dict[Norm, Norm] = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}


def _fft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    return np.fft.fft(x, n, axis, norm)


def _ifft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    return np.fft.ifft(x, n, axis, norm)


def _rfft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    return np.fft.rfft(x, n, axis, norm)


def _irfft(x: Any, n: int | None = None, axis: int = -1, norm: Norm = None) -> Any:
    return np.fft.irfft(x, n, axis, norm)


def _fitted(g: Any, length: int, axis: int) -> Any:
    """Return `g` cut or padded with zeros to `length`: what transforms do with ``n``, back."""
    n = g.shape[axis]
    axis %= g.ndim
    if n >= length:
        return g[(slice(None),) * axis + (slice(length),)] if n > length else g
    shape = tuple(length - n if k == axis else size for k, size in enumerate(g.shape))
    return np.concatenate([g, np.zeros(shape, g.dtype)], axis=axis)


def _weights(n: int, axis: int, ndim: int, dtype: Any, inner: float) -> Any:
    """Return `inner` for the frequencies that stand for two, 1 for the others."""
    k = np.arange(n // 2 + 1)
    weights = np.where((k == 0) | (2 * k == n), 1, inner).astype(np.finfo(dtype).dtype)
    return weights.reshape((-1,) + (1,) * (ndim - 1 - axis % ndim))


def _rfft_vjp(g: Any, x_shape: tuple[int, ...], n: int | None, axis: int, norm: Norm) -> Any:
    length = x_shape[axis] if n is None else n
    halved = np.conj(g) * _weights(length, axis, g.ndim, g.dtype, 0.5)
    return _fitted(np.fft.irfft(halved, length, axis, SWAPPED[norm]), x_shape[axis], axis)


def _irfft_vjp(g: Any, x_shape: tuple[int, ...], axis: int, norm: Norm) -> Any:
    length = g.shape[axis]
    spectrum = np.conj(np.fft.rfft(g, length, axis, SWAPPED[norm]))
    doubled = spectrum * _weights(length, axis, g.ndim, g.dtype, 2.0)
    return _fitted(doubled, x_shape[axis], axis)


def _fft_vjp(g: Any, x_shape: tuple[int, ...], axis: int, norm: Norm) -> Any:
    return _fitted(np.fft.fft(g, None, axis, norm), x_shape[axis], axis)


def _ifft_vjp(g: Any, x_shape: tuple[int, ...], axis: int, norm: Norm) -> Any:
    return _fitted(np.fft.ifft(g, None, axis, norm), x_shape[axis], axis)


def _calls(*shape: int) -> list[Sample]:
    return [
        normal(shape),
        normal(shape, norm="ortho", axis=0),
        normal(shape, n=3, axis=-1, norm="forward"),
        normal(shape, n=7),
    ]


def _flops(node: Any) -> float:
    """Return 5 n log2 n for each transform of n numbers."""
    n = max(node.shape[node.params.get("axis", -1)], 2)
    return float(5 * math.prod(node.shape) * math.log2(n))


fft = linear(
    "fft", _fft, x=_fft_vjp, latex=r"\mathcal{{F}} {x}", flops=_flops, samples=_calls(4, 5)
)
ifft = linear(
    "ifft",
    _ifft,
    x=_ifft_vjp,
    latex=r"\mathcal{{F}}^{{-1}} {x}",
    flops=_flops,
    samples=_calls(4, 5),
)
rfft = linear(
    "rfft", _rfft, x=_rfft_vjp, latex=r"\mathcal{{F}} {x}", flops=_flops, samples=_calls(4, 5)
)
irfft = linear(
    "irfft",
    _irfft,
    x=_irfft_vjp,
    latex=r"\mathcal{{F}}^{{-1}} {x}",
    flops=_flops,
    samples=_calls(4, 5),
)
