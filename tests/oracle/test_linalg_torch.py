"""Linear algebra and Fourier transforms beside torch: values, first and second derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import autograd_mini as ag

pytestmark = pytest.mark.oracle


def drawn(*shape, dtype="real", salt=0):
    rng = np.random.default_rng([31, salt])
    x = rng.normal(size=shape) + (1j * rng.normal(size=shape) if dtype == "complex" else 0)
    k = np.arange(min(shape[-2:]))
    x[..., k, k] += 2.0 + 2 * k
    return x


def adjoint(x):
    return x.mH if torch.is_tensor(x) else np.conj(np.swapaxes(x, -1, -2))


def hermitian(x):
    return x + adjoint(x)


def projectors(u, vh):
    """Return what does not depend on signs and phases of singular vectors."""
    stretch = np.arange(1.0, u.shape[-1] + 1)
    return (u * (torch.as_tensor(stretch) if torch.is_tensor(u) else stretch)) @ vh


def signless(q, r):
    return abs(q) ** 2, abs(r) ** 2


L, T = np.linalg, torch.linalg
CALLS = {
    "inv": (L.inv, T.inv, (2, 3, 3)),
    "pinv": (L.pinv, T.pinv, (4, 3)),
    "det": (L.det, T.det, (2, 3, 3)),
    "slogdet": (lambda x: L.slogdet(x)[1], lambda x: T.slogdet(x)[1], (2, 3, 3)),
    "cholesky": (
        lambda x: L.cholesky(x @ adjoint(x)),
        lambda x: T.cholesky(x @ adjoint(x)),
        (2, 3, 3),
    ),
    "cholesky upper": (
        lambda x: L.cholesky(x @ adjoint(x), upper=True),
        lambda x: T.cholesky(x @ adjoint(x), upper=True),
        (3, 3),
    ),
    "eigvalsh": (lambda x: L.eigvalsh(hermitian(x)), lambda x: T.eigvalsh(hermitian(x)), (2, 3, 3)),
    "eigh": (
        lambda x: abs(L.eigh(hermitian(x))[1]) ** 2,
        lambda x: abs(T.eigh(hermitian(x))[1]) ** 2,
        (3, 3),
    ),
    "eigvals": (
        lambda x: np.sum(L.eigvals(x) ** 3, axis=-1),
        lambda x: (T.eigvals(x) ** 3).sum(-1),
        (2, 3, 3),
    ),
    "svdvals": (L.svdvals, T.svdvals, (2, 4, 3)),
    "svd": (
        lambda x: projectors(*L.svd(x, full_matrices=False)[::2]),
        lambda x: projectors(*T.svd(x, full_matrices=False)[::2]),
        (4, 3),
    ),
    "svd wide": (
        lambda x: projectors(*L.svd(x, full_matrices=False)[::2]),
        lambda x: projectors(*T.svd(x, full_matrices=False)[::2]),
        (2, 4),
    ),
    "qr": (
        lambda x: signless(*L.qr(x))[0],
        lambda x: signless(*T.qr(x))[0],
        (2, 4, 3),
    ),
    "qr r": (
        lambda x: signless(*L.qr(x))[1],
        lambda x: signless(*T.qr(x))[1],
        (3, 3),
    ),
    "qr complete wide": (
        lambda x: signless(*L.qr(x, "complete"))[1],
        lambda x: signless(*T.qr(x, "complete"))[1],
        (2, 4),
    ),
    "matrix_power": (lambda x: L.matrix_power(x, -3), lambda x: T.matrix_power(x, -3), (3, 3)),
    "multi_dot": (lambda x: L.multi_dot([x, x, x]), lambda x: T.multi_dot([x, x, x]), (3, 3)),
    "tensorinv": (
        lambda x: L.tensorinv(x.reshape(2, 3, 6)),
        lambda x: T.tensorinv(x.reshape(2, 3, 6)),
        (6, 6),
    ),
    "solve": (lambda x: L.solve(x, x @ x), lambda x: T.solve(x, x @ x), (2, 3, 3)),
}
CALLS |= {
    f"cond {p}": (lambda x, p=p: L.cond(x, p), lambda x, p=p: T.cond(x, p), (3, 3))
    for p in (None, 2, -2)
}
CALLS |= {
    f"cond {p}": (  # torch changes its own inverse in place, and then cannot go back
        lambda x, p=p: L.cond(x, p),
        lambda x, p=p: T.matrix_norm(x, p) * T.matrix_norm(T.inv(x), p),
        (3, 3),
    )
    for p in (1, "fro", np.inf)
}
CALLS |= {
    f"matrix_norm {p}": (
        lambda x, p=p: L.matrix_norm(x, ord=p),
        lambda x, p=p: T.matrix_norm(x, ord=p),
        (2, 3, 3),
    )
    for p in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
}
CALLS |= {
    f"vector_norm {p}": (
        lambda x, p=p: L.vector_norm(x, ord=p, axis=-1),
        lambda x, p=p: T.vector_norm(x, ord=p, dim=-1),
        (2, 3, 3),
    )
    for p in (1, 2, 3, 1.5, -1, np.inf, -np.inf)
}
CALLS |= {
    name: (getattr(np.fft, name), getattr(torch.fft, name), (3, 4, 5))
    for name in ("fft", "ifft", "fft2", "ifftn", "irfft", "irfft2", "irfftn", "hfft")
}
REAL_ONLY = {
    name: (getattr(np.fft, name), getattr(torch.fft, name), (3, 4, 5))
    for name in ("rfft", "rfft2", "rfftn", "ihfft")
}


def weights(out):
    made = (
        drawn(*out.shape, dtype="complex", salt=5) if out.ndim > 1 else np.cos(np.arange(out.size))
    )
    made = np.asarray(made).reshape(out.shape)
    return made if out.dtype.kind == "c" else made.real


@pytest.mark.parametrize("dtype", ["real", "complex"])
@pytest.mark.parametrize("name", [*CALLS, *REAL_ONLY])
def test_values_and_gradients(name, dtype):
    if name in REAL_ONLY and dtype == "complex":
        with pytest.raises(TypeError):
            REAL_ONLY[name][0](drawn(*REAL_ONLY[name][2], dtype=dtype))
        return
    here, there, shape = {**CALLS, **REAL_ONLY}[name]
    x = drawn(*shape, dtype=dtype)
    t, u = ag.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    mine, theirs = here(t), there(u)
    expected = theirs.detach().resolve_conj().numpy()
    np.testing.assert_allclose(mine.detach().numpy(), expected, rtol=1e-10, atol=1e-12)
    w = weights(expected)
    np.real(np.sum(mine * w)).backward()
    torch.real((theirs * torch.as_tensor(w)).sum()).backward()
    np.testing.assert_allclose(t.grad.numpy(), u.grad.resolve_conj().numpy(), rtol=1e-8, atol=1e-10)


TWICE = [name for name in CALLS if name != "pinv"]


@pytest.mark.parametrize("name", TWICE)
def test_second_derivatives(name):
    here, there, shape = CALLS[name]
    x, d = drawn(*shape), drawn(*shape, salt=2)

    def mine(x):
        out = here(x)
        return np.real(np.sum(out * np.conj(out) * 0.3 + out))

    def theirs(x):
        out = there(x)
        return torch.real((out * torch.conj(out) * 0.3 + out).sum())

    _, expected = torch.autograd.functional.hvp(theirs, torch.tensor(x), torch.tensor(d))
    np.testing.assert_allclose(
        ag.hvp(mine, (x,), (d,))[0].numpy(), expected.numpy(), rtol=1e-6, atol=1e-7
    )


def test_lstsq():
    a, b = drawn(5, 3), drawn(5, 2, salt=1)
    t, u = ag.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    np.sum(L.lstsq(t, b)[0] ** 2).backward()
    (T.lstsq(u, torch.tensor(b)).solution ** 2).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-9)


def test_einsum():
    rng = np.random.default_rng(0)
    for subscripts, *shapes in (
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
        ("ii->i", (3, 3)),
        ("...ij,jk->...k", (2, 3, 4), (4, 5)),
        ("i,j,ij->", (3,), (4,), (3, 4)),
        ("ij,k->i", (2, 3), (4,)),
    ):
        xs = [rng.normal(size=shape) for shape in shapes]
        ts = [ag.tensor(x, requires_grad=True) for x in xs]
        us = [torch.tensor(x, requires_grad=True) for x in xs]
        np.sum(np.einsum(subscripts, *ts) ** 2).backward()
        (torch.einsum(subscripts, *us) ** 2).sum().backward()
        for t, u in zip(ts, us, strict=True):
            np.testing.assert_allclose(t.grad.numpy(), u.grad.numpy(), rtol=1e-11)
