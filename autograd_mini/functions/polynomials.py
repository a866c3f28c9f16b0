"""Polynomials by their coefficients, highest power first, as in NumPy's ``poly`` functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import polynomials as ops
from autograd_mini.protocols import implements, operand, plain

__all__ = [
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval",
    "roots", "vander",
]  # fmt: skip


def _coefficients(p: Any) -> Any:
    return np.atleast_1d(operand(p.coeffs if isinstance(p, np.poly1d) else p))


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Evaluate a polynomial: ``np.polyval``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polyval(ag.tensor([1.0, 0.0, -1.0]), 3.0)
    Tensor(8.)
    >>> ag.grad(lambda x: ag.polyval([1.0, 0.0, -1.0], x))(3.0)
    Tensor(6.)
    """
    p = _coefficients(p)
    if isinstance(x, np.poly1d):
        x = x.coeffs
        value: Any = np.zeros(1)
        for k in range(p.shape[0]):
            value = polyadd(np.convolve(value, x), p[k : k + 1])
        return value
    x = operand(x)
    value = np.zeros_like(x)
    for k in range(p.shape[0]):
        value = value * x + p[k]
    return value


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    a1, a2 = _coefficients(a1), _coefficients(a2)
    n = max(a1.shape[0], a2.shape[0])
    a1, a2 = (
        a if a.shape[0] == n else np.concatenate([np.zeros(n - a.shape[0], a.dtype), a])
        for a in (a1, a2)
    )
    return a1, a2


@implements(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """Add polynomials: ``np.polyadd``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polyadd(ag.tensor([1.0, 2.0]), [3.0])
    Tensor([1., 5.])
    """
    a1, a2 = _aligned(a1, a2)
    return a1 + a2


@implements(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """Subtract polynomials: ``np.polysub``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polysub(ag.tensor([1.0, 2.0]), [3.0])
    Tensor([ 1., -1.])
    """
    a1, a2 = _aligned(a1, a2)
    return a1 - a2


def _stripped(p: Any) -> Any:
    """Drop leading zeros, as polynomials do."""
    p = _coefficients(p)
    nonzero = np.flatnonzero(plain(p))
    return p[int(nonzero[0]) :] if nonzero.size else p[-1:]


@implements(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """Multiply polynomials: ``np.polymul``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polymul(ag.tensor([1.0, 2.0]), [1.0, -2.0])
    Tensor([ 1.,  0., -4.])
    """
    return np.convolve(_stripped(a1), _stripped(a2))


@implements(np.polydiv)
def polydiv(u: Any, v: Any) -> Any:
    """Divide polynomials, with remainder: ``np.polydiv``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polydiv(ag.tensor([1.0, 0.0, -4.0]), [1.0, -2.0])
    (Tensor([1., 2.]), Tensor([0.]))
    """
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    n, scale = v.shape[0], 1.0 / v[0]
    quotient, rest = [], u + 0 * v[0]
    for k in range(u.shape[0] - n + 1):
        factor = scale * rest[k]
        quotient.append(factor)
        rest = np.concatenate([rest[:k], rest[k : k + n] - factor * v, rest[k + n :]])
    while rest.shape[0] > 1 and np.allclose(plain(rest[0]), 0, rtol=1e-14):
        rest = rest[1:]
    return np.stack(quotient) if quotient else np.zeros(1, rest.dtype), rest


@implements(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """Differentiate a polynomial `m` times: ``np.polyder``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polyder(ag.tensor([1.0, 2.0, 3.0]))
    Tensor([2., 2.])
    """
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = _coefficients(p)
    for _ in [None] * int(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1)
    return p


@implements(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """Integrate a polynomial `m` times: ``np.polyint``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.polyint(ag.tensor([2.0, 2.0]))
    Tensor([1., 2., 0.])
    """
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p = _coefficients(p)
    k = np.zeros(m) if k is None else np.atleast_1d(operand(k))
    if k.shape[0] == 1 and m > 1:
        k = np.broadcast_to(k, (m,))
    if k.shape[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for step in range(int(m)):
        p = np.concatenate([p / np.arange(p.shape[0], 0, -1), k[step : step + 1]])
    return p


@implements(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """Return the polynomial with given roots, or of a matrix: ``np.poly``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.poly(ag.tensor([1.0, -2.0]))
    Tensor([ 1.,  1., -2.])
    """
    zeros = np.atleast_1d(operand(seq_of_zeros))
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.shape[0]:
        zeros = np.linalg.eigvals(zeros)
    elif zeros.ndim != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if zeros.dtype.kind != "c":
        zeros = zeros.astype(np.poly(np.zeros(1, zeros.dtype)).dtype)
    made: Any = np.ones(1, zeros.dtype)
    for k in range(zeros.shape[0]):
        made = np.convolve(made, np.stack([np.ones((), made.dtype), -zeros[k]]))
    if made.dtype.kind == "c":
        values = np.sort(plain(zeros))
        if (values == np.sort(values.conj())).all():
            made = np.real(made)
    return made


@implements(np.roots)
def roots(p: Any) -> Any:
    """Return the roots of a polynomial: ``np.roots``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.sort(ag.real(ag.roots(ag.tensor([1.0, -3.0, 2.0]))))
    Tensor([1., 2.])
    >>> ag.grad(lambda p: ag.sum(ag.real(ag.roots(p))))(ag.tensor([1.0, -3.0, 2.0]))
    Tensor([-3., -1.,  0.])
    """
    p = _coefficients(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    return ops.roots(p if p.dtype.kind in "fc" else p.astype(np.float64))


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Return the matrix of powers: ``np.vander``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.vander(ag.tensor([1.0, 2.0]), 3)
    Tensor([[1., 1., 1.],
            [4., 2., 1.]])
    """
    x = operand(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = x.shape[0] if N is None else N
    x = x.astype(np.promote_types(x.dtype, int))
    powers = np.arange(n) if increasing else np.arange(n)[::-1]
    return ops.powers(x, exponents=tuple(powers.tolist()))


@implements(np.polyfit)
def polyfit(
    x: Any, y: Any, deg: int, rcond: float | None = None, full: bool = False, w: Any = None,
    cov: Any = False,
) -> Any:  # fmt: skip
    """Fit a polynomial by least squares: ``np.polyfit``; differentiable in `x`, `y` and `w`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.round(ag.polyfit([0.0, 1.0, 2.0], ag.tensor([1.0, 3.0, 5.0]), 1), 9)
    Tensor([2., 1.])
    """
    x, y = operand(x) + 0.0, operand(y) + 0.0
    if x.ndim != 1 or y.ndim not in (1, 2) or x.shape[0] != y.shape[0] or not x.shape[0]:
        raise TypeError(
            f"polyfit needs points (m,) and values (m,) or (m, k), got {x.shape} and {y.shape}"
        )
    if deg < 0:
        raise ValueError("expected deg >= 0")
    A = vander(x, deg + 1)
    if w is not None:
        w = operand(w) + 0.0
        A, y = A * w[:, None], y * (w[:, None] if y.ndim == 2 else w)
    rcond = x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    scale = np.sqrt(np.sum(A * A, axis=0))
    c, residuals, rank, s = np.linalg.lstsq(A / scale, y, rcond)
    c = (c.T / scale).T
    if full:
        return c, residuals, rank, s, rcond
    if not cov:
        return c
    base = np.linalg.inv(A.T @ A)
    factor: Any = 1
    if cov != "unscaled":
        left = y - A @ c
        free = x.shape[0] - deg - 1
        if free <= 0:
            raise ValueError("the number of data points must exceed order to scale the covariance")
        factor = np.sum(np.real(left * np.conj(left)), axis=0) / free
    return c, base * factor if y.ndim == 1 else base[:, :, None] * factor
