"""The factorizations of ``numpy.linalg``, and what follows from one at once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd_mini.functions.householder import householder_qr
from autograd_mini.functions.matrix_operands import matrices, square_matrices
from autograd_mini.ops import decompositions
from autograd_mini.ops.matrices import adjoint
from autograd_mini.protocols import implements

__all__ = ["cholesky", "eig", "eigh", "eigvals", "eigvalsh", "qr", "svd", "svdvals"]


class QRResult(NamedTuple):
    """What ``np.linalg.qr`` returns."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What ``np.linalg.svd`` returns."""

    U: Any
    S: Any
    Vh: Any


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
    a = decompositions.mirror(square_matrices(a, "cholesky"), UPLO="U" if upper else "L")
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
    a = decompositions.mirror(square_matrices(a, "eigh"), UPLO=UPLO)
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
    >>> ag.sort(ag.real(values))
    Tensor([1., 2.])
    """
    return decompositions.eig(square_matrices(a, "eig"))


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
    a = matrices(a, "svd")
    if hermitian:
        made = _svd_of_hermitian(square_matrices(a, "svd"))
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
    a = matrices(a, "qr")
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
