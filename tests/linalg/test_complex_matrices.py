"""Complex matrices: gradients point to steepest ascent, phases are as LAPACK fixes them."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

L = np.linalg


def complex_normal(*shape, salt=0):
    rng = np.random.default_rng([5, salt])
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def adjoint(x):
    return np.conj(np.swapaxes(x, -1, -2))


def hermitian(x):
    return x + adjoint(x)


APART = np.diag([1.0, 3.0, 6.0]) + 0.3 * complex_normal(3, 3)
TALL = complex_normal(4, 3) + np.eye(4, 3) * [2, 5, 9]

CALLS = {
    "inv": (L.inv, APART),
    "pinv": (L.pinv, TALL),
    "solve": (lambda x: L.solve(x, np.arange(3) * 1j), APART),
    "det": (L.det, APART),
    "slogdet": (lambda x: tuple(L.slogdet(x)), APART),
    "cholesky": (lambda x: L.cholesky(hermitian(x)), APART),
    "cholesky upper": (lambda x: L.cholesky(hermitian(x), upper=True), APART),
    "qr": (lambda x: tuple(L.qr(x)), TALL),
    "qr wide": (lambda x: tuple(L.qr(x)), TALL.T),
    "qr complete": (lambda x: tuple(L.qr(x, mode="complete")), TALL),
    "qr raw": (lambda x: L.qr(x, mode="raw"), TALL),
    "eigh": (lambda x: tuple(L.eigh(hermitian(x))), APART),
    "eigh U": (lambda x: tuple(L.eigh(hermitian(x), "U")), APART),
    "eigvalsh": (lambda x: L.eigvalsh(hermitian(x)), APART),
    "eig": (lambda x: tuple(L.eig(x)), APART),
    "eigvals": (L.eigvals, np.stack([APART, 2 * APART])),
    "svd": (lambda x: tuple(L.svd(x)), APART),
    "svd tall": (lambda x: tuple(L.svd(x, full_matrices=False)), TALL),
    "svd wide": (lambda x: tuple(L.svd(x, full_matrices=False)), TALL.T),
    "svdvals": (L.svdvals, TALL),
    "matrix_power": (lambda x: L.matrix_power(x, -3), APART),
    "multi_dot": (lambda x: L.multi_dot([x, x, x[:, 0]]), APART),
    "cond": (L.cond, APART),
}
CALLS |= {
    f"norm {order!r}": (lambda x, order=order: L.norm(x, order), APART)
    for order in (None, "nuc", 1, 2, -2, np.inf)
}
CALLS |= {
    f"vector norm {order!r}": (lambda x, order=order: L.norm(x, order, axis=0), APART)
    for order in (None, 1, 3, np.inf)
}


def parts(out):
    return list(out) if isinstance(out, tuple) else [out]


def weights(part):
    made = complex_normal(*part.shape, salt=3)
    return made if part.dtype.kind == "c" else made.real


@pytest.mark.parametrize("name", CALLS)
def test_gradients_and_tangents_agree_with_differences(name):
    f, x = CALLS[name]

    def scalar(x):
        return sum(np.sum(np.real(np.conj(weights(part)) * part)) for part in parts(f(x)))

    d, h = complex_normal(*x.shape, salt=4), 1e-5
    expected = (scalar(x + h * d) - scalar(x - h * d)) / (2 * h)
    g = ag.grad(scalar)(x)
    assert g.dtype == x.dtype
    np.testing.assert_allclose(np.sum(np.real(np.conj(g.numpy()) * d)), expected, rtol=1e-6)
    _, tangents = ag.jvp(lambda x: tuple(parts(f(x))), (x,), (d,))
    for tangent, one, other in zip(tangents, parts(f(x + h * d)), parts(f(x - h * d)), strict=True):
        assert tangent.dtype == one.dtype
        np.testing.assert_allclose(tangent.numpy(), (one - other) / (2 * h), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", CALLS)
def test_values_are_those_of_numpy(name):
    f, x = CALLS[name]
    for mine, numpys in zip(parts(f(ag.tensor(x, requires_grad=True))), parts(f(x)), strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), numpys, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["eigh", "eig", "svd"])
def test_functions_that_do_not_depend_on_phases_have_second_derivatives(name):
    def f(x):
        out = getattr(L, name)(hermitian(x) if name == "eigh" else x)
        vectors = out[1] if name != "svd" else out[0]
        return np.sum(np.abs(vectors) ** 2 * np.arange(9.0).reshape(3, 3))

    d, h = complex_normal(3, 3, salt=4), 1e-5
    expected = (ag.grad(f)(APART + h * d).numpy() - ag.grad(f)(APART - h * d).numpy()) / (2 * h)
    np.testing.assert_allclose(ag.hvp(f, (APART,), (d,))[0].numpy(), expected, rtol=1e-5, atol=1e-7)


def test_real_matrices_with_complex_eigenvalues_have_real_gradients():
    x = np.array([[1.0, 2.0, 0.1], [-2.0, 1.5, 0.3], [0.2, -0.1, 5.0]])

    def f(x):
        w, v = L.eig(x)
        return np.sum(np.imag(w) ** 2 + np.real(w) ** 3) + np.sum(np.real(v * (1 + 2j)) ** 2)

    d, h = complex_normal(3, 3).real, 1e-6
    g = ag.grad(f)(x)
    assert g.dtype == np.float64
    assert np.sum(g.numpy() * d) == pytest.approx((f(x + h * d) - f(x - h * d)) / (2 * h), rel=1e-6)


def test_a_step_against_the_gradient_descends():
    z = APART.copy()
    before = L.norm(z @ z - np.eye(3))
    z = z - 1e-3 * ag.grad(lambda z: L.norm(z @ z - np.eye(3)))(z).numpy()
    assert L.norm(z @ z - np.eye(3)) < before


@pytest.mark.parametrize("real", [
    lambda x: L.svd(x, full_matrices=False)[1],
    lambda x: L.slogdet(x).logabsdet,
    lambda x: L.eigh(hermitian(x)).eigenvalues,
], ids=["svd", "slogdet", "eigh"])  # fmt: skip
def test_real_results_times_complex_factors_have_the_gradients_of_real_results(real):
    def f(x):
        return np.sum((real(x) * np.exp(1j * np.arange(1, 4))).imag)

    d, h = complex_normal(3, 3, salt=4), 1e-6
    slope = np.sum(np.real(np.conj(ag.grad(f)(APART).numpy()) * d))
    expected = (f(APART + h * d) - f(APART - h * d)) / (2 * h)
    assert slope == pytest.approx(expected, rel=1e-6)
