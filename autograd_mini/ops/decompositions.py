"""Factorisations of stacked matrices: Cholesky, QR, eigenvalues, singular values.

The derivative of eigenvectors and singular vectors divides by the gaps between the values.  Where
values repeat those vectors have no derivative: it is NaN, in both modes, unless nothing depends
on them; the derivative of the values themselves stays right.  Complex vectors are determined up
to a phase, which LAPACK fixes by making one entry real; so do their derivatives.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.inverses import regular, solve
from autograd_mini.ops.kinds import structured
from autograd_mini.ops.matrices import (
    adjoint,
    conj,
    cubic,
    diagonal_of,
    half_triangle,
    hermitian,
    is_complex,
    swap,
)
from autograd_mini.ops.sampling import Sample, normal

__all__ = ["cholesky", "eig", "eigh", "mirror", "qr", "svd"]


# -- Hermitian matrices ---------------------------------------------------------------------------


def _mirror(x: Any, UPLO: str = "L") -> Any:
    strict = np.tril(x, -1) if UPLO == "L" else np.triu(x, 1)
    diagonal = np.where(np.eye(x.shape[-1], dtype=bool), np.real(x), 0)
    return (strict + np.conj(np.swapaxes(strict, -1, -2)) + diagonal).astype(x.dtype, copy=False)


mirror = structured(
    "mirror", _mirror, x=lambda g: g, jvp={"x": lambda t: t}, latex="{x}",
)  # fmt: skip
"""Read one triangle of a matrix that stands for a Hermitian one.

What follows takes the Hermitian part, so passing derivatives on as they are gives the symmetric
gradient that one expects of a symmetric matrix, not that of half its entries.
"""


def _positive(*shape: int) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        root = rng.normal(size=shape)
        return (root @ np.swapaxes(root, -1, -2) + 2 * np.eye(shape[-1]),), {}

    return sample


def _cholesky(x: Any) -> Any:
    return np.linalg.cholesky(hermitian(x))


def _cholesky_vjp(g: Any, out: Any) -> Any:
    middle = hermitian(half_triangle(swap(out) @ g))
    left = solve(swap(out), middle)
    return swap(solve(adjoint(out), swap(left)))


def _cholesky_jvp(t: Any, out: Any) -> Any:
    left = solve(out, hermitian(t))
    return out @ half_triangle(adjoint(solve(out, adjoint(left))))


cholesky = structured(
    "cholesky", _cholesky, x=_cholesky_vjp, jvp={"x": _cholesky_jvp},
    latex=r"\operatorname{{chol}} {x}",
    flops=cubic(1 / 3),
    samples=[_positive(3, 3), _positive(4, 2, 2), _positive(0, 2, 2)],
)  # fmt: skip


# -- QR -------------------------------------------------------------------------------------------


def _qr(x: Any) -> Any:
    return np.linalg.qr(x)


def _qr_vjp(g: Any, out: Any) -> Any:
    (q, r), (of_q, of_r) = out, g
    upper = half_triangle(of_r @ swap(r) - swap(q) @ of_q, upper=True)
    of_x = of_q + conj(q) @ (upper + adjoint(upper))
    return swap(solve(r, swap(of_x)))


def _qr_jvp(t: Any, out: Any) -> Any:
    q, r = out
    x = swap(solve(swap(r), swap(t)))  # t r⁻¹
    inner = adjoint(q) @ x
    upper = half_triangle(inner + adjoint(inner), upper=True)
    return x - q @ upper, upper @ r


qr = structured(
    "qr", _qr, x=_qr_vjp, jvp={"x": _qr_jvp}, latex=r"\operatorname{{qr}} {x}",
    flops=cubic(2),
    samples=[regular(3, 3), normal((4, 2)), normal((2, 3, 2)), normal((1, 1))],
)  # fmt: skip
"""The reduced QR of matrices with at least as many rows as columns."""


# -- repeated values, and phases ------------------------------------------------------------------


def _gaps(values: Any) -> tuple[Any, Any]:
    """Return v_j - v_i, with 1 for i = j and for repeated values, and where those are."""
    gaps = values[..., None, :] - values[..., :, None]
    size = np.sum(abs(values), axis=-1)[..., None, None]
    same = abs(gaps) <= _SPREAD * np.finfo(values.dtype).eps * size
    return np.where(same, 1, gaps), same & ~np.eye(values.shape[-1], dtype=bool)


_SPREAD = 8
"""In units of rounding: repeated values come out up to 2.3 apart, and smaller gaps mean nothing."""


def _divided(x: Any, gaps: Any, repeated: Any) -> Any:
    """Return x / gaps off the diagonal; NaN where values repeat, unless x is 0 there."""
    off = x * ~np.eye(x.shape[-1], dtype=bool)
    return np.where(repeated & (off != 0), np.nan, np.where(repeated, 0, off / gaps))


def _rotation(x: Any, gaps: Any, repeated: Any, moved: Any) -> Any:
    """Do the same going forward, where any perturbation turns the vectors of repeated values."""
    off = x * ~np.eye(x.shape[-1], dtype=bool)
    return np.where(repeated & moved, np.nan, off / gaps)


def _moved(t: Any) -> Any:
    return np.any(t != 0, axis=(-1, -2), keepdims=True)


def _pinned(v: Any, anchor: Any) -> Any:
    """Return where anchored entries really are real, to the rounding of a unitary factor."""
    return anchor & (abs(np.imag(v)) <= 64 * np.finfo(v.dtype).eps) & (np.real(v) != 0)


def _phase_vjp(turn: Any, v: Any, anchor: Any, size: Any) -> Any:
    """Return what keeping the anchored entries of `v` real adds to the gradient of `v`.

    Parameters
    ----------
    turn
        For each column the derivative by its phase.
    anchor
        Where in each column the entry is that LAPACK made real.
    size
        For each column, how large `turn` would be if nothing cancelled.
    """
    pinned, real = _pinned(v, anchor), np.real(v)
    matters = abs(turn) > np.sqrt(np.finfo(turn.dtype).eps) * size
    shift = turn[..., None, :] / np.where(pinned, real, 1)
    lost = anchor & ~pinned & matters[..., None, :]
    return np.where(lost, np.nan, np.where(pinned, -1j * shift, 0)).astype(v.dtype)


def _phase_jvp(dv: Any, v: Any, anchor: Any) -> Any:
    """Return the change of phase, by column, that keeps the anchored entries real."""
    size = np.sum(np.where(_pinned(v, anchor), np.real(v), 0), axis=-2)
    change = -np.sum(np.where(anchor, np.imag(dv), 0), axis=-2)
    lost = (size == 0) & np.any(dv != 0, axis=-2)
    return np.where(lost, np.nan, change / np.where(size == 0, 1, size))


def _row(v: Any, row: int) -> Any:
    """Return the mask of one row of `v`."""
    return np.arange(v.shape[-2])[:, None] == row % max(v.shape[-2], 1)


# -- eigenvalues ----------------------------------------------------------------------------------


def _eigh(x: Any, UPLO: Literal["L", "U"] = "L") -> Any:
    return np.linalg.eigh(hermitian(x), UPLO)


def _eigh_vjp(g: Any, out: Any, UPLO: str) -> Any:
    (values, v), (of_values, of_v) = out, g
    if is_complex(v):
        turn = -np.imag(np.sum(of_v * v, axis=-2))
        size = np.sum(abs(of_v) * abs(v), axis=-2)
        anchor = _row(v, 0 if UPLO == "L" else -1)
        of_v = of_v + conj(_phase_vjp(turn, v, anchor, size))
    middle = _divided(swap(v) @ of_v, *_gaps(values))
    middle = middle + of_values[..., None, :] * np.eye(v.shape[-1], dtype=bool)
    return hermitian(conj(v) @ middle @ swap(v))


def _eigh_jvp(t: Any, out: Any, UPLO: str) -> Any:
    values, v = out
    inner = adjoint(v) @ hermitian(t) @ v
    dv = v @ _rotation(inner, *_gaps(values), _moved(t))
    if is_complex(v):
        dv = (
            dv
            + v * (1j * _phase_jvp(dv, v, _row(v, 0 if UPLO.upper() == "L" else -1)))[..., None, :]
        )
    return np.real(diagonal_of(inner)), dv


eigh = structured(
    "eigh", _eigh, x=_eigh_vjp, jvp={"x": _eigh_jvp}, latex=r"\operatorname{{eigh}} {x}",
    flops=cubic(9),
    samples=[normal((3, 3)), normal((2, 2, 2), UPLO="U"), normal((1, 1)), normal((0, 2, 2))],
)  # fmt: skip


def _apart(*shape: int) -> Sample:
    """Return a sample with values and vectors far from one another, which keep their order."""

    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        base = np.zeros(shape)
        k = np.arange(min(shape[-2:]))
        base[..., k, k] = 3.0**k
        return (base + 0.4 * rng.normal(size=shape),), {}

    return sample


def _eig(x: Any) -> Any:
    return np.linalg.eig(x)


def _real_entry(v: Any) -> Any:
    """Return the mask of the largest real entry of each column: LAPACK makes that real."""
    if v.shape[-2] == 0:
        return np.zeros(v.shape, dtype=bool)
    size = np.where(np.imag(v) == 0, abs(v), -1)
    return np.arange(v.shape[-2])[:, None] == np.argmax(size, axis=-2)[..., None, :]


def _independent(v: Any) -> tuple[Any, Any]:
    """Return eigenvectors, 1 where they do not span the space, and where that is so."""
    n = v.shape[-1]
    defective = (np.linalg.matrix_rank(v) < n)[..., None, None]
    return np.where(defective, np.eye(n, dtype=v.dtype), v), defective


def _eig_vjp(g: Any, out: Any) -> Any:
    (values, v), (of_values, of_v) = out, g
    v, defective = _independent(v)
    stretch = np.sum(of_v * v, axis=-2)  # vectors have length 1
    of_w = of_v - np.real(stretch)[..., None, :] * conj(v)
    if is_complex(v):
        size = np.sum(abs(of_v) * abs(v), axis=-2)
        of_w = of_w + conj(_phase_vjp(-np.imag(stretch), v, _real_entry(v), size))
    middle = _divided(swap(v) @ of_w, *_gaps(values))
    middle = middle + of_values[..., None, :] * np.eye(v.shape[-1], dtype=bool)
    lost = defective & np.any(middle != 0, axis=(-1, -2), keepdims=True)
    return np.where(lost, np.nan, solve(swap(v), middle @ swap(v)))


def _eig_jvp(t: Any, out: Any) -> Any:
    values, v = out
    v, defective = _independent(v)
    moved = _moved(t)
    inner = np.where(defective & moved, np.nan, solve(v, t @ v))
    w = v @ _rotation(inner, *_gaps(values), moved)
    dv = w - v * np.real(np.sum(conj(v) * w, axis=-2))[..., None, :]
    if is_complex(v):
        dv = dv + v * (1j * _phase_jvp(dv, v, _real_entry(v)))[..., None, :]
    return diagonal_of(inner), dv


eig = structured(
    "eig", _eig, x=_eig_vjp, jvp={"x": _eig_jvp}, latex=r"\operatorname{{eig}} {x}",
    flops=cubic(25),
    samples=[_apart(3, 3), _apart(2, 2, 2), _apart(1, 1)],
)  # fmt: skip


# -- singular values ------------------------------------------------------------------------------


def _svd(x: Any, full_matrices: bool = False) -> Any:
    return np.linalg.svd(x, full_matrices=full_matrices)


def _over(x: Any, s: Any) -> Any:
    """Return x / s by column; NaN where s is zero to rounding, unless x is 0 there."""
    zero = (s <= np.finfo(s.dtype).eps * np.sum(s, axis=-1, keepdims=True))[..., None, :]
    quotient = x / np.where(zero, 1, s[..., None, :])
    return np.where(zero & (x != 0), np.nan, np.where(zero, 0, quotient))


def _squared_gaps(s: Any) -> tuple[Any, Any]:
    gaps, repeated = _gaps(s)
    sums = s[..., None, :] + s[..., :, None]
    return gaps * np.where(repeated | (sums == 0), 1, sums), repeated


def _anchored_by(v: Any) -> Any:
    """Return whether LAPACK made the first row of v real, and not that of u."""
    return np.all(np.imag(v[..., :1, :]) == 0, axis=-1)[..., None]


def _completed(of_full: Any, full: Any, k: int) -> Any:
    """Return the gradient of the first k columns when those that complete the basis are used too.

    The others are any basis of what is left: a function that depends on which has no derivative.
    """
    first, rest, of_rest = full[..., :k], full[..., k:], of_full[..., k:]
    unused = np.all(of_rest == 0, axis=(-1, -2), keepdims=True)
    rest = np.where(unused, stop_gradient(rest), rest)  # it turns anyhow, and nothing depends on it
    inner = adjoint(rest) @ of_rest
    limit = np.sqrt(np.finfo(full.dtype).eps) * np.sum(abs(of_rest), axis=(-1, -2))
    turns = np.sum(abs(inner - adjoint(inner)), axis=(-1, -2)) > limit
    added = -(rest @ adjoint(of_rest) @ first)
    return of_full[..., :k] + np.where(turns[..., None, None], np.nan, added)


def _svd_vjp(g: Any, out: Any) -> Any:
    u, s, v = out[0], out[1], adjoint(out[2])
    of_u, of_s, of_v = conj(g[0]), g[1], swap(g[2])
    k, m, n = s.shape[-1], u.shape[-2], v.shape[-2]
    if u.shape[-1] > k:
        of_u, u = _completed(of_u, u, k), u[..., :k]
    if v.shape[-1] > k:
        of_v, v = _completed(of_v, v, k), v[..., :k]
    if is_complex(u):
        of_u, of_v = _phases_vjp(of_u, of_v, u, v)
    x, y = adjoint(u) @ of_u, adjoint(v) @ of_v
    gaps = _squared_gaps(s)
    rows, columns = s[..., :, None], s[..., None, :]
    diagonal = np.eye(k, dtype=bool)
    middle = _divided(x - adjoint(x), *gaps) * columns + rows * _divided(y - adjoint(y), *gaps)
    middle = middle + np.where(diagonal & (columns != 0), of_s[..., None, :], 0)
    if is_complex(u):
        middle = middle + 1j * _over(np.where(diagonal, np.imag(x), 0), s)
    total = u @ middle @ adjoint(v)
    if m > k:
        total = total + _over(of_u - u @ x, s) @ adjoint(v)
    if n > k:
        total = total + u @ adjoint(_over(of_v - v @ y, s))
    return conj(total)


def _phases_vjp(of_u: Any, of_v: Any, u: Any, v: Any) -> tuple[Any, Any]:
    """Keep the first row of v (or else of u) real."""
    turn = np.imag(np.sum(conj(u) * of_u, axis=-2) + np.sum(conj(v) * of_v, axis=-2))
    size = np.sum(abs(u) * abs(of_u), axis=-2) + np.sum(abs(v) * abs(of_v), axis=-2)
    by_v = _anchored_by(v)
    in_v = _phase_vjp(turn, v, _row(v, 0), size)
    in_u = _phase_vjp(turn, u, _row(u, 0), size)
    return of_u + np.where(by_v, 0, in_u), of_v + np.where(by_v, in_v, 0)


def _svd_jvp(t: Any, out: Any) -> Any:
    u, s, v = out[0], out[1], adjoint(out[2])
    k, m, n = s.shape[-1], u.shape[-2], v.shape[-2]
    spare = u.shape[-1] - k, v.shape[-1] - k
    u, v = u[..., :k], v[..., :k]
    inner, moved, gaps = adjoint(u) @ t @ v, _moved(t), _squared_gaps(s)
    rows, columns = s[..., :, None], s[..., None, :]
    du = u @ _rotation(inner * columns + rows * adjoint(inner), *gaps, moved)
    dv = v @ _rotation(rows * inner + adjoint(inner) * columns, *gaps, moved)
    if m > k:
        du = du + _over(t @ v - u @ inner, s)
    if n > k:
        dv = dv + _over(adjoint(t) @ u - v @ adjoint(inner), s)
    if is_complex(u):
        diagonal = np.eye(k, dtype=bool)
        du = du + u @ (1j * _over(np.where(diagonal, np.imag(inner), 0), s))
        by_v = _anchored_by(v)[..., 0]
        turn = np.where(by_v, _phase_jvp(dv, v, _row(v, 0)), _phase_jvp(du, u, _row(u, 0)))
        du, dv = du + u * (1j * turn)[..., None, :], dv + v * (1j * turn)[..., None, :]
    ds = np.where(s == 0, 0, np.real(diagonal_of(inner)))
    return _widened(du, spare[0], moved), ds, adjoint(_widened(dv, spare[1], moved))


def _widened(dv: Any, spare: int, moved: Any) -> Any:
    """Append the tangents of vectors that only complete a basis: they are any, so NaN."""
    if not spare:
        return dv
    rest = np.zeros((*dv.shape[:-1], spare), dv.dtype)
    return np.concatenate([dv, np.where(moved, np.nan, rest)], axis=-1)


svd = structured(
    "svd", _svd, x=_svd_vjp, jvp={"x": _svd_jvp}, latex=r"\operatorname{{svd}} {x}",
    flops=cubic(14),
    samples=[
        _apart(3, 3),
        _apart(4, 3),
        _apart(2, 3),
        _apart(3, 2, 2),
        _apart(2, 2),
        normal((1, 1)),
    ],
)  # fmt: skip
