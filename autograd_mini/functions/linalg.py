"""``numpy.linalg``, composed from a few factorisations."""

from __future__ import annotations

import functools
import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autograd_mini.functions.householder import householder_qr
from autograd_mini.ops import decompositions, inverses
from autograd_mini.ops.matrices import adjoint, conj, hermitian
from autograd_mini.ops.rules import is_example
from autograd_mini.protocols import implements, operand

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
    "lstsq", "matmul", "matrix_power", "matrix_transpose", "multi_dot", "outer", "pinv", "qr",
    "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace",
    "vecdot",
]  # fmt: skip

_NO_VALUE: Any = np._NoValue


class QRResult(NamedTuple):
    """What ``np.linalg.qr`` returns."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What ``np.linalg.svd`` returns."""

    U: Any
    S: Any
    Vh: Any


def _matrix(a: Any, name: str) -> Any:
    a = operand(a)
    if getattr(a, "ndim", 0) < 2:
        raise np.linalg.LinAlgError(f"{name} needs matrices, got shape {np.shape(a)}")
    return a


def _square(a: Any, name: str) -> Any:
    a = _matrix(a, name)
    if a.shape[-1] != a.shape[-2]:
        raise np.linalg.LinAlgError(f"{name} needs square matrices, got shape {a.shape}")
    return a


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
    return inverses.inv(_square(a, "inv"))


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
    return inverses.solve(_square(a, "solve"), operand(b))


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = _NO_VALUE) -> Any:
    """Return the pseudo-inverse: ``np.linalg.pinv``; its rank must not change.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.pinv(ag.tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """
    a = _matrix(a, "pinv")
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
    a, b = _matrix(a, "lstsq"), operand(b)
    dtype = np.result_type(a, b, np.float32)
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
    a, n = _square(a, "matrix_power"), operator.index(n)
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
    return inverses.det(_square(a, "det"))


@implements(np.linalg.slogdet)
def slogdet(a: Any) -> Any:
    """Return sign and logarithm of the determinant: ``np.linalg.slogdet``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.slogdet(ag.tensor([[0.0, 1.0], [1.0, 0.0]]))
    SlogdetResult(sign=Tensor(-1.), logabsdet=Tensor(0.))
    """
    return inverses.slogdet(_square(a, "slogdet"))


# -- decompositions -------------------------------------------------------------------------------


@implements(np.linalg.cholesky)
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Return the Cholesky factor: ``np.linalg.cholesky``; the gradient is symmetric.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.cholesky(ag.tensor([[4.0, 2.0], [2.0, 5.0]]))
    Tensor([[2., 0.],
            [1., 2.]])
    """
    a = decompositions.mirror(_square(a, "cholesky"), UPLO="U" if upper else "L")
    lower = decompositions.cholesky(a)
    return adjoint(lower) if upper else lower


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Return eigenvalues and eigenvectors of a Hermitian matrix: ``np.linalg.eigh``.

    The gradient is symmetric.  Eigenvectors of repeated eigenvalues have no derivative: NaN.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> values, vectors = ag.linalg.eigh(ag.tensor([[2.0, 0.0], [0.0, 1.0]]))
    >>> values
    Tensor([1., 2.])
    """
    UPLO = _triangle(UPLO)
    a = decompositions.mirror(_square(a, "eigh"), UPLO=UPLO)
    return decompositions.eigh(a, UPLO=UPLO)


def _triangle(UPLO: str) -> str:
    if UPLO.upper() not in ("L", "U"):
        raise ValueError(f"UPLO argument must be 'L' or 'U', got {UPLO!r}")
    return UPLO.upper()


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues of a Hermitian matrix: ``np.linalg.eigvalsh``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[2.0, 0.0], [0.0, 3.0]])
    >>> ag.linalg.eigvalsh(A)
    Tensor([2., 3.])
    >>> ag.grad(lambda A: ag.linalg.eigvalsh(A)[1])(A)
    Tensor([[0., 0.],
            [0., 1.]])
    """
    return eigh(a, UPLO)[0]


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Return eigenvalues and eigenvectors: ``np.linalg.eig``.

    Eigenvectors of repeated eigenvalues have no derivative, and matrices without a basis of
    eigenvectors none at all: NaN.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> values, vectors = ag.linalg.eig(ag.tensor([[1.0, 0.0], [1.0, 2.0]]))
    >>> ag.sort(values)
    Tensor([1., 2.])
    """
    return decompositions.eig(_square(a, "eig"))


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Return the eigenvalues: ``np.linalg.eigvals``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.abs(ag.linalg.eigvals(ag.tensor([[0.0, -4.0], [1.0, 0.0]])))
    Tensor([2., 2.])
    """
    return eig(a)[0]


@implements(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Return the singular value decomposition: ``np.linalg.svd``.

    Singular vectors of repeated values have no derivative: NaN.  The columns that complete a
    basis are not determined by the matrix: only functions of the space they span have a gradient.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> U, S, Vh = ag.linalg.svd(ag.tensor([[3.0, 0.0], [0.0, 4.0]]))
    >>> S
    Tensor([4., 3.])
    """
    a = _matrix(a, "svd")
    if hermitian:
        made = _svd_of_hermitian(_square(a, "svd"))
    else:
        square = a.shape[-1] == a.shape[-2]
        full = bool(full_matrices) and compute_uv and not square
        made = SVDResult(*decompositions.svd(a, full_matrices=full))
    return made if compute_uv else made.S


def _svd_of_hermitian(a: Any) -> SVDResult:
    values, v = eigh(a)
    order = np.flip(np.argsort(np.abs(values), axis=-1), axis=-1)
    values = np.take_along_axis(values, order, axis=-1)
    v = np.take_along_axis(v, order[..., None, :], axis=-1)
    sign = np.where(values < 0, -1, 1).astype(values.dtype)
    return SVDResult(v, np.abs(values), adjoint(v * sign[..., None, :]))


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Return the singular values: ``np.linalg.svdvals``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[3.0, 0.0], [0.0, 4.0]])
    >>> ag.linalg.svdvals(A)
    Tensor([4., 3.])
    >>> ag.grad(lambda A: ag.linalg.svdvals(A)[0])(A)
    Tensor([[0., 0.],
            [0., 1.]])
    """
    return svd(x, full_matrices=False, compute_uv=False)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the QR decomposition in any mode: ``np.linalg.qr``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> Q, R = ag.linalg.qr(ag.tensor([[3.0], [4.0]]))
    >>> ag.abs(R)
    Tensor([[5.]])
    """
    a = _matrix(a, "qr")
    m, n = a.shape[-2:]
    if mode == "raw" or (mode == "complete" and m > n):
        return householder_qr(a, raw=True) if mode == "raw" else QRResult(*householder_qr(a))
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr has modes 'reduced', 'complete', 'r' and 'raw', not {mode!r}")
    if m >= n:
        q, r = decompositions.qr(a)
    else:  # the first columns make Q, the others are carried along
        q, left = decompositions.qr(a[..., :m])
        r = np.concatenate([left, np.matmul(adjoint(q), a[..., m:])], axis=-1)
    return r if mode == "r" else QRResult(q, r)


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Return the condition number: ``np.linalg.cond``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.cond(ag.tensor([[2.0, 0.0], [0.0, 0.5]]))
    Tensor(4.)
    """
    x = _matrix(x, "cond")
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError(f"cond needs matrices with entries, got shape {x.shape}")
    if p is None or p in (2, -2):
        s = svdvals(x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    singular = np.linalg.det(x) == 0
    if np.any(singular):
        safe = np.where(singular[..., None, None], np.eye(x.shape[-1], dtype=x.dtype), x)
        return np.where(singular, np.inf, cond(safe, p))
    norm = functools.partial(np.linalg.norm, ord=p, axis=(-2, -1))
    return norm(x) * norm(inv(x))


# -- what np.linalg has of NumPy's own, as the Python array API wants it --------------------------


@implements(np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Any:
    """Return all products of the entries of two vectors: ``np.linalg.outer``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.outer(ag.tensor([1.0, 2.0]), [1.0, 10.0])
    Tensor([[ 1., 10.],
            [ 2., 20.]])
    """
    x1, x2 = operand(x1), operand(x2)
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer needs two vectors, got shapes {np.shape(x1)} and {np.shape(x2)}")
    return x1[:, None] * x2[None, :]


@implements(np.linalg.cross)
def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the cross product of vectors of 3 entries: ``np.linalg.cross``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.cross(ag.tensor([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    x1, x2 = operand(x1), operand(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            f"cross needs vectors of 3 entries along axis {axis}, got shapes {x1.shape} and "
            f"{x2.shape}"
        )
    return np.cross(x1, x2, axis=axis)


@implements(np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonals of stacked matrices: ``np.linalg.diagonal``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.diagonal(ag.tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    return np.diagonal(x, offset, -2, -1)


@implements(np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum the diagonals of stacked matrices: ``np.linalg.trace``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.linalg.trace(A)
    Tensor(5.)
    >>> ag.grad(ag.linalg.trace)(A)
    Tensor([[1., 0.],
            [0., 1.]])
    """
    return np.trace(x, offset, -2, -1, dtype)


@implements(np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    """Exchange the last two axes: ``np.linalg.matrix_transpose``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matrix_transpose(ag.tensor([[1.0, 2.0]]))
    Tensor([[1.],
            [2.]])
    """
    return np.matrix_transpose(x)


@implements(np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    """Multiply matrices: ``np.linalg.matmul``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.matmul(ag.tensor([[1.0, 2.0]]), [[3.0], [4.0]])
    Tensor([[11.]])
    """
    return np.matmul(operand(x1), operand(x2))


@implements(np.linalg.tensordot)
def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """Sum products over chosen axes: ``np.linalg.tensordot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.linalg.tensordot(A, A)
    Tensor(30.)
    """
    return np.tensordot(operand(x1), operand(x2), axes=axes)


@implements(np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Multiply vectors along an axis, the first conjugated: ``np.linalg.vecdot``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.linalg.vecdot(ag.tensor([1.0, 2.0]), [3.0, 4.0])
    Tensor(11.)
    """
    return np.vecdot(operand(x1), operand(x2), axis=axis)  # type: ignore[call-overload]
