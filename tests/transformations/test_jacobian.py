"""jacobian and hessian: all derivatives at once, by rows or by columns."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import autograd_mini as ag

rng = np.random.default_rng(0)
A = rng.normal(size=(3, 4))
X = rng.normal(size=4)
MODES = ["auto", "reverse", "forward"]
modes = pytest.mark.parametrize("mode", MODES)


def f(x):
    return np.tanh(A @ x) * np.sum(x**2)


def exact(x):
    t = np.tanh(A @ x)
    return np.sum(x**2) * (1 - t**2)[:, None] * A + np.outer(t, 2 * x)


def array(t):
    assert isinstance(t, ag.Tensor)
    assert not t.requires_grad
    return np.asarray(t)


@modes
def test_one_array_by_one_array(mode):
    np.testing.assert_allclose(array(ag.jacobian(f, mode=mode)(X)), exact(X))


@modes
@pytest.mark.parametrize(
    ("x_shape", "out_shape"),
    [
        ((), ()),
        ((), (2, 3)),
        ((2, 3), ()),
        ((2, 1), (3, 2)),
        ((0,), (2,)),
        ((2,), (0, 3)),
        ((0,), ()),
    ],
)
def test_shapes_are_those_of_result_and_argument_one_after_the_other(mode, x_shape, out_shape):
    weights = rng.normal(size=(*out_shape, *x_shape))

    def linear(x):
        return np.asarray(np.tensordot(weights, x, x.ndim)) if not isinstance(x, ag.Tensor) else (
            np.tensordot(weights, x, x.ndim)
        )  # fmt: skip

    J = array(ag.jacobian(linear, mode=mode)(rng.normal(size=x_shape)))
    assert J.shape == (*out_shape, *x_shape)
    np.testing.assert_allclose(J, weights)


@dataclasses.dataclass
class Params:
    W: object
    b: object


@modes
def test_containers_of_results_hold_containers_of_arguments(mode):
    p = Params(A, rng.normal(size=3))

    def g(p, x):
        z = p.W @ x + p.b
        return {"z": z, "more": [np.sum(z), x[0] ** 2, None]}

    J = ag.jacobian(g, mode=mode)(p, X)
    assert isinstance(J["z"], Params)
    np.testing.assert_allclose(array(J["z"].b), np.eye(3))
    np.testing.assert_allclose(array(J["z"].W), np.einsum("ij,k->ijk", np.eye(3), X))
    np.testing.assert_allclose(array(J["more"][0].W), np.broadcast_to(X, (3, 4)))
    assert not array(J["more"][1].W).any()
    assert J["more"][2] is None


@modes
@pytest.mark.parametrize("argnums", [1, -1, (0, 1), (1,)])
def test_argnums_choose(mode, argnums):
    J = ag.jacobian(lambda x, y: x * y**2, argnums, mode=mode)(2.0, 3.0)
    both = (9.0, 12.0)
    if isinstance(argnums, int):
        assert array(J) == both[1]
    else:
        assert tuple(array(each).item() for each in J) == tuple(both[k] for k in argnums)


def test_keyword_arguments_pass_and_wrong_modes_do_not():
    assert array(ag.jacobian(lambda x, *, k: k * x)(1.0, k=3.0)) == 3
    with pytest.raises(ValueError, match="mode is 'auto', 'reverse' or 'forward', not 'both'"):
        ag.jacobian(f, mode="both")
    with pytest.raises(ValueError, match="argnums=3, but f was called with 1 positional argument"):
        ag.jacobian(f, 3)(X)


def test_auto_takes_the_shorter_side():
    """Reverse runs the function once; forward once more, to carry all tangents at once."""
    runs = []

    def wide(x):
        runs.append("wide")
        return np.sum(x)

    def tall(x):
        runs.append("tall")
        return np.stack([x] * 5)

    ag.jacobian(wide)(np.ones(5))
    assert runs == ["wide"]
    runs.clear()
    ag.jacobian(tall)(1.0)
    assert runs == ["tall", "tall"]


def test_rows_are_not_a_loop():
    """The recorded derivative is as long for many rows as for few."""

    def nodes(n, mode):
        weights = np.ones((n, n))

        def total(x):
            return np.sum(ag.jacobian(lambda t: np.sin(weights @ t), mode=mode)(x) ** 2)

        return len(ag.trace(total, np.ones(n)))

    for mode in ("reverse", "forward"):
        assert nodes(2, mode) == nodes(40, mode)


@modes
def test_jacobians_can_be_differentiated_and_mapped(mode):
    J = ag.jacobian(f, mode=mode)
    g = ag.grad(lambda x: np.sum(J(x) ** 2))(X)
    numeric = [
        (np.sum(exact(X + h) ** 2) - np.sum(exact(X - h) ** 2)) / 2e-6 for h in 1e-6 * np.eye(4)
    ]
    np.testing.assert_allclose(array(g), numeric, rtol=1e-7)
    _, t = ag.jvp(J, (X,), (np.ones(4),))
    second = array(ag.jacobian(J, mode=mode)(X))
    assert second.shape == (3, 4, 4)
    np.testing.assert_allclose(array(t), second.sum(-1))
    np.testing.assert_allclose(array(ag.vmap(J)(np.stack([X, -X])))[1], exact(-X))


def test_results_are_not_recorded_and_leaves_keep_their_grad():
    x = ag.tensor(X, requires_grad=True)
    array(ag.jacobian(f)(x))
    array(ag.hessian(lambda x: np.sum(f(x)))(x))
    w = ag.tensor(A, requires_grad=True)
    array(ag.jacobian(lambda x: w @ x)(X))
    assert x.grad is None
    assert w.grad is None


@modes
def test_backward_goes_through_the_jacobian_of_a_result(mode):
    def spread(x, t):
        return np.sum(ag.jacobian(f, mode=mode)(x) ** 2) + np.sum(
            ag.jacobian(lambda t: np.exp(t * x), mode=mode)(t) ** 2
        )

    x = ag.tensor(X, requires_grad=True)
    t = ag.tensor(0.3, requires_grad=True)
    spread(x * 1.0, t * 1.0).backward()
    for found, expected in zip((x.grad, t.grad), ag.grad(spread, (0, 1))(X, 0.3), strict=True):
        np.testing.assert_allclose(array(found), array(expected))


@modes
def test_backward_reaches_arguments_of_the_jacobian_that_it_does_not_differentiate_by(mode):
    w = ag.tensor(2.0, requires_grad=True)
    np.sum(ag.jacobian(lambda x, w: w * x**2, mode=mode)(X, w * 1.0)).backward()
    np.testing.assert_allclose(w.grad.item(), 2 * X.sum())


@modes
def test_dtypes_are_those_of_the_parts(mode):
    J = ag.jacobian(lambda x: x * 2, mode=mode)(np.ones(2, np.float32))
    assert J.dtype == np.float32


# -- complex --------------------------------------------------------------------------------------

Z = rng.normal(size=3) + 1j * rng.normal(size=3)


@modes
def test_holomorphic_functions_have_their_complex_derivative(mode):
    J = array(ag.jacobian(lambda z: np.exp(z) * z[0], mode=mode)(Z))
    expected = np.diag(np.exp(Z) * Z[0]) + np.outer(np.exp(Z), [1, 0, 0])
    np.testing.assert_allclose(J, expected)


@modes
def test_complex_functions_of_real_arguments(mode):
    J = array(ag.jacobian(lambda x: np.exp(1j * x) * x[0], mode=mode)(X[:3]))
    x = X[:3]
    expected = np.diag(1j * np.exp(1j * x) * x[0]) + np.outer(np.exp(1j * x), [1, 0, 0])
    np.testing.assert_allclose(J, expected)


@modes
def test_real_functions_of_complex_arguments_have_rows_of_gradients(mode):
    def g(z):
        return np.stack([np.sum(np.abs(z) ** 2), np.real(z[0] * z[1])])

    J = array(ag.jacobian(g, mode=mode)(Z))
    for k in range(2):
        np.testing.assert_allclose(J[k], array(ag.grad(lambda z, k=k: g(z)[k])(Z)), atol=1e-15)


@modes
@pytest.mark.parametrize("g", [np.conj, lambda z: z * np.abs(z), lambda z: np.real(z) + 0j])
def test_functions_without_complex_derivative_say_so(mode, g):
    with pytest.raises(ValueError, match="not holomorphic"):
        ag.jacobian(g, mode=mode)(Z)


# -- hessian --------------------------------------------------------------------------------------


def test_hessian_of_a_quadratic_form():
    M = rng.normal(size=(4, 4))
    np.testing.assert_allclose(array(ag.hessian(lambda x: x @ M @ x)(X)), M + M.T)


def test_hessian_is_symmetric_and_agrees_with_reverse_over_reverse():
    def g(x):
        return np.sum(np.log(1 + np.exp(A @ np.sort(x)))) + np.prod(x) + np.linalg.norm(x)

    H = array(ag.hessian(g)(X))
    np.testing.assert_allclose(H, H.T, atol=1e-14)
    np.testing.assert_allclose(H, array(ag.jacobian(ag.grad(g), mode="reverse")(X)), atol=1e-14)
    np.testing.assert_allclose(H, array(ag.jacobian(ag.jacobian(g, mode="forward"))(X)), atol=1e-13)


def test_hessian_of_containers_and_of_several_arguments():
    p = {"W": A, "b": np.ones(3)}

    def g(p, x):
        return np.sum((p["W"] @ x + p["b"]) ** 3)

    H = ag.hessian(g, (0, 1))(p, X)
    assert H[0]["W"][0]["b"].shape == (3, 4, 3)
    assert H[0]["b"][1].shape == (3, 4)
    assert H[1][0]["b"].shape == (4, 3)
    z = A @ X + 1
    np.testing.assert_allclose(array(H[0]["b"][0]["b"]), np.diag(6 * z))
    np.testing.assert_allclose(array(H[1][1]), A.T @ np.diag(6 * z) @ A)
    np.testing.assert_allclose(array(H[1][0]["b"]), array(H[0]["b"][1]).T)
