"""Elementwise functions that are not plain ufunc calls, and the ufuncs themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops import arithmetic, calculus, linalg, logic
from autograd_mini.ops.operation import registry
from autograd_mini.protocols import UFUNCS, array_operand, implements, operand

__all__ = [
    "angle", "clip", "divmod", "dot", "fix", "frexp", "i0", "imag", "modf", "nan_to_num", "real",
    "real_if_close", "round", "sign", "sinc", "tensordot",
]  # fmt: skip

UFUNCS.update((op.kernel, op) for op in registry.values() if isinstance(op.kernel, np.ufunc))
UFUNCS.update({np.radians: arithmetic.deg2rad, np.degrees: arithmetic.rad2deg})
del UFUNCS[np.sign]  # that of complex numbers is no constant

_NO_VALUE: Any = np._NoValue


@implements(np.clip)
def clip(
    a: Any, a_min: Any = _NO_VALUE, a_max: Any = _NO_VALUE, out: Any = None, *,
    min: Any = _NO_VALUE, max: Any = _NO_VALUE, **kwargs: Any,
) -> Any:  # fmt: skip
    """Bring entries into an interval: ``np.clip``; the gradient is 1 on the closed interval.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([-1.0, 0.0, 3.0])
    >>> ag.clip(x, 0.0, 2.0)
    Tensor([0., 0., 2.])
    >>> ag.grad(lambda x: ag.sum(ag.clip(x, 0.0, 2.0)))(x)
    Tensor([0., 1., 0.])
    """
    low = min if min is not _NO_VALUE else a_min
    high = max if max is not _NO_VALUE else a_max
    a = array_operand(a)
    low = None if low is None or low is _NO_VALUE else operand(low)
    high = None if high is None or high is _NO_VALUE else operand(high)
    if a.dtype.kind in "iu":  # a weak bound beyond what the dtype holds is none
        low = None if type(low) is int and low <= np.iinfo(a.dtype).min else low
        high = None if type(high) is int and high >= np.iinfo(a.dtype).max else high
    if a.dtype.kind not in "fc" and (low is None or high is None):  # infinity is no integer
        a = a if low is None else np.maximum(a, low)
        return np.positive(a) if low is high else a if high is None else np.minimum(a, high)
    return arithmetic.clip(a, -np.inf if low is None else low, np.inf if high is None else high)


@implements(np.real)
def real(val: Any) -> Any:
    """Return the real part: ``np.real``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.real(ag.tensor([1.0 + 2.0j]))
    Tensor([1.])
    """
    return arithmetic.real(operand(val))


@implements(np.imag)
def imag(val: Any) -> Any:
    """Return the imaginary part: ``np.imag``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.imag(ag.tensor([1.0 + 2.0j]))
    Tensor([2.])
    """
    return arithmetic.imag(operand(val))


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angle of complex numbers: ``np.angle``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.angle(ag.tensor([1.0j, -1.0]), deg=True)
    Tensor([ 90., 180.])
    """
    return arithmetic.angle(operand(z), deg=deg)


@implements(np.sinc)
def sinc(x: Any) -> Any:
    """Return sin(pi x) / (pi x): ``np.sinc``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.sinc(ag.tensor([0.0, 0.5]))
    Tensor([1.        , 0.63661977])
    >>> ag.grad(ag.sinc)(0.0)
    Tensor(0.)
    """
    return arithmetic.sinc(operand(x))


@implements(np.round, np.around)
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Round; the derivative is 0: ``np.round``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.round(ag.tensor([1.26, -0.74]), 1)
    Tensor([ 1.3, -0.7])
    >>> ag.grad(ag.round)(0.3)
    Tensor(0.)
    """
    return logic.round(operand(a), decimals=decimals)


@implements(np.fix)
def fix(x: Any, out: Any = None) -> Any:
    """Round towards zero; the derivative is 0: ``np.fix``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.fix(ag.tensor([1.7, -1.7]))
    Tensor([ 1., -1.])
    """
    return logic.fix(operand(x))


@implements(np.sign)
def sign(x: Any, /) -> Any:
    """Return the sign, which is constant, or of complex numbers the direction: ``np.sign``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.sign(ag.tensor([-2.0, 0.0, 3.0j]))
    Tensor([-1.+0.j,  0.+0.j,  0.+1.j])
    """
    x = operand(x)
    signs = logic.table["sign"](x)
    if not np.iscomplexobj(x):
        return signs
    size = abs(x)
    ordinary = np.isfinite(size) & (size >= np.finfo(size.dtype).tiny)
    return np.where(ordinary, x / np.where(ordinary, size, 1), signs)


@implements(np.divmod)
def divmod(x1: Any, x2: Any, /) -> tuple[Any, Any]:
    """Return quotient and remainder: ``np.divmod``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.divmod(ag.tensor(7.5), 2.0)
    (Tensor(3.), Tensor(1.5))
    >>> ag.grad(lambda y: ag.divmod(7.5, y)[1])(2.0)
    Tensor(-3.)
    """
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@implements(np.modf)
def modf(x: Any, /) -> tuple[Any, Any]:
    """Return the fractional and the whole part: ``np.modf``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.modf(ag.tensor(2.5))
    (Tensor(0.5), Tensor(2.))
    """
    x = operand(x)
    return arithmetic.fraction(x), np.trunc(x)


@implements(np.frexp)
def frexp(x: Any, /) -> tuple[Any, Any]:
    """Return mantissa and exponent of 2: ``np.frexp``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.frexp(ag.tensor(6.0))
    (Tensor(0.75), Tensor(3, dtype=int32))
    """
    x = operand(x)
    return arithmetic.mantissa(x), logic.exponent(x)


@implements(np.i0)
def i0(x: Any) -> Any:
    """Return the Bessel function I_0: ``np.i0``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.i0(ag.tensor(0.0))
    Tensor(1.)
    """
    return calculus.i0(operand(x))


@implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Replace NaN and infinities by numbers: ``np.nan_to_num``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.nan_to_num(ag.tensor([float("nan"), 2.0]), nan=-1.0)
    Tensor([-1.,  2.])
    """
    x = operand(x)
    if x.dtype.kind not in "fc":
        made = np.copy(x)
    elif x.dtype.kind == "c":
        re, im = np.real(x), np.imag(x)
        made = nan_to_num(re, True, nan, posinf, neginf) + 1j * nan_to_num(
            im, True, nan, posinf, neginf
        )
    else:
        largest = np.finfo(x.dtype).max
        posinf = largest if posinf is None else posinf
        neginf = -largest if neginf is None else neginf
        instead = np.where(np.isnan(x), nan, np.where(x > 0, posinf, neginf))
        made = np.where(np.isfinite(x), x, instead.astype(x.dtype))
    if not copy:
        x[...] = made
        return x
    return made


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """Drop an imaginary part that is only rounding: ``np.real_if_close``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.real_if_close(ag.tensor([2.0 + 1e-15j]))
    Tensor([2.])
    """
    a = operand(a)
    if a.dtype.kind != "c":
        return a
    limit = tol * np.finfo(a.dtype).eps if tol > 1 else tol
    return np.real(a) if bool(np.all(abs(np.imag(a)) < limit)) else a


@implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Return the product of matrices or vectors: ``np.dot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.dot(x, [3.0, 4.0])
    Tensor(11.)
    >>> ag.grad(lambda x: ag.dot(x, x))(x)
    Tensor([2., 4.])
    """
    return linalg.dot(operand(a), operand(b))


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sum products over chosen axes: ``np.tensordot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.tensordot(A, A)
    Tensor(30.)
    >>> ag.tensordot(A, [1.0, 1.0], axes=1)
    Tensor([3., 7.])
    """
    return linalg.tensordot(operand(a), operand(b), axes=axes)
