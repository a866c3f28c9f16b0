"""What must hold for every operation of the tables, generated from the tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.operation import Op
from tests.ops.cases import (
    CONSTANT,
    DIFFERENTIABLE,
    Case,
    cases,
    constant_cases,
    directional,
    drawn,
    inner,
    is_drawn,
    like,
    results,
    seeded,
    value,
    weighted,
)

every = pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
every_constant = pytest.mark.parametrize("op", CONSTANT, ids=lambda op: op.name)
every_drawn = pytest.mark.parametrize(
    "op", [op for op in DIFFERENTIABLE if is_drawn(op)], ids=lambda op: op.name
)
CLOSE = {"rtol": 1e-6, "atol": 1e-8}


@pytest.fixture(autouse=True)
def _quiet():
    """Values outside a domain make NumPy warn, which is not what is tested here."""
    with np.errstate(all="ignore"):
        yield


def setup(case: Case, salt: int = 100) -> tuple[np.random.Generator, list[Any], list[Any]]:
    """Return a generator, weights for the results and a direction for the operands."""
    rng = seeded(case.op, salt)
    weights = [like(rng, out) for out in results(case.kernel(*case.points))]
    return rng, weights, [like(rng, point) for point in case.points]


@every
def test_value_is_that_of_the_kernel_and_operands_stay_as_they_are(op: Op):
    for case in cases(op):
        before = [np.array(point) for point in case.points]
        expected = case.kernel(*case.points)
        for requires_grad in (False, True):
            tensors = [ag.tensor(point, requires_grad=requires_grad) for point in case.points]
            out = case.at(*tensors)
            outs, wanted = (out, expected) if isinstance(expected, tuple) else ((out,), (expected,))
            for each, want in zip(outs, wanted, strict=True):
                assert isinstance(each, ag.Tensor)
                assert value(each).dtype == np.asarray(want).dtype
                assert each.shape == np.shape(want)
                np.testing.assert_array_equal(value(each), want, err_msg=case.label)
        for point, old in zip(case.points, before, strict=True):
            np.testing.assert_array_equal(point, old)


@every
def test_reverse_mode_agrees_with_numerical_derivatives(op: Op):
    for case in cases(op):
        _, weights, direction = setup(case)
        f = weighted(case, weights)
        gradients = ag.grad(f, argnums=tuple(range(len(case.points))))(*case.points)
        for k, g in enumerate(gradients):
            along = [d if j == k else np.zeros_like(d) for j, d in enumerate(direction)]
            (slope,) = directional(f, case.points, along)
            np.testing.assert_allclose(
                inner(value(g), direction[k]), slope, **CLOSE, err_msg=f"{case.label}, operand {k}"
            )


@every
def test_backward_fills_the_same_gradient_as_the_transformation(op: Op):
    for case in cases(op):
        _, weights, _ = setup(case)
        f = weighted(case, weights)
        tensors = [ag.tensor(point, requires_grad=True) for point in case.points]
        f(*tensors).backward()
        gradients = ag.grad(f, argnums=tuple(range(len(case.points))))(*case.points)
        for t, g in zip(tensors, gradients, strict=True):
            np.testing.assert_array_equal(value(t.grad), value(g), err_msg=case.label)


@every
def test_forward_mode_agrees_with_numerical_derivatives_operand_by_operand(op: Op):
    for case in cases(op):
        _, _, direction = setup(case)

        def f(*points: Any, case: Case = case) -> Any:
            return results(case.at(*points))

        for k in range(len(direction)):
            along = [d if j == k else np.zeros_like(d) for j, d in enumerate(direction)]
            _, tangents = ag.jvp(f, case.points, along)
            for tangent, slope in zip(tangents, directional(f, case.points, along), strict=True):
                np.testing.assert_allclose(
                    value(tangent), slope, **CLOSE, err_msg=f"{case.label}, operand {k}"
                )


@every
def test_forward_and_reverse_are_adjoint(op: Op):
    for case in cases(op):
        for dtype in (np.float64, np.complex128):
            adjoint(case.cast(dtype))


def adjoint(case: Case) -> None:
    if not runs(case):
        return
    _, weights, direction = setup(case)

    def f(*points: Any) -> Any:
        return results(case.at(*points))

    _, tangents = ag.jvp(f, case.points, direction)
    _, pullback = ag.vjp(f, *case.points)
    gradients = pullback(weights)
    forward = sum(inner(w, value(t)) for w, t in zip(weights, tangents, strict=True))
    reverse = sum(inner(value(g), d) for g, d in zip(gradients, direction, strict=True))
    np.testing.assert_allclose(forward, reverse, rtol=1e-10, atol=1e-12, err_msg=case.label)


def runs(case: Case) -> bool:
    """Return whether NumPy itself takes operands of these dtypes."""
    try:
        case.kernel(*case.points)
    except (TypeError, np.linalg.LinAlgError):
        return False
    return True


@every
def test_complex_step_confirms_the_derivative_to_rounding_where_the_function_is_analytic(op: Op):
    for case in cases(op):
        in_complex = case.cast(np.complex128)
        if not runs(in_complex):
            continue
        _, weights, direction = setup(case)
        h = 1e-30
        moved = [p + 1j * h * d for p, d in zip(case.points, direction, strict=True)]
        stepped = sum(
            np.sum(w * out)
            for w, out in zip(weights, results(in_complex.kernel(*moved)), strict=True)
        )
        exact = np.imag(stepped) / h
        f = weighted(case, weights)
        (slope,) = directional(f, case.points, direction)
        if not np.isclose(exact, slope, rtol=1e-5, atol=1e-7):
            continue  # not analytic, like an absolute value
        gradients = ag.grad(f, argnums=tuple(range(len(direction))))(*case.points)
        total = sum(inner(value(g), d) for g, d in zip(gradients, direction, strict=True))
        np.testing.assert_allclose(total, exact, rtol=1e-11, atol=1e-13, err_msg=case.label)


@every
def test_complex_gradients_are_the_direction_of_steepest_ascent(op: Op):
    for real_case in cases(op):
        case = real_case.cast(np.complex128)
        if not runs(case):
            continue
        _, weights, direction = setup(case)
        if not weights:
            continue
        f = weighted(case, weights)
        gradients = ag.grad(f, argnums=tuple(range(len(direction))))(*case.points)
        (slope,) = directional(f, case.points, direction)
        total = sum(inner(value(g), d) for g, d in zip(gradients, direction, strict=True))
        np.testing.assert_allclose(total, slope, **CLOSE, err_msg=case.label)


@every
def test_complex_tangents_agree_with_numerical_derivatives(op: Op):
    for real_case in cases(op):
        case = real_case.cast(np.complex128)
        if not runs(case):
            continue
        _, _, direction = setup(case)

        def f(*points: Any, case: Case = case) -> Any:
            return results(case.at(*points))

        _, tangents = ag.jvp(f, case.points, direction)
        for tangent, slope in zip(tangents, directional(f, case.points, direction), strict=True):
            np.testing.assert_allclose(value(tangent), slope, **CLOSE, err_msg=case.label)


@every
def test_second_derivatives_agree_in_all_compositions(op: Op):
    """Reverse over reverse and forward over reverse, with the derivative of the first."""
    for case in cases(op):
        _, weights, direction = setup(case)
        f = weighted(case, weights)
        argnums = tuple(range(len(direction)))
        first = ag.grad(f, argnums=argnums)
        numerical = directional(first, case.points, direction)

        def slope(*points: Any, first: Any = first, direction: list[Any] = direction) -> Any:
            parts = [inner(g, d) for g, d in zip(first(*points), direction, strict=True)]
            return sum(parts[1:], parts[0])

        reverse = ag.grad(slope, argnums=argnums)(*case.points)
        _, forward = ag.jvp(first, case.points, direction)
        for a, b, c in zip(reverse, forward, numerical, strict=True):
            np.testing.assert_allclose(value(a), c, rtol=1e-6, atol=1e-7, err_msg=case.label)
            np.testing.assert_allclose(value(b), c, rtol=1e-6, atol=1e-7, err_msg=case.label)


@every
def test_second_derivatives_forward_over_forward_and_reverse_over_forward(op: Op):
    for case in cases(op):
        _, weights, direction = setup(case)
        f = weighted(case, weights)

        def along(*points: Any, f: Any = f, direction: list[Any] = direction) -> Any:
            return ag.jvp(f, points, direction)[1]

        (curvature,) = directional(along, case.points, direction)
        _, forward = ag.jvp(along, case.points, direction)
        np.testing.assert_allclose(
            value(forward), curvature, rtol=1e-6, atol=1e-7, err_msg=case.label
        )
        gradients = ag.grad(along, argnums=tuple(range(len(direction))))(*case.points)
        reverse = sum(inner(value(g), d) for g, d in zip(gradients, direction, strict=True))
        np.testing.assert_allclose(reverse, curvature, rtol=1e-6, atol=1e-7, err_msg=case.label)


@every
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_gradients_have_the_dtype_and_shape_of_their_operand(op: Op, dtype: str):
    for plain_case in cases(op):
        case = plain_case.cast(dtype)
        if not runs(case):
            assert dtype != "float64"
            continue
        expected = results(case.kernel(*case.points))
        if not expected:
            continue
        outs = results(case.at(*[ag.tensor(p, requires_grad=True) for p in case.points]))
        assert [value(out).dtype for out in outs] == [np.asarray(e).dtype for e in expected]
        _, weights, direction = setup(case)
        tensors = [ag.tensor(point, requires_grad=True) for point in case.points]
        for w, out in zip(weights, results(case.at(*tensors)), strict=True):
            out.backward(w)
        for t in tensors:
            assert t.grad is not None, f"{case.label}: no gradient"
            assert value(t.grad).dtype == t.dtype, case.label
            assert t.grad.shape == t.shape, case.label

        def f(*points: Any, case: Case = case) -> Any:
            return results(case.at(*points))

        out, tangents = ag.jvp(f, case.points, direction)
        assert [value(t).dtype for t in tangents] == [value(o).dtype for o in out], case.label


@every
def test_operands_that_are_not_contiguous_give_the_same(op: Op):
    for case in cases(op):
        strided = []
        for point in case.points:
            wide = np.full(tuple(2 * n for n in point.shape), 7.0)
            view = wide.T[(slice(None, None, -2),) * point.ndim].T if point.ndim else wide
            view[...] = point
            strided.append(view)
        _, weights, _ = setup(case)
        argnums = tuple(range(len(strided)))
        f = weighted(case, weights)
        g = weighted(case.with_points(strided), weights)
        for a, b in zip(
            ag.grad(f, argnums)(*case.points), ag.grad(g, argnums)(*strided), strict=True
        ):
            np.testing.assert_allclose(value(a), value(b), rtol=1e-12, atol=1e-14)


@every
def test_the_same_tensor_as_every_operand_gets_the_sum_of_their_gradients(op: Op):
    for case in cases(op):
        shapes = {point.shape for point in case.points}
        if len(case.points) < 2 or len(shapes) > 1:
            continue
        same = [case.points[-1]] * len(case.points)
        _, weights, _ = setup(case)
        f = weighted(case.with_points(same), weights)
        apart = ag.grad(f, argnums=tuple(range(len(same))))(*same)
        n = len(same)
        together = ag.grad(lambda x, n=n, f=f: f(*[x] * n))(same[0])
        np.testing.assert_allclose(
            value(together), sum(value(each) for each in apart), rtol=1e-12, atol=1e-14
        )


@every
def test_constants_among_the_operands_change_no_gradient(op: Op):
    """What is not recorded may be a plain array, a Tensor, or (0-d) a Python number."""
    for case in cases(op):
        if len(case.points) < 2:
            continue
        _, weights, _ = setup(case)
        f = weighted(case, weights)
        whole = ag.grad(f, argnums=tuple(range(len(case.points))))(*case.points)
        for k, expected in enumerate(whole):
            x = ag.tensor(case.points[k], requires_grad=True)
            others = [
                float(p) if p.ndim == 0 else ag.tensor(p) if j % 2 else p
                for j, p in enumerate(case.points)
            ]
            others[k] = x
            f(*others).backward()
            np.testing.assert_allclose(value(x.grad), value(expected), rtol=1e-12, atol=1e-14)


EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 1e3, -1e3, 1e300, -1e300)


@every_drawn
def test_nothing_flows_back_where_nothing_was_asked(op: Op):
    """A cotangent of 0 gives a gradient of 0, at edges of domains, outside, and on overflow."""
    for at in EDGES:
        case = drawn(op, [(3,)] * len(op.inputs), "edges")
        for k in range(len(case.points)):
            points = [np.array(p) for p in case.points]
            points[k][1] = at
            edge = case.with_points(points)
            weights = np.array([1.0, 0.0, 1.0])
            f = weighted(edge, [weights])
            gradients = ag.grad(f, argnums=tuple(range(len(points))))(*points)
            for g in gradients:
                assert value(g)[1] == 0, f"{op.name} with operand {k} = {at}: {value(g)}"


@every_constant
def test_constant_operations_have_numpys_value_and_are_not_recorded(op: Op):
    for case in constant_cases(op):
        expected = case.kernel()
        tensors = [
            ag.tensor(each, requires_grad=np.asarray(each).dtype.kind == "f")
            for each in case.operands
        ]
        if op.variadic:
            out = op(tensors, **case.params)
        else:
            out = op(**dict(zip(op.inputs, tensors, strict=True)), **case.params)
        assert isinstance(out, ag.Tensor)
        assert not out.requires_grad
        assert out.dtype == np.asarray(expected).dtype
        np.testing.assert_array_equal(out.numpy(), expected)
        total = np.sum(out * 1.0)
        for t in tensors:
            total = total + np.sum(t)
        floats = [t for t in tensors if t.requires_grad]
        if floats:
            total.backward()
        for t in floats:
            np.testing.assert_array_equal(t.grad.numpy(), np.ones(t.shape))
