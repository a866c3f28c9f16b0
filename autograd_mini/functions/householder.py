"""QR by Householder reflections, for the modes whose results depend on the reflections."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.matrices import conj, swap
from autograd_mini.ops.norms import euclidean_norm

__all__ = ["householder_qr"]


def _reflector(column: Any) -> tuple[Any, Any]:
    """Return v and tau with (I - tau v vᴴ)ᴴ column = beta e1, v[0] = 1, as LAPACK chooses them."""
    first = column[..., 0]
    rest = column[..., 1:]
    nothing = np.all(rest == 0, axis=-1) & (np.imag(first) == 0)
    size = _norm(column)
    beta = np.where(np.real(first) > 0, -size, size)
    beta = np.where(nothing, 1, beta)
    tau = np.where(nothing, 0, (beta - first) / beta)
    scale = np.where(nothing, 1, first - beta)
    one = np.ones((*np.shape(first), 1), column.dtype)
    return np.concatenate([one, rest / scale[..., None]], axis=-1), tau


def _norm(column: Any) -> Any:
    """Return the norm of the last axis, whose squares may be too large or too small to be."""
    largest = np.max(np.abs(column), axis=-1)
    unit = stop_gradient(np.where((largest > 0) & np.isfinite(largest), largest, 1))
    return unit * euclidean_norm(column / unit[..., None], axis=-1)


def householder_qr(a: Any, raw: bool = False) -> tuple[Any, Any]:
    """Return the complete Q and R of stacked matrices, or with `raw` what LAPACK stores of them.

    Parameters
    ----------
    a : Tensor or array
        Shape (..., m, n).
    raw : bool
        Whether to return ``(h, tau)``: R with the reflectors below it, transposed, and their
        factors.
    """
    m, n = a.shape[-2:]
    reflectors, taus = [], []
    r = a
    for k in range(min(m, n)):
        v, tau = _reflector(r[..., k:, k])
        v = np.concatenate([np.zeros((*v.shape[:-1], k), v.dtype), v], axis=-1)
        row = conj(v)[..., None, :] @ r
        r = r - conj(tau)[..., None, None] * v[..., :, None] * row
        reflectors.append(v)
        taus.append(tau)
    r = np.triu(r)
    if raw:
        below = [np.expand_dims(v, -1) for v in reflectors]
        below += [np.zeros((*a.shape[:-1], 1), a.dtype)] * (n - len(below))
        h = r + np.tril(np.concatenate(below, axis=-1), -1) if below else r
        return swap(h), np.stack(taus, axis=-1) if taus else r[..., 0, :0]
    q = np.broadcast_to(np.eye(m, dtype=a.dtype), (*a.shape[:-2], m, m))
    for v, tau in zip(reversed(reflectors), reversed(taus), strict=True):
        q = q - tau[..., None, None] * v[..., :, None] * (conj(v)[..., None, :] @ q)
    return q, r
