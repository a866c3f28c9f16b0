"""What changes in steps (indices, masks, signs) is a constant in every mode, as it is in reverse.

Code that puts it into plain arrays, numbers and lists runs wherever ``ag.grad`` runs it.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([0.7, 0.2, 1.3])


def into(make):
    """Return a function that writes into a plain array of zeros, and weighs with it."""

    def weighed(x):
        out = np.zeros(3)
        make(x, out)
        return x * out

    return weighed


PROGRAMS = {
    "a row of a plain array": lambda x: np.eye(3)[np.argsort(x)] @ x,
    "a mask of a plain array": lambda x: x * np.arange(3.0)[x > 0.4].sum(),
    "np.take": lambda x: x * np.take(np.arange(3.0), np.argsort(x)),
    "np.array": lambda x: x * np.array([np.argmax(x), np.argmin(x), 2]),
    "np.asarray of floats": lambda x: x * np.asarray(np.floor(x) * 2.0),
    "int": lambda x: x * int(np.argmax(x)),
    "float": lambda x: x * float(np.floor(x[2])),
    "a key": lambda x: x * {0: 1.0, 1: 2.0, 2: 3.0}[int(np.argmax(x))],
    "out=": into(lambda x, out: np.floor(x, out=out)),
    "all entries": into(lambda x, out: out.__setitem__(slice(None), np.floor(x))),
    "masked entries": into(lambda x, out: out.__setitem__(x > 0.4, 2.0)),
    "np.copyto where": into(lambda x, out: np.copyto(out, 1.0, where=x > 0.4)),
    "adding to": into(lambda x, out: out.__iadd__(x > 0.4)),
    "a question": lambda x: x * (3.0 if np.sign(x).requires_grad else 2.0),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_every_mode_takes_it_for_a_constant(program):
    def cost(x):
        return np.sum(program(x) ** 2)

    weight = np.asarray(ag.jacobian(program, mode="reverse")(X))
    expected = 2 * weight.T @ (weight @ X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = {
            "grad": ag.grad(cost)(X),
            "forward": ag.jacobian(cost, mode="forward")(X),
            "checkpoint": ag.grad(ag.checkpoint(cost))(X),
            "checkpoint, forward": ag.jacobian(ag.checkpoint(cost), mode="forward")(X),
            "hvp": ag.hvp(cost, (X,), (X,))[0],
            "hessian": ag.hessian(cost)(X) @ X,
        }
        assert float(ag.jvp(cost, (X,), (X,))[1]) == pytest.approx(expected @ X)
    for mode, result in results.items():
        np.testing.assert_allclose(np.asarray(result), expected, err_msg=mode)


@pytest.mark.parametrize(
    "run", [lambda f: ag.grad(ag.checkpoint(f)), lambda f: lambda x: ag.jvp(f, (x,), (x,))]
)
def test_what_a_derivative_flows_through_still_refuses_to_be_a_plain_array(run):
    for lose in (np.asarray, lambda x: np.add(x, 1.0, out=np.zeros(3))):
        with pytest.raises(ag.NotDifferentiableError):
            run(lambda x, lose=lose: np.sum(x * lose(np.floor(x) + x)))(X)
    with pytest.warns(ag.GradientLostWarning):
        run(lambda x: np.sum(x * float(x[0])))(X)


def test_a_float_beside_a_whole_number_is_no_constant():
    @ag.primitive
    def parts(x):
        return np.floor(x).astype(int), x**2

    parts.defvjp(lambda g, out, x: 2 * x * g[1])
    with pytest.raises(ag.NotDifferentiableError):
        ag.grad(ag.checkpoint(lambda x: np.sum(x * np.asarray(parts(x)[1]))))(X)


def test_the_plain_array_of_a_constant_cannot_be_written_into():
    def changed(x):
        signs = np.sign(x)
        np.asarray(signs)[0] = 5.0
        return np.sum(x * signs)

    with pytest.raises(ValueError, match="read-only"):
        ag.jvp(changed, (X,), (X,))


def test_inside_vmap_a_constant_of_an_example_stays_unknown():
    for look in (
        lambda x: np.eye(3)[np.argsort(x)],
        lambda x: np.repeat(x, np.argsort(x)),
        lambda x: float(np.floor(x[0])),
        lambda x: np.floor(x, out=np.zeros(3)),
    ):
        with pytest.raises((ag.DataDependentError, ag.NotDifferentiableError)):
            ag.vmap(lambda x, look=look: np.sum(x * look(x)))(np.stack([X, -X]))
