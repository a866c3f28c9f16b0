"""primitive: operations with derivative rules of one's own."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([0.5, -1.5, 2.0])


def array(t):
    return np.asarray(t.detach() if isinstance(t, ag.Tensor) else t)


def product(rules):
    @ag.primitive
    def scaled(x, y, *, power=1):
        """Multiply."""
        return x * y**power

    if "vjp" in rules:
        scaled.defvjp(
            lambda g, out, x, y, power: g * y**power,
            lambda g, out, x, y, power: g * x * power * y ** (power - 1),
        )
    if "jvp" in rules:
        scaled.defjvp(
            lambda t, out, x, y, power: t * y**power,
            lambda t, out, x, y, power: t * x * power * y ** (power - 1),
        )
    return scaled


every = pytest.mark.parametrize("rules", ["vjp", "jvp", "vjp jvp"])


@every
def test_all_transformations_work_with_either_rule(rules):
    f = product(rules)
    Y = X[::-1].copy()

    def ours(x, y):
        return np.sum(np.sin(f(x, y, power=3)))

    def plain(x, y):
        return np.sum(np.sin(x * y**3))

    assert array(f(X, Y)).tolist() == (X * Y).tolist()
    for derive in (
        lambda f: ag.grad(f)(X, Y), lambda f: ag.grad(f, 1)(X, Y),
        lambda f: ag.jvp(f, (X, Y), (Y, X))[1], lambda f: ag.hessian(f, 1)(X, Y),
        lambda f: ag.hvp(f, (X, Y), (Y, X))[1],
        lambda f: ag.jacobian(ag.grad(f, 1), mode="reverse")(X, Y),
        lambda f: ag.vmap(ag.grad(f, 1), (0, None))(np.stack([X, Y]), Y),
        lambda f: ag.grad(lambda y: np.sum(ag.vmap(f, (0, None))(np.stack([X, Y]), y)))(Y),
        lambda f: ag.grad(ag.checkpoint(f), 1)(X, Y),
        lambda f: ag.grad(lambda y: np.sum(ag.hessian(f, 1)(X, y)))(Y),
    ):  # fmt: skip
        np.testing.assert_allclose(array(derive(ours)), array(derive(plain)), atol=1e-12)
    assert ag.gradcheck(ours, X, Y)
    assert ag.gradcheck(ours, X, Y, order=2)


def test_it_is_one_named_operation_at_the_users_line():
    f = product("vjp")
    x = ag.tensor(X, requires_grad=True, name="x")
    node = ag.graph(f(x, 2.0)).nodes[-1]  # here
    assert node.op.name == "scaled"
    assert node.source.file == __file__
    assert "# here" in Path(__file__).read_text(encoding="utf-8").splitlines()[node.source.line - 1]
    assert (f.__name__, f.__doc__) == ("scaled", "Multiply.")
    assert repr(f) == "<primitive scaled(x, y, power)>"


def test_arguments_may_come_by_name_or_default():
    f = product("vjp")
    np.testing.assert_allclose(array(ag.grad(lambda x: np.sum(f(y=2.0, x=x)))(X)), [2, 2, 2])


def test_backward_and_broadcasting():
    f = product("vjp")
    x, y = ag.tensor(np.ones((2, 3)), requires_grad=True), ag.tensor(X, requires_grad=True)
    f(x, y).sum().backward()
    np.testing.assert_allclose(array(x.grad), np.broadcast_to(X, (2, 3)))
    np.testing.assert_allclose(array(y.grad), [2, 2, 2])


def test_the_function_may_do_what_no_tensor_can():
    @ag.primitive
    def root(a):
        """Newton's method, in plain Python."""
        x = max(float(a), 1.0)
        while abs(x * x - a) > 1e-15 * a:
            x = 0.5 * (x + float(a) / x)
        return x

    root.defvjp(lambda g, out, a: g / (2 * out))
    assert array(root(ag.tensor(2.0))) == pytest.approx(math.sqrt(2))
    assert array(ag.grad(root)(2.0)) == pytest.approx(0.5 / math.sqrt(2))
    assert array(ag.grad(ag.grad(root))(2.0)) == pytest.approx(-0.25 * 2**-1.5)
    np.testing.assert_allclose(array(ag.vmap(root)(np.array([4.0, 9.0]))), [2, 3])


@every
def test_several_results(rules):
    @ag.primitive
    def polar(x, y):
        return np.hypot(x, y), np.arctan2(y, x)

    if "vjp" in rules:
        polar.defvjp(
            lambda g, out, x, y: g[0] * x / out[0] - g[1] * y / out[0] ** 2,
            lambda g, out, x, y: g[0] * y / out[0] + g[1] * x / out[0] ** 2,
        )
    if "jvp" in rules:
        polar.defjvp(
            lambda t, out, x, y: (t * x / out[0], -t * y / out[0] ** 2),
            lambda t, out, x, y: (t * y / out[0], t * x / out[0] ** 2),
        )

    def ours(x, y):
        r, angle = polar(x, y)
        return np.sum(r**3 * np.sin(angle))

    def plain(x, y):
        return np.sum(np.hypot(x, y) ** 3 * np.sin(np.arctan2(y, x)))

    Y = np.array([1.0, 2.0, -0.5])
    for k in (0, 1):
        for derive in (ag.grad, ag.hessian):
            np.testing.assert_allclose(
                array(derive(ours, k)(X, Y)), array(derive(plain, k)(X, Y)), atol=1e-12
            )
    np.testing.assert_allclose(
        array(ag.jvp(ours, (X, Y), (Y, X))[1]), array(ag.jvp(plain, (X, Y), (Y, X))[1])
    )
    only = ag.grad(lambda x: np.sum(polar(x, Y)[1]))(X)
    np.testing.assert_allclose(array(only), -Y / (X**2 + Y**2))


def test_complex_rules_follow_the_conventions_of_the_engine():
    z = X + 1j * X[::-1]
    for rules in ("vjp", "jvp", "vjp jvp"):
        f = product(rules)
        for derive in (
            lambda f: ag.grad(lambda z: np.sum(np.abs(f(z, z)) ** 2))(z),
            lambda f: ag.vjp(lambda z: f(z, z), z)[1](1j * z)[0],
            lambda f: ag.jvp(lambda z: f(z, z), (z,), (1j * z,))[1],
        ):
            np.testing.assert_allclose(array(derive(f)), array(derive(lambda x, y: x * y)))


def test_a_missing_rule_is_named_when_it_is_needed():
    @ag.primitive
    def half(x, n):
        return x * n / 2

    with pytest.raises(
        ag.NotDifferentiableError, match=r"half has no .* 'x'.*half\.defvjp.*test_prim"
    ):
        ag.grad(lambda x: np.sum(half(x, 3.0)))(X)
    half.defvjp(lambda g, out, x, n: g * n / 2, None)
    np.testing.assert_allclose(array(ag.grad(lambda x: np.sum(half(x, 3.0)))(X)), [1.5] * 3)
    for call in (
        lambda: ag.grad(lambda n: np.sum(half(X, n)))(3.0),
        lambda: ag.jvp(lambda n: half(X, n), (3.0,), (1.0,)),
    ):
        with pytest.raises(ag.NotDifferentiableError, match="'n'"):
            call()


def test_a_rule_given_for_one_direction_completes_the_other():
    @ag.primitive
    def mix(x, y):
        return x * y

    mix.defvjp(lambda g, out, x, y: g * y, None)
    mix.defjvp(None, lambda t, out, x, y: t * x)
    g = ag.grad(lambda x, y: np.sum(mix(x, y) ** 2), (0, 1))(X, 2 * X)
    np.testing.assert_allclose(array(g[0]), 8 * X**3)
    np.testing.assert_allclose(array(g[1]), 4 * X**3)


def test_rules_that_are_not_numpy_still_give_first_derivatives():
    @ag.primitive
    def gamma(x):
        return math.gamma(float(x))

    def slope(g, out, x):
        if isinstance(x, ag.Tensor):
            raise TypeError("this rule knows numbers only")
        h = 1e-6
        return g * (math.gamma(x + h) - math.gamma(x - h)) / (2 * h)

    gamma.defvjp(slope)
    assert array(ag.grad(gamma)(3.0)) == pytest.approx(1.845568670196935, rel=1e-8)
    with pytest.raises(TypeError, match="numbers only"):
        ag.grad(ag.grad(gamma))(3.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ag.primitive(lambda *xs: xs), "names each of its arguments"),
        (lambda: ag.primitive(lambda x, **more: x), "names each of its arguments"),
        (lambda: ag.primitive(lambda *, x: x), "no argument to differentiate by"),
        (lambda: product("vjp").defvjp(None), "one rule for each of x, y, got 1"),
        (lambda: product("vjp").defjvp(None, None, None), "one rule for each of x, y, got 3"),
        (lambda: product("vjp")(1.0), "missing a required argument: 'y'"),
        (lambda: product("vjp")(1.0, 2.0, z=3.0), "unexpected keyword argument 'z'"),
    ],
)
def test_wrong_definitions_and_calls_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_primitives_of_the_same_name_do_not_clash():
    first, second = product("vjp"), product("jvp")
    assert first.op is not second.op

    @ag.primitive
    def exp(x):
        return 2 * x

    exp.defvjp(lambda g, out, x: 2 * g)
    assert array(ag.grad(exp)(1.0)) == 2
    assert array(ag.grad(np.exp)(0.0)) == 1


def test_wrong_shapes_and_values_are_caught_by_gradcheck():
    @ag.primitive
    def wrong(x):
        return x**2

    wrong.defvjp(lambda g, out, x: g * x)
    with pytest.raises(ag.GradcheckError):
        ag.gradcheck(lambda x: np.sum(wrong(x)), X)


@pytest.mark.parametrize("made", [np.ones(7), np.ones(()), np.ones((3, 2))])
def test_a_rule_that_returns_another_shape_is_named(made):
    @ag.primitive
    def double(x):
        return 2 * x

    double.defvjp(lambda g, out, x: made)
    with pytest.raises(ValueError, match=r"vjp of double for 'x' returned shape .* \(3,\)"):
        ag.grad(lambda x: np.sum(double(x)))(np.ones(3))
    double.defjvp(lambda t, out, x: made)
    with pytest.raises(ValueError, match=r"jvp of double for 'x' returned shape"):
        ag.jvp(double, (np.ones(3),), (np.ones(3),))


def test_a_rule_that_returns_none_is_named():
    @ag.primitive
    def double(x):
        return 2 * x

    double.defvjp(lambda g, out, x: None)
    with pytest.raises(TypeError, match=r"vjp of double for 'x' returned None: .* zeros"):
        ag.grad(lambda x: np.sum(double(x)))(X)


def test_a_rule_that_cannot_be_called_is_refused_when_it_is_given():
    @ag.primitive
    def power(x, *, n=2):
        return x**n

    for rule in (lambda g, x: g, lambda g, out, x: g, lambda g, out, x, y, *, n: g):
        with pytest.raises(TypeError, match=r"for 'x' is called as rule\(g, out, x, n=n\)"):
            power.defvjp(rule)
    with pytest.raises(TypeError, match=r"called as rule\(tangent, out, x, n=n\)"):
        power.defjvp(lambda t, out: t)
    power.defvjp(lambda g, out, x, **options: g * options["n"] * x ** (options["n"] - 1))
    np.testing.assert_allclose(array(ag.grad(lambda x: np.sum(power(x, n=3)))(X)), 3 * X**2)


@pytest.mark.parametrize("made", [{"a": 1.0}, None, "text", [1.0, None]])
def test_what_a_primitive_may_not_return_is_refused(made):
    """As an array of objects it would lose its gradient without a word."""

    @ag.primitive
    def strange(x):
        return made

    with pytest.raises(TypeError, match=r"primitive strange returned a .* an array, a number"):
        strange(ag.tensor(X, requires_grad=True))


def test_tensors_in_a_list_are_one_argument_of_a_primitive():
    @ag.primitive
    def total(xs):
        return np.sum(np.asarray(xs), axis=0)

    total.defvjp(lambda g, out, xs: 10 * g + np.zeros(np.shape(xs)))  # to see that it is used
    t = ag.tensor(X, requires_grad=True)
    np.sum(total([t, t[::-1], X])).backward()
    np.testing.assert_array_equal(array(t.grad), [20, 20, 20])
    with pytest.raises(TypeError, match="objects"):
        total({"a": t})


def scaling(k):
    """Return an operation; all that this makes have one name."""

    @ag.primitive
    def scaled(x):
        return x * k

    scaled.defvjp(lambda g, out, x: g * k)
    return scaled


@pytest.mark.parametrize(
    "transformed", [ag.compile, lambda f: lambda x: ag.trace(f, x).simplify()(x)]
)
def test_operations_of_one_name_are_not_one(transformed):
    twice, thrice = scaling(2.0), scaling(3.0)
    x = np.arange(3.0)
    np.testing.assert_array_equal(transformed(lambda x: twice(x) + thrice(x))(x), 5 * x)
    slope = ag.grad(lambda x: np.sum(twice(x) * thrice(x)))
    np.testing.assert_array_equal(ag.compile(slope)(x), 12 * x)


def _named(name):
    def f(x):
        return np.sum(x, axis=-1, keepdims=True) * 2

    f.__name__ = name
    f = ag.primitive(f)
    f.defvjp(lambda g, out, x: g * 2 * np.ones_like(x))
    return f


@pytest.mark.parametrize("name", ["relu", "positive", "sum", "reshape", "dot", "total_loss", "exp"])
def test_an_operation_may_be_called_like_one_of_the_engine_s(name):
    f, x = _named(name), np.array([[-1.0, 2.0], [3.0, 4.0]])
    expected = np.array([[2.0], [14.0]])
    np.testing.assert_array_equal(f(x), expected)
    for backend in ("numpy", "numba"):
        np.testing.assert_array_equal(ag.compile(f, backend=backend)(x), expected)
    np.testing.assert_array_equal(ag.trace(f, x).simplify()(x), expected)
    np.testing.assert_array_equal(ag.vmap(f)(x), expected)
    np.testing.assert_array_equal(
        ag.compile(ag.grad(lambda x: np.sum(f(x))))(x), 2 * np.ones((2, 2))
    )


@pytest.mark.parametrize("rules", ["vjp", "jvp"])
def test_complex_results_may_come_after_real_ones(rules):
    def plain(x):
        return np.sum(x**2), np.exp(1j * x)

    own = ag.primitive(plain)
    if rules == "vjp":
        own.defvjp(lambda g, out, x: 2 * x * g[0] + 1j * out[1] * g[1])
    else:
        own.defjvp(lambda t, out, x: (2 * np.sum(x * t), 1j * out[1] * t))

    def cost(f):
        return lambda x: np.sum(np.imag(f(x)[1] * (1 + 2j) * (1 + f(x)[0])))

    x = np.array([-1.3, 0.6, 0.1])
    for derivative in (
        lambda f: ag.grad(f)(x),
        lambda f: ag.jvp(f, (x,), (x,))[1],
        lambda f: ag.hvp(f, (x,), (x,))[0],
    ):
        mine, right = derivative(cost(own)).numpy(), derivative(cost(plain)).numpy()
        np.testing.assert_allclose(mine, right, rtol=1e-12)
