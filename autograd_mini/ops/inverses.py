"""Inverses, linear systems and determinants of stacked matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.indexing import scatter_add
from autograd_mini.ops.kinds import structured
from autograd_mini.ops.matrices import adjoint, conj, cubic, is_complex, swap
from autograd_mini.ops.operation import Op
from autograd_mini.ops.rules import is_example, times
from autograd_mini.ops.sampling import Sample, normal

__all__ = ["cofactors", "det", "inv", "pinv", "slogdet", "solve"]


def regular(*shape: int) -> Sample:
    """Return a sample of matrices far from singular ones."""

    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (rng.normal(size=shape) + 3 * np.eye(shape[-2], shape[-1]),), {}

    return sample


def _with_right_side(matrix: Sample, *shape: int) -> Sample:
    def sample(rng: np.random.Generator) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (*matrix(rng)[0], rng.normal(size=shape)), {}

    return sample


# -- inverses -------------------------------------------------------------------------------------


def _inv(x: Any) -> Any:
    return np.linalg.inv(x)


inv = structured(
    "inv",
    _inv,
    x=lambda g, out: -(swap(out) @ g @ swap(out)),
    jvp={"x": lambda t, out: -(out @ t @ out)},
    latex="{{{x}}}^{{-1}}",
    flops=cubic(2),
    samples=[regular(3, 3), regular(2, 3, 3), regular(0, 2, 2)],
)


def _solve(a: Any, b: Any) -> Any:
    return np.linalg.solve(a, b)


def _solve_right_vjp(g: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    if len(b_shape) == 1:
        return solve(swap(a), g[..., None])[..., 0]
    return solve(swap(a), g)


def _solve_matrix_vjp(g: Any, out: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    right = _solve_right_vjp(g, a, b_shape)
    if len(b_shape) == 1:
        return -right[..., None] * out[..., None, :]
    return -(right @ swap(out))


def _solve_matrix_jvp(t: Any, out: Any, a: Any, b_shape: tuple[int, ...]) -> Any:
    if len(b_shape) == 1:
        return -solve(a, t @ out[..., None])[..., 0]
    return -solve(a, t @ out)


solve: Op = structured(
    "solve",
    _solve,
    a=_solve_matrix_vjp,
    b=_solve_right_vjp,
    jvp={"a": _solve_matrix_jvp, "b": lambda t, a: solve(a, t)},
    latex="{{{a}}}^{{-1}} {b}",
    flops=lambda node: 2.0 * node.inputs[0].shape[-1] * float(np.prod(node.inputs[0].shape)) / 3,
    samples=[
        _with_right_side(regular(3, 3), 3),
        _with_right_side(regular(3, 3), 3, 2),
        _with_right_side(regular(4, 3, 3), 3),
        _with_right_side(regular(4, 1, 3, 3), 2, 3, 2),
        _with_right_side(regular(3, 3), 4, 3, 3),
    ],
)


def _pinv(x: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    cutoff = {"rcond": rcond} if rcond is not None else {} if rtol is None else {"rtol": rtol}
    return np.linalg.pinv(x, hermitian=hermitian, **cutoff)


def _pinv_vjp(g: Any, out: Any, x: Any) -> Any:
    """Golub and Pereyra's formula: right wherever the rank does not change."""
    h, p, gh = adjoint(out), out, swap(g)
    left = gh - x @ (p @ gh)  # (I - A P) Gᴴ
    right = gh - (gh @ p) @ x  # Gᴴ (I - P A)
    return conj(-(h @ conj(g) @ h) + left @ p @ h + h @ p @ right)


pinv = structured(
    "pinv", _pinv, x=_pinv_vjp, latex="{{{x}}}^{{+}}",
    flops=cubic(20),
    samples=[normal((3, 2)), normal((2, 3)), regular(3, 3), normal((4, 2, 3)), normal((0, 3))],
)  # fmt: skip


# -- determinants ---------------------------------------------------------------------------------


def _cofactors(x: Any) -> Any:
    """Return det(x) inv(x)ᵀ, by singular values where x is (nearly) singular."""
    try:
        inverse = np.linalg.inv(x)
        sizes = np.abs(x).sum(-1).max(-1, initial=0), np.abs(inverse).sum(-1).max(-1, initial=0)
        if not (sizes[0] * sizes[1] > 1 / np.sqrt(np.finfo(inverse.dtype).eps)).any():
            return np.linalg.det(x)[..., None, None] * np.swapaxes(inverse, -1, -2)
    except np.linalg.LinAlgError:
        pass  # exactly singular
    u, s, vh = np.linalg.svd(x)
    others = np.prod(np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :]), axis=-1)
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return sign * np.conj(u * others[..., None, :]) @ np.conj(vh)


def _cofactors_vjp(g: Any, out: Any, x: Any) -> Any:
    """Use C = det(x) inv(x)ᵀ, or the minors of the minors where x has no (good) inverse."""
    n = x.shape[-1]
    rank = np.linalg.matrix_rank(x, rtol=np.sqrt(np.finfo(x.dtype).eps))
    deficient = rank < n
    if not is_example(deficient) and not np.any(deficient):
        total = np.sum(g * out, axis=(-1, -2))[..., None, None]
        return (total * out - out @ swap(g) @ out) / det(x)[..., None, None]
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=np.intp)
    index = (..., others[:, None, :, None], others[None, :, None, :])
    sign = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    weights = (g * sign.astype(np.finfo(x.dtype).dtype))[..., None, None]
    return scatter_add([weights * cofactors(x[index])], shape=x.shape, indices=[index])


cofactors: Op = structured(
    "cofactors",
    _cofactors,
    x=_cofactors_vjp,
    latex=r"\operatorname{{cof}} {x}",
    flops=cubic(8 / 3),
    samples=[
        regular(3, 3),
        normal((2, 2, 2)),
        lambda rng: ((np.ones((3, 3)),), {}),
        normal((1, 1)),
    ],
)


def _det(x: Any) -> Any:
    return np.linalg.det(x)


det = structured(
    "det",
    _det,
    x=lambda g, x: g[..., None, None] * cofactors(x),
    jvp={"x": lambda t, x: np.sum(cofactors(x) * t, axis=(-1, -2))},
    latex=r"\det {x}",
    flops=cubic(2 / 3),
    samples=[
        regular(3, 3),
        regular(4, 2, 2),
        normal((1, 1)),
        lambda rng: ((np.arange(9.0).reshape(3, 3),), {}),
        lambda rng: ((np.outer([1.0, 2, 3], [1.0, 0, 2]),), {}),
        lambda rng: ((np.zeros((0, 2, 2)),), {}),
    ],
)  # fmt: skip


def _slogdet(x: Any) -> Any:
    return np.linalg.slogdet(x)


def _inverse_transposed(x: Any, logabsdet: Any) -> Any:
    """Return inv(x)ᵀ, infinite where x is singular."""
    singular = (logabsdet == -np.inf)[..., None, None]
    safe = np.where(singular, np.eye(x.shape[-1], dtype=x.dtype), x)
    return np.where(singular, np.inf, swap(np.linalg.inv(safe)))


def _slogdet_vjp(g: Any, out: Any, x: Any) -> Any:
    of_sign, of_log = g
    if is_complex(x):
        of_log = of_log + 1j * np.imag(of_sign * out[0])
    return times(of_log[..., None, None], _inverse_transposed(x, out[1]))


def _slogdet_jvp(t: Any, out: Any, x: Any) -> Any:
    rate = np.sum(times(t, _inverse_transposed(x, out[1])), axis=(-1, -2))
    if is_complex(x):
        return out[0] * (1j * np.imag(rate)), np.real(rate)
    return np.zeros_like(rate), rate


slogdet = structured(
    "slogdet", _slogdet, x=_slogdet_vjp, jvp={"x": _slogdet_jvp},
    latex=r"\log \left|\det {x}\right|",
    flops=cubic(2 / 3),
    samples=[regular(3, 3), regular(4, 2, 2), regular(1, 1)],
)  # fmt: skip
