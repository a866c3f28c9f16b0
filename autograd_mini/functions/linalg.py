"""Inverses, systems, powers and determinants of ``numpy.linalg``."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_mini.functions.factorizations import svdvals
from autograd_mini.functions.matrix_operands import matrices, square_matrices
from autograd_mini.ops import decompositions, inverses
from autograd_mini.ops.matrices import conj, hermitian
from autograd_mini.ops.rules import is_example
from autograd_mini.protocols import implements, operand

__all__ = [
    "cond",
    "det",
    "inv",
    "lstsq",
    "matrix_power",
    "multi_dot",
    "pinv",
    "slogdet",
    "solve",
    "tensorinv",
    "tensorsolve",
]

_NO_VALUE: Any = np._NoValue

# -- inverses and systems -------------------------------------------------------------------------


@implements(np.linalg.inv)
def inv(a: Any) -> Any:
    """Return the inverse: ``np.linalg.inv``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[2.0, 0.0], [1.0, 4.0]])
    >>> ag.linalg.inv(A)
    Tensor([[ 0.5  ,  0.   ],
            [-0.125,  0.25 ]])
    >>> ag.grad(lambda A: ag.sum(ag.linalg.inv(A)))(ag.eye(2))
    Tensor([[-1., -1.],
            [-1., -1.]])
    """
    return inverses.inv(square_matrices(a, "inv"))


@implements(np.linalg.solve)
def solve(a: Any, b: Any) -> Any:
    """Solve ``a x = b``: ``np.linalg.solve``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[2.0, 0.0], [1.0, 4.0]])
    >>> ag.linalg.solve(A, [2.0, 5.0])
    Tensor([1., 1.])
    >>> ag.grad(lambda b: ag.sum(ag.linalg.solve(A, b)))(ag.ones(2))
    Tensor([0.375, 0.25 ])
    """
    return inverses.solve(square_matrices(a, "solve"), operand(b))


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = _NO_VALUE) -> Any:
    """Return the pseudo-inverse: ``np.linalg.pinv``; its rank must not change.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.pinv(ag.tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """
    a = matrices(a, "pinv")
    if hermitian:
        a = _hermitian_part(a, "L")
    rtol = None if rtol is _NO_VALUE else rtol
    return inverses.pinv(a, rcond=rcond, hermitian=hermitian, rtol=rtol)


def _hermitian_part(a: Any, UPLO: str) -> Any:
    return hermitian(decompositions.mirror(a, UPLO=UPLO))


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return the least-squares solution, residuals, rank and singular values.

    Residuals are left out where the rank is deficient, except while ``vmap`` or ``compile`` run:
    no shape may depend on values then.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x, residuals, rank, s = ag.linalg.lstsq(ag.tensor([[1.0], [1.0]]), [1.0, 3.0])
    >>> x, residuals
    (Tensor([2.]), Tensor([2.]))
    """
    a, b = matrices(a, "lstsq"), operand(b)
    given = [each.dtype if each.dtype.kind in "fc" else np.float64 for each in (a, b)]
    dtype = np.result_type(*given, np.float32)
    a, b = (each if each.dtype == dtype else each.astype(dtype) for each in (a, b))
    m, n = a.shape
    eps = float(np.finfo(dtype).eps)
    cutoff = eps * max(m, n) if rcond is None else eps if rcond == -1 else rcond
    x = np.matmul(pinv(a, rcond=cutoff), b)
    s = svdvals(a)
    rank: Any = np.sum(s > cutoff * np.max(s)) if s.size else 0
    if s.size and not is_example(s):
        rank = rank.item()
    if m > n and (is_example(s) or rank == n):
        gap = b - np.matmul(a, x)
        residuals = np.reshape(np.sum(np.real(conj(gap) * gap), axis=0), (-1,))
    else:
        residuals = s[:0]
    return x, residuals, rank, s


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solve ``tensordot(a, x) = b``: ``np.linalg.tensorsolve``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.tensorsolve(2 * ag.eye(4).reshape(2, 2, 4), ag.ones((2, 2)))
    Tensor([0.5, 0.5, 0.5, 0.5])
    """
    a, b = operand(a), operand(b)
    if axes is not None:
        last = normalize_axis_tuple(axes, a.ndim)
        a = np.transpose(a, [k for k in range(a.ndim) if k not in last] + [*last])
    shape = a.shape[b.ndim :]
    if np.prod(shape) != b.size:
        raise np.linalg.LinAlgError(
            f"tensorsolve needs prod(a.shape[{b.ndim}:]) == b.size, got shapes {a.shape}, {b.shape}"
        )
    return np.reshape(solve(np.reshape(a, (b.size, b.size)), np.reshape(b, (-1,))), shape)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse under ``tensordot``: ``np.linalg.tensorinv``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.tensorinv(2 * ag.eye(4).reshape(2, 2, 4)).shape
    (4, 2, 2)
    """
    if ind <= 0:
        raise ValueError(f"tensorinv needs ind > 0, got {ind}")
    a = operand(a)
    first, last = a.shape[:ind], a.shape[ind:]
    n = int(np.prod(last))
    return np.reshape(inv(np.reshape(a, (-1, n))), last + first)


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """Multiply a matrix with itself n times: ``np.linalg.matrix_power``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matrix_power(ag.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    Tensor([[1., 3.],
            [0., 1.]])
    >>> ag.grad(lambda a: ag.sum(ag.linalg.matrix_power(a, 3)))(ag.tensor([[2.0]]))
    Tensor([[12.]])
    """
    a, n = square_matrices(a, "matrix_power"), operator.index(n)
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape) + np.zeros_like(a)
    base, n = (inv(a), -n) if n < 0 else (a, n)
    result = None
    while n:
        if n & 1:
            result = base if result is None else np.matmul(result, base)
        n >>= 1
        base = np.matmul(base, base) if n else base
    return result


@implements(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """Multiply several matrices in the cheapest order: ``np.linalg.multi_dot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0])
    >>> ag.linalg.multi_dot([x, [[1.0, 0.0], [0.0, 3.0]], x])
    Tensor(13.)
    """
    factors = [operand(each) for each in arrays]
    if len(factors) < 2:
        raise ValueError(f"multi_dot needs at least two arrays, got {len(factors)}")
    inner = [2] * (len(factors) - 2)
    if [each.ndim for each in factors[1:-1]] != inner or not {
        factors[0].ndim, factors[-1].ndim
    } <= {1, 2}:  # fmt: skip
        raise np.linalg.LinAlgError(
            "multi_dot needs matrices, and vectors only first or last; got shapes "
            + ", ".join(str(each.shape) for each in factors)
        )
    vectors = factors[0].ndim == 1, factors[-1].ndim == 1
    if vectors[0]:
        factors[0] = factors[0][None, :]
    if vectors[1]:
        factors[-1] = factors[-1][:, None]
    made = _in_order(factors, _cheapest([each.shape for each in factors]), 0, len(factors) - 1)
    made = made[0] if vectors[0] else made
    return made[..., 0] if vectors[1] else made


def _cheapest(shapes: list[tuple[int, ...]]) -> dict[tuple[int, int], int]:
    """Return where to split each run of factors, by dynamic programming over their lengths."""
    sizes = [shape[0] for shape in shapes] + [shapes[-1][1]]
    cost = {(i, i): 0 for i in range(len(shapes))}
    split = {}
    for length in range(1, len(shapes)):
        for i in range(len(shapes) - length):
            j = i + length
            options = {
                k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                for k in range(i, j)
            }
            split[i, j] = min(options, key=options.__getitem__)
            cost[i, j] = options[split[i, j]]
    return split


def _in_order(factors: list[Any], split: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return factors[i]
    k = split[i, j]
    return np.matmul(_in_order(factors, split, i, k), _in_order(factors, split, k + 1, j))


# -- determinants ---------------------------------------------------------------------------------


@implements(np.linalg.det)
def det(a: Any) -> Any:
    """Return the determinant: ``np.linalg.det``; differentiable at singular matrices too.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[2.0, 0.0], [0.0, 3.0]])
    >>> ag.linalg.det(A)
    Tensor(6.)
    >>> ag.grad(ag.linalg.det)(A)
    Tensor([[3., 0.],
            [0., 2.]])
    """
    return inverses.det(square_matrices(a, "det"))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Return sign and logarithm of the determinant: ``np.linalg.slogdet``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.slogdet(ag.tensor([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """
    return inverses.slogdet(square_matrices(a, "slogdet"))


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Return the condition number: ``np.linalg.cond``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.cond(ag.tensor([[2.0, 0.0], [0.0, 0.5]]))
    Tensor(4.)
    """
    x = matrices(x, "cond")
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError(f"cond needs matrices with entries, got shape {x.shape}")
    if p is None or p in (2, -2):
        s = svdvals(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    singular = slogdet(x)[0] == 0  # determinants of small entries vanish
    x = np.where(singular[..., None, None], np.eye(x.shape[-1], dtype=x.dtype), x)
    norm = functools.partial(np.linalg.norm, ord=p, axis=(-2, -1))
    made = norm(x) * norm(inv(x))
    overflown = np.isnan(made) & ~np.any(np.isnan(x), axis=(-2, -1))
    return np.where(singular | overflown, np.inf, made)
