"""grad, value_and_grad, vjp, jvp and hvp: what goes in, what comes out, what is refused."""

from __future__ import annotations

import dataclasses
import threading
import types
from collections import OrderedDict, defaultdict, namedtuple
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([0.5, -1.5, 2.0])


def cubes(x):
    return np.sum(x**3)


def array(t):
    assert isinstance(t, ag.Tensor)
    assert not t.requires_grad
    return np.asarray(t)


# -- containers and arguments ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Layer:
    W: np.ndarray
    b: np.ndarray
    scale: float = 1.0


Pair = namedtuple("Pair", "left right")


def test_gradients_are_built_like_the_argument():
    tree = {
        "layers": [Layer(np.eye(2), np.ones(2)), Layer(2 * np.eye(2), np.zeros(2), 3.0)],
        "pair": Pair(1.5, (np.float32(2.0), None)),
        "ordered": OrderedDict(z=np.ones(1), a=np.ones(1)),
    }

    def f(p):
        total = p["pair"].left ** 2 + p["pair"].right[0] * p["ordered"]["z"][0]
        for layer in p["layers"]:
            total = total + layer.scale * np.sum(layer.W @ layer.b)
        return total

    g = ag.grad(f)(tree)
    assert list(g) == list(tree)
    assert all(type(layer) is Layer for layer in g["layers"])
    assert isinstance(g["pair"], Pair)
    assert g["pair"].right[1] is None
    assert isinstance(g["ordered"], OrderedDict)
    assert list(g["ordered"]) == ["z", "a"]
    np.testing.assert_array_equal(array(g["layers"][0].b), [1, 1])
    np.testing.assert_array_equal(array(g["layers"][1].b), [6, 6])
    assert array(g["layers"][1].scale) == 0
    assert array(g["pair"].left) == 3
    assert g["pair"].right[0].dtype == np.float32
    np.testing.assert_array_equal(array(g["ordered"]["a"]), [0])


@dataclasses.dataclass(slots=True)
class Checked:
    scale: float
    twice: float = dataclasses.field(init=False)

    def __post_init__(self):
        if not isinstance(self.scale, float):
            raise TypeError("scale is a float")
        self.twice = 2 * self.scale


def test_containers_with_a_will_of_their_own():
    counts = defaultdict(list, a=X)
    g = ag.grad(lambda p: np.sum(p["a"] ** 2) + sum(p["missing"]))(counts)
    assert isinstance(g, defaultdict)
    np.testing.assert_array_equal(array(g["a"]), 2 * X)
    assert g["another"] == []
    g = ag.grad(lambda c: c.scale * c.twice)(Checked(3.0))
    assert (array(g.scale), array(g.twice)) == (6, 3)


def test_unused_inputs_have_zeros():
    g = ag.grad(lambda p: np.sum(p["used"]))({"used": X, "unused": np.ones((2, 1), np.float32)})
    assert (g["unused"].shape, g["unused"].dtype) == ((2, 1), np.float32)
    assert not array(g["unused"]).any()
    assert array(ag.grad(lambda x: 3.0)(1.0)) == 0


def test_an_empty_container_has_an_empty_gradient():
    assert ag.grad(lambda p, x: np.sum(x))({}, X) == {}


@pytest.mark.parametrize("argnums", [0, 1, -1, (0, 1), [1, 0], (1,)])
def test_argnums_choose(argnums):
    g = ag.grad(lambda x, y: x * y**2, argnums)(2.0, 3.0)
    both = (9.0, 12.0)
    if isinstance(argnums, int):
        assert array(g) == both[argnums]
    else:
        assert tuple(array(each).item() for each in g) == tuple(both[k] for k in argnums)


@pytest.mark.parametrize("transform", [ag.grad, ag.value_and_grad, ag.jacobian, ag.hessian, ag.vjp])
def test_what_is_no_function_is_refused_at_once(transform):
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError, match=r"take a function, not Tensor; .* J\.backward\(\)"):
        transform(np.sum(x * x))


def test_a_hook_that_is_no_function_is_refused_at_once():
    with pytest.raises(TypeError, match="a hook is a function of the gradient, not int"):
        ag.tensor(1.0, requires_grad=True).register_hook(3)


def test_argnums_out_of_range_are_named():
    with pytest.raises(ValueError, match="argnums=2, but cubes was called with 1 positional arg"):
        ag.grad(cubes, 2)(X)


@pytest.mark.parametrize("argnums", ["x", 1.0, ("x",)])
def test_argnums_are_ints(argnums):
    with pytest.raises(TypeError, match="argnums is an int or several, not"):
        ag.grad(cubes, argnums)(X)


def test_keyword_arguments_pass_through():
    assert array(ag.grad(lambda x, *, power: x**power)(2.0, power=3)) == 12


def test_the_function_keeps_its_name_and_docstring():
    def cost(x):
        """How bad it is."""
        return x * x

    assert ag.grad(cost).__name__ == "cost"
    assert ag.grad(cost).__doc__ == "How bad it is."


def test_has_aux_gives_the_rest_undifferentiated():
    def f(x):
        return np.sum(x**2), {"twice": 2 * x, "note": "text", "n": 3}

    (value, aux), g = ag.value_and_grad(f, has_aux=True)(X)
    np.testing.assert_array_equal(array(aux["twice"]), 2 * X)
    assert (aux["note"], aux["n"]) == ("text", 3)
    assert array(value) == np.sum(X**2)
    np.testing.assert_array_equal(array(g), 2 * X)
    g, aux = ag.grad(f, has_aux=True)(X)
    np.testing.assert_array_equal(array(g), 2 * X)
    with pytest.raises(TypeError, match=r"must return \(value, aux\)"):
        ag.grad(cubes, has_aux=True)(X)


# -- what is refused, in words --------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.arange(3), np.array([True]), True, "text", np.int64(3)])
def test_arguments_without_derivative_are_refused(value):
    with pytest.raises(TypeError, match=r"argument 0 of .*which has no derivative"):
        ag.grad(lambda x: 1.0)(value)


def test_the_refused_leaf_is_named_by_its_path():
    with pytest.raises(TypeError, match=r"\['steps'\]\[1\] holds int64"):
        ag.grad(lambda p: 1.0)({"steps": [1.0, np.arange(2)]})


def test_a_mapping_that_is_no_dict_is_named_and_so_is_the_way_out():
    given = types.MappingProxyType({"w": X})
    with pytest.raises(TypeError, match=r"holds the mappingproxy .*pass a dict of floats"):
        ag.grad(lambda p: np.sum(p["w"]))(given)
    assert ag.grad(lambda p: np.sum(p["w"]))(dict(given))["w"].shape == X.shape


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: x, r"must return a scalar .* it returned shape \(3,\)"),
        (lambda x: [x[0]], "it returned a list"),
        (lambda x: None, "it returned a NoneType"),
        (lambda x: "text", "it returned a str"),
        (lambda x: (each for each in x), "it returned a generator"),
        (lambda x: np.argmax(x), "returned int64, which has no gradient"),
        (lambda x: np.sum(x) > 0, "returned bool, which has no gradient"),
        (lambda x: np.sum(x) * 1j, "returned a complex number"),
    ],
)
def test_results_without_gradient_are_refused(f, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ag.grad(f)(X)


def test_jvp_and_vjp_refuse_results_that_are_not_numbers():
    for f in (lambda x: "text", lambda x: {"a": (each for each in x)}):
        with pytest.raises(TypeError, match="must return arrays or numbers"):
            ag.vjp(f, X)
        with pytest.raises(TypeError, match="must return arrays or numbers"):
            ag.jvp(f, (X,), (X,))


def test_tangents_and_cotangents_must_fit():
    with pytest.raises(ValueError, match="built like the arguments"):
        ag.jvp(cubes, (X,), ([X],))
    with pytest.raises(ValueError, match=r"expected shape \(3,\), got \(2,\)"):
        ag.jvp(cubes, (X,), (X[:2],))
    _, pullback = ag.vjp(lambda x: {"y": x}, X)
    with pytest.raises(ValueError, match="built like the result"):
        pullback(X)
    with pytest.raises(ValueError, match=r"expected shape \(3,\), got \(\)"):
        pullback({"y": 1.0})


def test_a_tangent_or_cotangent_that_does_not_fit_is_named():
    p = {"W": X, "b": 1.0}
    with pytest.raises(
        ValueError, match=r"tangent of argument \[0\]\['W'\]: expected shape \(3,\)"
    ):
        ag.jvp(lambda p: p["W"] * p["b"], (p,), ({"W": 1.0, "b": 1.0},))
    _, pullback = ag.vjp(lambda x: {"y": x, "z": x}, X)
    with pytest.raises(ValueError, match=r"cotangent of result\['z'\]: expected shape \(3,\)"):
        pullback({"y": X, "z": 1.0})


def test_dicts_may_hold_tangents_and_cotangents_in_another_order():
    p, v = {"a": X, "b": 2.0}, {"b": 1.0, "a": X}
    _, tangent = ag.jvp(lambda p: np.sum(p["a"] * p["b"]), (p,), (v,))
    assert tangent == np.sum(2 * X + X)
    _, pullback = ag.vjp(lambda x: {"y": x, "z": np.sum(x)}, X)
    np.testing.assert_array_equal(array(pullback({"z": 10.0, "y": X})[0]), X + 10)


@pytest.mark.parametrize("call", [
    lambda: ag.jvp(cubes, X, X), lambda: ag.hvp(cubes, 2.0, 1.0), lambda: ag.jvp(cubes, (X,), X),
    lambda: ag.hvp(cubes, {"a": X}, {"a": X}),
])  # fmt: skip
def test_arguments_that_do_not_come_as_a_tuple_are_refused(call):
    with pytest.raises(
        TypeError, match=r"must be a tuple .* ag\.(jvp|hvp)\(cubes, \(x,\), \(v,\)\)"
    ):
        call()


@pytest.mark.parametrize("call", [
    lambda f: ag.grad(f, (0, 0))(X, X), lambda f: ag.jacobian(f, (0, -2))(X, X),
    lambda f: ag.hessian(f, (1, 1))(X, X), lambda f: ag.numerical_grad(f, X, X, argnums=(0, -2)),
])  # fmt: skip
def test_an_argument_chosen_twice_is_refused(call):
    """It would be two inputs of which the function sees one, and the other's gradient 0."""

    def f(x, y):
        return np.sum(x**2 * y)

    with pytest.raises(ValueError, match="chooses an argument of f twice"):
        call(f)


# -- what comes out -------------------------------------------------------------------------------


def test_results_are_tensors_and_not_recorded():
    x = ag.tensor(X, requires_grad=True)
    out, pullback = ag.vjp(lambda t: {"a": t * 2, "b": 3.0, "c": np.sum(t)}, x)
    array(out["a"]), array(out["b"]), array(out["c"])
    array(pullback({"a": X, "b": 0.0, "c": 1.0})[0])
    primal, tangent = ag.jvp(cubes, (x,), (X,))
    array(primal), array(tangent)
    array(ag.grad(cubes)(x))
    array(ag.hvp(cubes, (x,), (X,))[0])
    assert x.grad is None


def test_results_are_recorded_where_an_outer_transformation_records():
    def outer(x):
        inner = ag.grad(cubes)(x)
        assert inner.requires_grad
        return np.sum(inner**2)

    np.testing.assert_allclose(array(ag.grad(outer)(X)), 36 * X**3)


def test_a_pullback_can_be_called_again():
    _, pullback = ag.vjp(np.sin, X)
    first, again, twice = pullback(X), pullback(X), pullback(2 * X)
    np.testing.assert_array_equal(array(first[0]), array(again[0]))
    np.testing.assert_array_equal(2 * array(first[0]), array(twice[0]))


def test_a_pullback_is_linear_and_itself_differentiable():
    _, pullback = ag.vjp(lambda x: x**2, X)
    g = ag.grad(lambda ct: np.sum(pullback(ct)[0]))(np.ones(3))
    np.testing.assert_allclose(array(g), 2 * X)


def test_vjp_inside_a_transformation_keeps_its_connection_to_the_primals():
    def f(x):
        _, pullback = ag.vjp(lambda t: t**3, x)
        return np.sum(pullback(np.ones(3))[0])

    np.testing.assert_allclose(array(ag.grad(f)(X)), 6 * X)


def test_inputs_returned_unchanged_and_outputs_used_twice():
    out, pullback = ag.vjp(lambda x, y: (x, x, y, x * y), X, 2 * X)
    one = np.ones(3)
    gx, gy = pullback((one, 2 * one, 3 * one, 4 * one))
    np.testing.assert_allclose(array(gx), 3 + 4 * 2 * X)
    np.testing.assert_allclose(array(gy), 3 + 4 * X)
    out, tangent = ag.jvp(lambda x: (x, x), (X,), (one,))
    np.testing.assert_array_equal(array(tangent[0]), one)
    np.testing.assert_array_equal(array(out[1]), X)
    assert array(ag.grad(lambda x: x)(2.0)) == 1


def test_integer_results_pass_beside_others():
    out, pullback = ag.vjp(lambda x: (np.argmax(x), x * 2), X)
    assert out[0].dtype == np.int64
    np.testing.assert_array_equal(array(pullback((0, np.ones(3)))[0]), [2, 2, 2])
    out, tangent = ag.jvp(lambda x: (np.argmax(x), x * 2), (X,), (X,))
    assert array(tangent[0]) == 0
    np.testing.assert_array_equal(array(tangent[1]), 2 * X)


def test_gradients_have_the_dtype_and_shape_of_their_argument():
    for dtype in (np.float16, np.float32, np.float64, np.complex64, np.complex128):
        x = np.ones((2, 1), dtype)
        for g in (ag.grad(lambda t: np.sum(np.real(t * t) * 2.0))(x),
                  ag.vjp(lambda t: t * 2, x)[1](x)[0]):  # fmt: skip
            assert (g.dtype, g.shape) == (x.dtype, x.shape)


# -- what the function may do ---------------------------------------------------------------------


def test_a_function_may_write_into_its_arguments_which_keep_their_values():
    def f(x):
        x += 1
        x[0] = 2 * x[1]
        x[1:] *= x[0]
        return np.sum(x**2)

    def pure(x):
        x = x + 1
        first = 2 * x[1]
        return first**2 + np.sum((x[1:] * first) ** 2)

    for x in (X.copy(), X.copy()[::-1], ag.tensor(X), ag.tensor(X, requires_grad=True)):
        before = np.array(x if isinstance(x, np.ndarray) else x.data)
        np.testing.assert_allclose(array(ag.grad(f)(x)), array(ag.grad(pure)(x)))
        _, t = ag.jvp(f, (x,), (np.ones(3),))
        np.testing.assert_allclose(array(t), np.sum(array(ag.grad(pure)(x))))
        np.testing.assert_array_equal(x if isinstance(x, np.ndarray) else x.data, before)
    np.testing.assert_allclose(
        array(ag.grad(lambda x: np.sum(ag.grad(f)(x)))(X)),
        array(ag.grad(lambda x: np.sum(ag.grad(pure)(x)))(X)),
    )


def test_an_array_that_the_function_changes_after_use_does_not_spoil_the_gradient():
    held = X.copy()

    def f(x):
        y = np.sum(x * x)
        held[:] = 100.0
        return y

    np.testing.assert_array_equal(array(ag.grad(f)(held)), 2 * X)


def test_a_large_array_is_guarded_instead():
    held = np.ones(100_000)

    def f(x):
        y = np.sum(x * x)
        held[:] = 100.0
        return y

    with pytest.raises(ValueError, match="read-only"):
        ag.grad(f)(held)
    held[0] = 2.0  # free again


def test_closures_over_recorded_tensors_are_constants_and_their_grad_stays():
    w = ag.tensor(X, requires_grad=True)
    np.testing.assert_array_equal(array(ag.grad(lambda x: np.sum(w * x))(X)), X)
    assert w.grad is None


def test_detach_and_no_grad_inside_stop_the_derivative():
    def f(x):
        with ag.no_grad():
            a = x * x
        return np.sum(a * x + x.detach() * x)

    np.testing.assert_allclose(array(ag.grad(f)(X)), X**2 + X)
    np.testing.assert_allclose(array(ag.jvp(f, (X,), (X,))[1]), np.sum((X**2 + X) * X))


def test_a_transformation_records_under_no_grad():
    with ag.no_grad():
        np.testing.assert_allclose(array(ag.grad(cubes)(X)), 3 * X**2)
        assert not ag.is_grad_enabled()


def test_what_raises_leaves_the_context_as_it_was():
    def f(x):
        raise RuntimeError("user's own")

    for call in (
        lambda: ag.grad(f)(X), lambda: ag.jvp(f, (X,), (X,)), lambda: ag.vmap(f)(X),
        lambda: ag.checkpoint(f)(ag.tensor(X, requires_grad=True)), lambda: ag.jacobian(f)(X),
    ):  # fmt: skip
        with pytest.raises(RuntimeError, match="user's own"):
            call()
    assert not ag.grad(cubes)(X).requires_grad


def test_threads_do_not_disturb_each_other():
    found = {}

    def work(k):
        found[k] = [array(ag.grad(ag.grad(lambda x: x**3))(float(k))).item() for _ in range(20)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [6.0 * k] * 20 for k in range(4)}


# -- perturbation confusion -----------------------------------------------------------------------


@pytest.mark.parametrize("outer", ["reverse", "forward"])
@pytest.mark.parametrize("inner", ["reverse", "forward"])
def test_inner_and_outer_perturbations_are_kept_apart(outer, inner):
    modes = {
        "reverse": lambda f, x: ag.grad(f)(x),
        "forward": lambda f, x: ag.jvp(f, (x,), (1.0,))[1],
    }
    d, e = modes[outer], modes[inner]
    assert array(d(lambda x: x * e(lambda y: x + y, 1.0), 1.0)) == 1
    assert array(d(lambda x: x * e(lambda y: x * y, 2.0), 3.0)) == 6
    assert array(d(lambda x: e(lambda y: x, 1.0) + x, 1.0)) == 1


# -- hooks and anomalies --------------------------------------------------------------------------


def test_hooks_see_and_replace_gradients_inside_transformations():
    seen = []

    def f(x):
        y = x * 2
        y.register_hook(lambda g: seen.append(np.asarray(g.detach())) or 10 * g)
        return np.sum(y * y)

    np.testing.assert_allclose(array(ag.grad(f)(X)), 80 * X)
    np.testing.assert_allclose(seen[0], 4 * X)
    inner = ag.grad(lambda x: np.sum(ag.grad(f)(x)))(
        X
    )  # the hook is part of what is differentiated
    np.testing.assert_allclose(array(inner), np.full(3, 800.0))


def test_a_hook_on_an_argument_sees_its_whole_gradient():
    seen = []

    def f(x):
        x.register_hook(lambda g: seen.append(np.asarray(g)))
        return np.sum(x * x) + np.sum(x)

    ag.grad(f)(X)
    np.testing.assert_allclose(seen, [2 * X + 1])


def line_of(marker: str) -> str:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(f":{k}" for k, text in enumerate(lines, 1) if text.endswith(f"# {marker}"))


def bad_forward(x):
    y = x - x
    z = np.log(y)  # cause
    return np.sum(np.exp(z) * z + 1)


def bad_backward(x):
    y = x - x
    z = np.sqrt(y)  # root
    return np.sum(z * 2.0)


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: ag.grad(f)(X), lambda f: ag.jvp(f, (X,), (X,)), lambda f: ag.vjp(f, X),
        lambda f: ag.hessian(f)(X), lambda f: ag.checkpoint(f)(ag.tensor(X, requires_grad=True)),
        lambda f: ag.vmap(f)(np.stack([X, X])),
    ],
)  # fmt: skip
def test_the_first_bad_value_is_named_with_its_line(transform):
    with np.errstate(all="ignore"), ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as error:
        transform(bad_forward)
    assert "log" in str(error.value)
    assert f"{__file__}{line_of('cause')}" in str(error.value)


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: ag.grad(f)(X), lambda f: ag.vjp(f, X)[1](1.0), lambda f: ag.jacobian(f)(X),
        lambda f: ag.checkpoint(f)(ag.tensor(X, requires_grad=True)).backward(),
        lambda f: ag.grad(ag.checkpoint(f))(X),
        lambda f: ag.grad(lambda x: np.sum(ag.grad(f)(x)))(X),
        lambda f: ag.vmap(ag.grad(f))(np.stack([X, X])),
    ],
)  # fmt: skip
def test_the_first_bad_gradient_is_named_with_the_line_of_its_operation(transform):
    with np.errstate(all="ignore"), ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as error:
        transform(bad_backward)
    assert "sqrt" in str(error.value)
    assert f"{__file__}{line_of('root')}" in str(error.value)


def test_only_the_bad_example_of_a_batch_is_bad():
    def f(x):
        return np.sum(np.sqrt(x))  # deep

    batch = np.stack([X**2, X**2, 0 * X])
    with ag.detect_anomaly():
        ag.vmap(ag.grad(f))(batch[:2])
        for call in (ag.vmap(ag.grad(f)), ag.vmap(lambda x: ag.jvp(f, (x,), (x + 1,))[1])):
            with pytest.raises(ag.AnomalyError, match="of sqrt") as error:
                call(batch)
            assert f"{__file__}{line_of('deep')}" in str(error.value)
        with (
            np.errstate(all="ignore"),
            pytest.raises(ag.AnomalyError, match=r"^log made -inf at entry \(2, 0\)"),
        ):
            ag.vmap(np.log)(batch)


def test_infinite_tangents_that_a_mask_leaves_out_are_no_anomaly():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    with ag.detect_anomaly():
        x = np.array([0.0, 4.0])
        assert ag.jvp(f, (x,), (np.ones(2),))[1].item() == 0.25
        np.testing.assert_allclose(array(ag.hessian(f)(x)), np.diag([0, -1 / 32]))
        with pytest.raises(ag.AnomalyError, match="the tangent of sqrt"):
            ag.jvp(np.sqrt, (x,), (np.ones(2),))


def test_infinities_that_a_rule_computes_and_does_not_use_are_no_anomaly():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(np.abs(x)), 0.0))

    x = np.array([0.0, 4.0])
    with ag.detect_anomaly():
        np.testing.assert_allclose(array(ag.grad(f)(x)), [0, 0.25])
        np.testing.assert_allclose(array(ag.jvp(f, (x,), (np.ones(2),))[1]), 0.25)
        np.testing.assert_allclose(array(ag.hessian(f)(x)), np.diag([0, -1 / 32]))
        np.testing.assert_allclose(array(ag.vmap(ag.grad(f))(np.stack([x, x])))[1], [0, 0.25])


# -- any order, any composition -------------------------------------------------------------------


def forward(f):
    return lambda x: ag.jvp(f, (x,), (np.ones_like(x),))[1]


def reverse(f):
    return lambda x: ag.grad(f)(x)


def smooth(x):
    return np.sin(x) * np.exp(x / 3) + np.log(2 + x * x) / (1 + x**4)


@pytest.mark.parametrize("names", ["RR", "RF", "FR", "FF", "RRR", "RRF", "RFR", "RFF", "FRR", "FRF",
                                   "FFR", "FFF", "RFRF", "FRFR"])  # fmt: skip
def test_derivatives_of_scalars_in_every_order_of_modes(names):
    f = smooth
    for name in names:
        f = (reverse if name == "R" else forward)(f)
    x, order = 0.7, len(names)
    # Taylor coefficients by Fourier transform on a circle inside the domain of analyticity
    points = x + 0.5 * np.exp(2j * np.pi * np.arange(256) / 256)
    coefficient = np.fft.fft(smooth(points))[order] / 256 / 0.5**order
    expected = coefficient.real * np.prod(np.arange(1, order + 1))
    np.testing.assert_allclose(array(f(x)), expected, rtol=1e-9)


def test_third_derivatives_of_arrays_agree_in_every_order_of_modes():
    rng = np.random.default_rng(0)
    A, v, w = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)

    def f(x):
        return np.sum(np.tanh(A @ x) * np.cumsum(x)) + np.prod(x) + np.max(x) * x[0] ** 2

    def along(direction):
        return {
            "F": lambda f: lambda x: ag.jvp(f, (x,), (direction,))[1],
            "R": lambda f: lambda x: np.sum(ag.grad(f)(x) * direction),
        }

    found = []
    for third in "FR":
        for second in "FR":
            for first in "FR":
                g = along(v)[third](along(w)[second](along(X)[first](f)))
                found.append(array(g(X)).item())
    np.testing.assert_allclose(found, found[0], rtol=1e-10)


def test_hvp_is_the_hessian_times_vectors_and_built_like_the_primals():
    rng = np.random.default_rng(1)
    p = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}
    v = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}

    def f(p, x):
        return np.sum(np.tanh(p["W"] @ x + p["b"]) ** 2)

    got, by_x = ag.hvp(f, (p, X), (v, np.zeros(3)))
    H = ag.hessian(f)(p, X)
    for name in p:
        expected = sum(
            np.tensordot(np.asarray(H[name][other]), v[other], v[other].ndim) for other in p
        )
        np.testing.assert_allclose(array(got[name]), expected)
    assert by_x.shape == (3,)


def test_complex_arguments_descend_and_holomorphic_pullbacks_conjugate():
    z = np.array([1.0 + 2j, -0.5j])
    np.testing.assert_allclose(array(ag.grad(lambda z: np.sum(np.abs(z) ** 2))(z)), 2 * z)
    _, pullback = ag.vjp(lambda z: z**2, z)
    np.testing.assert_allclose(array(pullback(np.ones(2, complex))[0]), np.conj(2 * z))
    _, tangent = ag.jvp(lambda z: z**2, (z,), (1j * np.ones(2),))
    np.testing.assert_allclose(array(tangent), 2j * z)


def test_jacobians_and_hessians_by_several_arguments_are_built_of_tuples() -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    found = ag.jacobian(lambda a, b: {"product": a * b, "first": a}, argnums=(0, 1))(x, y)
    assert type(found["product"]) is tuple
    by_x, by_y = found["product"]
    assert np.array_equal(by_x.numpy(), np.diag(y))
    assert np.array_equal(by_y.numpy(), np.diag(x))
    assert [each.shape for each in found["first"]] == [(2, 2), (2, 2)]
    second = ag.hessian(lambda a, b: np.sum(a * b**2), argnums=(0, 1))(x, y)
    assert [type(each) for each in (second, *second)] == [tuple] * 3
    assert np.array_equal(second[0][1].numpy(), np.diag(2 * y))
    by_parts = ag.hessian(lambda p: np.sum(p["a"] * p["b"] ** 2))({"a": x, "b": y})
    assert np.array_equal(by_parts["b"]["b"].numpy(), np.diag(2 * x))
