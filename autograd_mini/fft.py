"""``ag.fft``: Fourier transforms under the names of NumPy and the Python array API.

>>> import autograd_mini as ag
>>> ag.fft.rfft(ag.tensor([1.0, 0.0, 0.0, 0.0]))
Tensor([1.+0.j, 1.+0.j, 1.+0.j])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.functions import fourier as _fourier
from autograd_mini.namespace import public
from autograd_mini.tensor import Tensor, wrap

__all__ = _fourier.__all__ + ["fftfreq", "rfftfreq"]  # noqa: RUF005


def __dir__() -> list[str]:
    return sorted(__all__)


globals().update({name: public(name, getattr(_fourier, name)) for name in _fourier.__all__})


def _frequencies(values: Any, dtype: Any, device: str | None) -> Tensor:
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', got {device!r}")
    return wrap(values if dtype is None else values.astype(dtype))


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: str | None = None) -> Tensor:
    """Return the frequencies of :func:`fft`: ``np.fft.fftfreq``."""
    return _frequencies(np.fft.fftfreq(n, d), dtype, device)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: str | None = None) -> Tensor:
    """Return the frequencies of :func:`rfft`: ``np.fft.rfftfreq``."""
    return _frequencies(np.fft.rfftfreq(n, d), dtype, device)
