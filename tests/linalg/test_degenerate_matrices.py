"""Where matrices are singular, or their values repeat: the right derivative or an honest NaN."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag

L = np.linalg


def rng(salt=0):
    return np.random.default_rng([77, salt])


def orthogonal(n):
    return L.qr(rng(3).normal(size=(n, n)))[0]


def with_eigenvalues(*values):
    q = orthogonal(len(values))
    return (q * values) @ q.T


def grad(f, *xs):
    return ag.grad(f)(*xs).numpy()


def slope(f, x, d, h=1e-6):
    return float((f(x + h * d) - f(x - h * d)) / (2 * h))


# -- zero ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [None, 1, 2, 3, 1.5, np.inf])
def test_the_norm_of_the_zero_vector_has_gradient_0(order):
    np.testing.assert_array_equal(grad(lambda x: L.norm(x, order), np.zeros(3)), 0)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, 2, np.inf])
def test_the_norm_of_the_zero_matrix_has_gradient_0(order):
    np.testing.assert_array_equal(grad(lambda x: L.norm(x, order), np.zeros((3, 2))), 0)


def test_rows_of_zeros_among_others_have_gradient_0():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(
        grad(lambda x: np.sum(L.norm(x, axis=1)), x), [[0, 0], [0.6, 0.8]], rtol=1e-15
    )


def test_the_norm_of_the_zero_vector_has_second_derivative_0_and_does_not_warn():
    assert ag.hessian(lambda x: L.norm(x))(np.zeros(2)).numpy().tolist() == [[0, 0], [0, 0]]


def test_ties_of_the_largest_entry_share():
    np.testing.assert_array_equal(
        grad(lambda x: L.norm(x, np.inf), np.array([2.0, -2, 1])), [0.5, -0.5, 0]
    )


def test_nuclear_norm_of_a_deficient_matrix_has_the_least_subgradient():
    np.testing.assert_allclose(grad(lambda x: L.norm(x, "nuc"), np.ones((2, 2))), 0.5, atol=1e-14)
    np.testing.assert_allclose(
        grad(lambda x: L.norm(x, "nuc"), np.ones((3, 2))), 6**-0.5, atol=1e-14
    )


# -- singular matrices ---------------------------------------------------------------------------

SINGULAR = {
    "rank 2": np.arange(1.0, 10).reshape(3, 3),
    "rank 2 exactly": np.diag([1.0, 2.0, 0.0]),
    "rank 1": np.outer([1.0, 2, 3], [2.0, 0, 1]),
    "rank 0": np.zeros((3, 3)),
    "nearly": np.diag([1.0, 1e-9, 1e-9]) + 1e-12,
}


def cofactor_matrix(x):
    n = len(x)
    return np.array(
        [[(-1) ** (i + j) * L.det(np.delete(np.delete(x, i, 0), j, 1)) for j in range(n)]
         for i in range(n)]
    )  # fmt: skip


@pytest.mark.parametrize("name", SINGULAR)
def test_the_determinant_of_a_singular_matrix_has_its_cofactors_as_gradient(name):
    x = SINGULAR[name]
    np.testing.assert_allclose(grad(L.det, x), cofactor_matrix(x), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", SINGULAR)
def test_the_determinant_of_a_singular_matrix_has_all_its_derivatives(name):
    x = SINGULAR[name]
    np.testing.assert_allclose(
        np.einsum("ijkl,kl->ij", ag.hessian(L.det)(x).numpy(), np.ones((3, 3))),
        (cofactor_matrix(x + 1e-3) - cofactor_matrix(x - 1e-3)) / 2e-3,
        atol=1e-10,
    )
    third = ag.hessian(lambda x: ag.grad(L.det)(x)[0, 0])(x).numpy()
    assert third[1, 1, 2, 2] == pytest.approx(1)
    assert third[1, 2, 2, 1] == pytest.approx(-1)


def test_a_stack_with_one_singular_matrix_has_every_gradient_right():
    stack = np.stack([np.eye(3), SINGULAR["rank 2"]])
    g = grad(lambda x: np.sum(L.det(x)), stack)
    np.testing.assert_allclose(g[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(g[1], cofactor_matrix(stack[1]), atol=1e-10)


def test_log_determinants_that_are_not_used_do_not_spoil_the_others():
    stack = np.stack([np.eye(2) * 2, np.zeros((2, 2))])
    used = np.array([True, False])
    g = grad(lambda x: np.sum(np.where(used, L.slogdet(x)[1], 0)), stack)
    np.testing.assert_array_equal(g, [[[0.5, 0], [0, 0.5]], [[0, 0], [0, 0]]])
    assert not np.isfinite(grad(lambda x: np.sum(L.slogdet(x)[1]), stack)[1]).any()


def test_the_log_determinant_of_a_huge_matrix_does_not_overflow():
    x = np.eye(400) * 1e-3
    np.testing.assert_allclose(grad(lambda x: L.slogdet(x)[1], x), np.eye(400) * 1e3)


def test_the_pseudo_inverse_of_a_deficient_matrix_follows_perturbations_that_keep_the_rank():
    u, v = rng(1).normal(size=(4, 1)), rng(2).normal(size=(1, 3))
    weights, du = rng(4).normal(size=(3, 4)), rng(5).normal(size=(4, 1))

    def f(x):
        return np.sum(L.pinv(x, rcond=1e-6) * weights)

    assert np.sum(grad(f, u @ v) * (du @ v)) == pytest.approx(slope(f, u @ v, du @ v), rel=1e-6)


def test_a_singular_triangle_of_qr_raises():
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda x: np.sum(L.qr(x)[0]), np.zeros((3, 2)))


def test_a_matrix_of_nan_has_a_gradient_of_nan():
    with np.errstate(invalid="ignore"):  # NumPy warns of the determinant itself
        assert np.isnan(grad(L.det, np.full((2, 2), np.nan))).all()


def test_complex_singular_matrices_have_their_cofactors_too():
    x = np.array([[1.0 + 1j, 2.0], [1.0j, 1.0 + 1j]])
    np.testing.assert_allclose(L.det(x), 0, atol=1e-15)
    g = grad(lambda x: np.real(L.det(x)), x)
    np.testing.assert_allclose(g, np.conj([[1 + 1j, -1j], [-2, 1 + 1j]]), atol=1e-14)


# -- one triangle --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cholesky", "eigvalsh", "eigh"])
def test_functions_that_read_one_triangle_give_the_symmetric_gradient(name):
    x = with_eigenvalues(1.0, 2.0, 4.0)

    def f(x):
        out = getattr(L, name)(x)
        return np.sum(np.sin(out[0] if name == "eigh" else out))

    g = grad(f, x)
    np.testing.assert_allclose(g, g.T, atol=1e-15)
    d = rng(8).normal(size=(3, 3))
    d = d + d.T
    assert np.sum(g * d) == pytest.approx(slope(f, x, d), rel=1e-6)


@pytest.mark.parametrize("triangle", ["L", "U"])
def test_the_value_is_that_of_the_triangle_read(triangle):
    x = rng(1).normal(size=(3, 3))
    for mine, numpys in zip(L.eigh(ag.tensor(x), triangle), L.eigh(x, triangle), strict=True):
        np.testing.assert_allclose(mine.numpy(), numpys, atol=1e-14)
    x = x + 5 * np.eye(3)
    np.testing.assert_allclose(
        L.cholesky(ag.tensor(x), upper=triangle == "U").numpy(),
        L.cholesky(x, upper=triangle == "U"),
        atol=1e-14,
    )


# -- repeated eigenvalues ------------------------------------------------------------------------

REPEATED = with_eigenvalues(1.0, 1.0, 1.0, 3.0)


@pytest.mark.parametrize("x", [REPEATED, np.eye(4), np.zeros((4, 4))])
def test_symmetric_functions_of_repeated_eigenvalues_have_the_right_gradient(x):
    np.testing.assert_allclose(grad(lambda x: np.sum(L.eigvalsh(x)), x), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(grad(lambda x: np.sum(L.eigvalsh(x) ** 3), x), 3 * x @ x, atol=1e-12)
    w, v = L.eigh(x)
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.exp(L.eigh(x)[0])), x), (v * np.exp(w)) @ v.T, atol=1e-12
    )


def test_symmetric_functions_of_repeated_eigenvalues_go_forward_too():
    d = rng().normal(size=(4, 4))
    _, tangent = ag.jvp(lambda x: np.sum(L.eigvalsh(x) ** 2), (REPEATED,), (d,))
    assert tangent.item() == pytest.approx(2 * np.sum(REPEATED * d))


def test_eigenvectors_of_repeated_eigenvalues_have_no_gradient():
    weights = rng().normal(size=(4, 4))
    assert np.isnan(grad(lambda x: np.sum(L.eigh(x)[1] * weights), REPEATED)).any()
    _, (_, tangent) = ag.jvp(lambda x: tuple(L.eigh(x)), (REPEATED,), (weights,))
    assert np.isnan(tangent.numpy()[:, :3]).all()
    assert np.isfinite(tangent.numpy()[:, 3]).all()


@pytest.mark.parametrize("n", [3, 4, 6, 10])
def test_values_that_rounding_drives_apart_are_still_repeated(n):
    """Otherwise gradients would be numbers like 1e13, which nobody notices."""
    weights = rng().normal(size=(n, n))
    for seed in range(40):
        q = L.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
        x = (q * ([1.0] * (n - 1) + [2.0])) @ q.T
        symmetric = (x + x.T) / 2
        assert np.isnan(grad(lambda x: np.sum(L.eigh(x)[1] * weights), symmetric)).any()
        assert np.isnan(grad(lambda x: np.sum(L.svd(x)[0] * weights), x)).any()


def test_a_matrix_function_at_repeated_eigenvalues_is_not_silently_wrong():
    """Its derivative exists, but not as one through the eigenvectors."""

    def exponential(x):
        w, v = L.eigh(x)
        return np.sum((v * np.exp(w)) @ np.swapaxes(v, -1, -2) * np.arange(16.0).reshape(4, 4))

    assert np.isnan(grad(exponential, REPEATED)).any()


def test_eigenvectors_beside_repeated_eigenvalues_have_their_gradient():
    def f(x):
        v = L.eigh(x)[1][:, 3]
        return np.sum(np.outer(v, v) * np.arange(16.0).reshape(4, 4))

    d = rng(9).normal(size=(4, 4))
    d = d + d.T
    assert np.sum(grad(f, REPEATED) * d) == pytest.approx(slope(f, REPEATED, d), rel=1e-6)


def test_repeated_eigenvalues_of_one_matrix_leave_the_others_of_a_stack_alone():
    other = with_eigenvalues(1.0, 2.0, 3.0, 4.0)
    stack = np.stack([REPEATED, other])

    def f(x):
        return np.sum(L.eigh(x)[1] ** 3)

    g = grad(f, stack)
    assert np.isnan(g[0]).any()
    np.testing.assert_allclose(g[1], grad(f, other), atol=1e-12)
    tangent = np.stack([np.zeros((4, 4)), np.ones((4, 4))])
    _, moved = ag.jvp(lambda x: L.eigh(x)[1], (stack,), (tangent,))
    assert np.isfinite(moved.numpy()).all()


def test_repeated_eigenvalues_of_general_matrices():
    def total(x):  # real: eig gives complex numbers from NumPy 2.5 on
        return np.sum(np.real(L.eigvals(x)))

    np.testing.assert_allclose(grad(total, np.eye(3)), np.eye(3))
    np.testing.assert_allclose(
        grad(lambda x: np.sum(np.real(L.eigvals(x) ** 2)), 2 * np.eye(3)), 4 * np.eye(3)
    )
    weights = rng().normal(size=(3, 3))
    assert np.isnan(grad(lambda x: np.sum(np.real(L.eig(x)[1]) * weights), np.eye(3))).any()


def test_a_matrix_without_a_basis_of_eigenvectors_has_no_derivative():
    defective = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert np.isnan(grad(lambda x: np.sum(np.real(L.eigvals(x))), defective)).any()
    _, tangent = ag.jvp(L.eigvals, (defective,), (np.ones((2, 2)),))
    assert np.isnan(tangent.numpy()).any()


# -- repeated and vanishing singular values ------------------------------------------------------


def test_symmetric_functions_of_repeated_singular_values_have_the_right_gradient():
    q = orthogonal(3)
    np.testing.assert_allclose(grad(lambda x: np.sum(L.svdvals(x)), q), q, atol=1e-13)
    np.testing.assert_allclose(grad(lambda x: np.sum(L.svdvals(x) ** 4), q), 4 * q, atol=1e-12)
    x = rng().normal(size=(3, 1)) @ np.ones((1, 2))
    np.testing.assert_allclose(grad(lambda x: np.sum(L.svdvals(x) ** 2), x), 2 * x, atol=1e-13)


def test_singular_vectors_of_repeated_values_have_no_gradient():
    q = orthogonal(3)
    assert np.isnan(grad(lambda x: np.sum(L.svd(x)[0] ** 3), q)).any()
    _, (du, ds, dvh) = ag.jvp(lambda x: tuple(L.svd(x)), (q,), (np.ones((3, 3)),))
    assert np.isnan(du.numpy()).all()
    assert np.isnan(dvh.numpy()).all()
    assert np.isfinite(ds.numpy()).all()


@pytest.mark.parametrize("shape", [(4, 2), (2, 4)])
def test_the_space_that_completes_the_singular_vectors_has_a_gradient_but_not_its_basis(shape):
    x, weights = rng().normal(size=shape), rng(1).normal(size=(4, 4))

    def rest(x):
        u, _, vh = L.svd(x)
        return u[:, 2:] if shape[0] == 4 else np.swapaxes(vh, -1, -2)[:, 2:]

    def projector(x):
        r = rest(x)
        return np.sum(np.matmul(r, np.swapaxes(r, -1, -2)) * weights)

    d = rng(2).normal(size=shape)
    assert np.sum(grad(projector, x) * d) == pytest.approx(slope(projector, x, d), rel=1e-6)
    assert np.isnan(grad(lambda x: np.sum(rest(x) * weights[:, :2]), x)).all()
    assert np.isnan(ag.jvp(rest, (x,), (d,))[1].numpy()).all()


def test_singular_values_do_not_mind_the_completed_basis():
    x = rng().normal(size=(4, 2))
    np.testing.assert_allclose(grad(lambda x: np.sum(L.svd(x)[1] ** 2), x), 2 * x, atol=1e-13)


def test_vectors_of_a_vanishing_singular_value_have_no_gradient():
    x = np.outer([1.0, 2, 2], [1.0, 3])
    assert np.isnan(grad(lambda x: np.sum(L.svd(x, full_matrices=False)[0] ** 3), x)).any()


def test_watching_for_anomalies_does_not_mind_vectors_that_are_not_used():
    x = rng().normal(size=(4, 2))
    with ag.detect_anomaly():
        for f in (
            lambda x: np.sum(L.svdvals(x) ** 2),
            lambda x: np.sum(L.eigvalsh(np.matmul(np.swapaxes(x, 0, 1), x) * 0 + np.eye(2))),
            lambda x: np.sum(abs(L.svd(x * (1 + 1j), full_matrices=False)[0]) ** 4),
        ):
            assert np.isfinite(ag.hvp(f, (x,), (np.ones_like(x),))[0].numpy()).all()


# -- condition -----------------------------------------------------------------------------------


def test_the_condition_of_a_singular_matrix_is_infinite_without_a_warning():
    t = ag.tensor(np.zeros((2, 2)), requires_grad=True)
    assert L.cond(t, 1).item() == np.inf
    assert np.isnan(L.cond(t).item()) or L.cond(t).item() == np.inf
    assert L.cond(ag.tensor(np.diag([1.0, 0.0]), requires_grad=True)).item() == np.inf


def test_power_0_is_constant():
    t = ag.tensor(np.ones((2, 2, 2)), requires_grad=True)
    out = L.matrix_power(t, 0)
    np.testing.assert_array_equal(out.numpy(), L.matrix_power(np.ones((2, 2, 2)), 0))
    np.testing.assert_array_equal(grad(lambda x: np.sum(L.matrix_power(x, 0)), np.ones((2, 2))), 0)


def test_least_squares_of_a_deficient_matrix_and_in_a_batch():
    a = np.outer(np.arange(1.0, 5), [1.0, 2])
    b = np.arange(4.0)
    x, residuals, rank, _ = L.lstsq(ag.tensor(a, requires_grad=True), b)
    expected = L.lstsq(a, b)
    np.testing.assert_allclose(x.detach().numpy(), expected[0], atol=1e-14)
    assert residuals.shape == expected[1].shape
    assert rank == expected[2]
    stack = rng().normal(size=(3, 4, 2))
    np.testing.assert_allclose(
        ag.vmap(lambda a: L.lstsq(a, b)[0])(stack).numpy(),
        [L.lstsq(each, b)[0] for each in stack],
    )
