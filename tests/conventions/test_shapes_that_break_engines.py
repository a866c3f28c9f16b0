"""Every option of the functions whose shapes go wrong most often: values, and derivatives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import autograd_mini as ag


def check(f, *points, rtol=1e-6, atol=1e-8):
    """Compare value, dtype and shape with NumPy's, and derivatives with numerical ones."""
    points = [np.asarray(p, float) for p in points]
    expected = f(*points)
    out = f(*[ag.tensor(p, requires_grad=True) for p in points])
    assert out.shape == np.shape(expected)
    assert out.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-12, atol=1e-14)
    rng = np.random.default_rng(0)
    w = rng.normal(size=np.shape(expected))
    directions = [rng.normal(size=p.shape) for p in points]

    def scalar(*a):
        return np.sum(f(*a) * w)

    gradients = ag.grad(scalar, argnums=tuple(range(len(points))))(*points)
    for p, g in zip(points, gradients, strict=True):
        assert g.shape == p.shape
    h = 1e-4

    def at(s):
        return scalar(*[p + s * h * d for p, d in zip(points, directions, strict=True)])

    slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
    total = sum(np.sum(g.numpy() * d) for g, d in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(total, slope, rtol=rtol, atol=atol)
    _, tangent = ag.jvp(scalar, points, directions)
    np.testing.assert_allclose(tangent.item(), slope, rtol=rtol, atol=atol)


def some(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (4, 3, 2)), ((4, 2, 3), (3,)),
        ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (6, 3, 1)), ((0,), (0,)), ((2, 0), (0, 3)),
        ((0, 2), (2, 3)), ((5, 2, 0), (0, 3)), ((0, 2, 3), (3, 2)), ((1, 1), (1, 1)),
        ((3,), (2, 5, 3, 4)), ((2, 5, 4, 3), (3,)),
    ],
)  # fmt: skip
def test_matmul(a, b):
    check(lambda x, y: x @ y, some(*a), some(*b, seed=1))
    check(np.matmul, some(*a), some(*b, seed=1))


@pytest.mark.parametrize(
    ("a", "b"), [((), ()), ((), (2, 3)), ((2, 3), ()), ((3,), (4, 3, 2)), ((2, 5, 3), (3,)),
                 ((2, 5, 3), (4, 3, 2)), ((0,), (0,)), ((2, 0), (0,))],
)  # fmt: skip
def test_dot(a, b):
    check(np.dot, some(*a), some(*b, seed=1))


REDUCTIONS = [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std]
AXES = [None, 0, 1, -1, (0, 1), (-1, 0), (), (0, 1, 2)]


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", AXES, ids=repr)
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_over_every_kind_of_axis(f, axis, keepdims):
    if f is np.std and axis == ():
        return check(np.var, some(2, 3, 2))  # the standard deviation of one value has no slope
    return check(lambda x: f(x, axis=axis, keepdims=keepdims), some(2, 3, 2))


@pytest.mark.parametrize("f", REDUCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [None, 0, (0, 1)], ids=repr)
def test_reductions_with_a_mask(f, axis):
    mask = np.array([[True, False, True], [True, True, True]])
    options = {"initial": -0.5 if f is np.max else 0.5} if f in (np.max, np.min) else {}
    check(lambda x: f(x, axis=axis, where=mask, **options), some(2, 3))
    check(lambda x: f(x, axis=axis, where=mask[:, 1:2] | True, **options), some(2, 3))
    check(lambda x: f(x, axis=axis, where=mask, keepdims=True, **options), some(2, 3))


def test_masked_entries_take_no_part_in_ties():
    g = ag.grad(lambda x: np.max(x, where=[True, True, False], initial=2.0))(np.array([2.0, 1, 5]))
    np.testing.assert_array_equal(g.numpy(), [0.5, 0, 0])


@pytest.mark.parametrize("f", [np.sum, np.prod, np.max, np.min], ids=lambda f: f.__name__)
def test_reductions_with_an_initial_value(f):
    for initial in (0.25, -3.0, 5):
        check(lambda x, i=initial: f(x, initial=i), some(2, 3))
        check(lambda x, i=initial: f(x, axis=0, initial=i, keepdims=True), some(2, 3))
    check(lambda x: f(x, axis=0, initial=0.5), np.zeros((0, 3)))


@pytest.mark.parametrize("f", [np.var, np.std], ids=lambda f: f.__name__)
@pytest.mark.parametrize("option", ["ddof", "correction"])
def test_variance_with_degrees_of_freedom(f, option):
    for ddof in (0, 1, 0.5, 2):
        check(lambda x, d=ddof: f(x, **{option: d}), some(5))
        check(lambda x, d=ddof: f(x, axis=0, keepdims=True, **{option: d}), some(5, 2))
    mask = np.array([True, True, False, True, True])
    check(lambda x: f(x, where=mask, **{option: 1}), some(5))


@pytest.mark.parametrize("f", [np.var, np.std], ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_variance_without_degrees_of_freedom_is_not_finite_in_value_and_gradient(f):
    x = ag.tensor(some(3), requires_grad=True)
    y = f(x, ddof=3)
    np.testing.assert_array_equal(y.item(), f(x.detach().numpy(), ddof=3))
    y.backward()
    assert not np.isfinite(x.grad.numpy()).any()


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.std, np.cumsum, np.cumprod])
def test_reductions_in_another_dtype(f):
    for given, wanted in (("float32", "float64"), ("float64", "float32"), ("float16", "float32")):
        x = ag.tensor(some(2, 3).astype(given), requires_grad=True)
        y = f(x, dtype=wanted)
        assert y.dtype == wanted
        np.testing.assert_array_equal(y.detach().numpy(), f(x.detach().numpy(), dtype=wanted))
        np.sum(y).backward()
        assert x.grad.dtype == given


def test_reductions_of_integers_and_bools_into_floats_are_plain_values():
    assert np.mean(ag.tensor([1, 2])).dtype == np.float64
    assert np.sum(ag.tensor([True, True])).item() == 2


def test_reductions_of_nothing():
    check(np.sum, np.zeros((0,)))
    check(np.prod, np.zeros((2, 0)))
    check(lambda x: np.sum(x, axis=0), np.zeros((0, 3)))
    check(lambda x: np.max(x, axis=1), np.zeros((0, 3)))
    check(lambda x: np.mean(x, axis=1), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="max"):
        np.max(ag.tensor(np.zeros((0, 3)), requires_grad=True))


def test_reductions_of_a_scalar():
    for f in (*REDUCTIONS[:6], np.cumsum, np.cumprod):
        check(f, np.array(1.5))


def test_ufunc_reductions():
    check(np.add.reduce, some(2, 3))  # over axis 0, unlike np.sum
    check(lambda x: np.add.reduce(x, axis=None), some(2, 3))
    check(lambda x: np.multiply.reduce(x, axis=1, keepdims=True), some(2, 3))
    check(lambda x: np.maximum.reduce(x), some(2, 3))
    check(lambda x: np.minimum.reduce(x, axis=-1), some(2, 3))
    check(lambda x: np.add.accumulate(x), some(2, 3))
    check(lambda x: np.multiply.accumulate(x, axis=1), some(2, 3))
    check(lambda x, y: np.multiply.outer(x, y), some(2, 3), some(2))
    check(lambda x, y: np.subtract.outer(x, y), some(2), some(3))


@pytest.mark.parametrize("f", [np.cumsum, np.cumprod])
def test_running_sums_and_products_over_every_axis(f):
    for axis in (None, 0, 1, -1, -3):
        check(lambda x, axis=axis: f(x, axis=axis), some(2, 3, 2))
    check(f, np.zeros((0, 2)))


@pytest.mark.parametrize(
    ("shape", "reps"),
    [((3,), 2), ((2, 3), 2), ((2, 3), (2,)), ((3,), (2, 2)), ((3,), (2, 1, 2)), ((2, 3), (2, 3)),
     ((2, 1, 3), (2,)), ((2, 1, 3), (3, 2)), ((), 3), ((), (2, 2)), ((2,), 0), ((2,), ())],
)  # fmt: skip
def test_tile_aligns_repetitions_on_the_right(shape, reps):
    check(lambda x: np.tile(x, reps), some(*shape))


def test_repeat():
    check(lambda x: np.repeat(x, 3), some(2, 3))
    check(lambda x: np.repeat(x, 2, axis=1), some(2, 3))
    check(lambda x: np.repeat(x, [0, 3], axis=0), some(2, 3))
    check(lambda x: np.repeat(x, np.array([1, 0, 2]), axis=-1), some(2, 3))
    check(lambda x: np.repeat(x, [2]), some(3))
    check(lambda x: np.repeat(x, 0), some(3))
    check(lambda x: x.repeat(2), np.array(1.5))


def test_roll():
    for shift, axis in (
        (1, None), (-2, None), (7, None), (1, 0), (-1, 1), (5, -1), ((1, 2), (0, 1)), (2, (0, 1)),
        ((1, 1), 0), ((1, -1), (1, 1)), (0, 0),
    ):  # fmt: skip
        check(lambda x, s=shift, a=axis: np.roll(x, s, a), some(2, 3))


MODES = ["constant", "edge", "linear_ramp", "maximum", "mean", "median", "minimum", "reflect",
         "symmetric", "wrap", "empty"]  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_pad_in_every_mode(mode):
    for width in (1, (1, 2), ((1, 0), (2, 1)), 0):
        if mode == "empty":  # what is in the padding is anything
            check(lambda x, w=width: np.pad(x, w, mode)[2:-2, 2:-2] * 1.0, some(6, 6))
        else:
            check(lambda x, w=width: np.pad(x, w, mode), some(3, 4))
    if mode in ("reflect", "symmetric"):
        check(lambda x: np.pad(x, 2, mode, reflect_type="odd"), some(4))
        check(lambda x: np.pad(x, 7, mode), some(3))
    if mode in ("maximum", "mean", "median", "minimum"):
        check(lambda x: np.pad(x, 2, mode, stat_length=2), some(5))
    if mode == "constant":
        check(lambda x: np.pad(x, 1, constant_values=2.5), some(2))
        check(lambda x: np.pad(x, ((0, 1), (1, 0)), constant_values=((1, 2), (3, 4))), some(2, 2))
    if mode == "linear_ramp":
        check(lambda x: np.pad(x, 3, mode, end_values=(1.0, -1.0)), some(4))
    if mode == "wrap":
        check(lambda x: np.pad(x, (4, 9), mode), some(3))


@pytest.mark.parametrize(
    "f",
    [lambda x: x.reshape(1, 1), lambda x: x[None], lambda x: x[...], lambda x: x[()], np.atleast_1d,
     np.atleast_2d, np.squeeze, np.ravel, np.transpose, lambda x: np.expand_dims(x, 0), np.copy,
     lambda x: np.stack([x, x]), lambda x: np.broadcast_to(x, (2, 2)),
     lambda x: np.full(2, 3.0) * x,
     lambda x: x * np.ones((2, 0)), lambda x: np.where(True, x, 0.0), lambda x: x.flatten()],
)  # fmt: skip
def test_arrays_of_no_dimensions(f):
    check(f, np.array(1.5))


@pytest.mark.parametrize(
    "f",
    [lambda x: x * 2, np.exp, lambda x: x + np.ones((3, 1)), lambda x: x.reshape(0, 3),
    lambda x: x.T,
     lambda x: x[:, None], lambda x: np.concatenate([x, x]), lambda x: np.sum(x, axis=1),
     lambda x: x @ np.ones((0, 2)), lambda x: x[:, []], lambda x: np.cumsum(x), np.ravel],
)  # fmt: skip
def test_arrays_of_no_elements(f):
    check(f, np.zeros((3, 0)))


EINSUMS = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij", (2, 3)),
    ("ii->i", (3, 3)), ("ii->", (3, 3)), ("ii", (3, 3)), ("iij->j", (2, 2, 3)),
    ("iij->ij", (2, 2, 3)),
    ("i->", (3,)), ("ij->i", (2, 3)), ("ij->", (2, 3)), ("i,j->ij", (2,), (3,)),
    ("i,i->", (3,), (3,)), ("i,i->i", (3,), (3,)), ("ij,ij->j", (2, 3), (2, 3)),
    ("bij,bjk->bik", (5, 2, 3), (5, 3, 4)), ("...ij,...jk->...ik", (5, 2, 3), (3, 4)),
    ("...i,...i->...", (2, 3), (2, 3)), ("...ij->...ji", (2, 2, 3)), ("...,...", (2, 3), (3,)),
    ("ij,k->k", (2, 3), (4,)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("i,j,k->ijk", (2,), (3,), (2,)),
    ("ii,ij->j", (3, 3), (3, 2)), ("ijj,jk->ik", (2, 3, 3), (3, 2)), (",ij->ij", (), (2, 3)),
    ("a,b->ba", (2,), (3,)), ("ij,ij->", (2, 3), (2, 3)), ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ba", (2, 3)), ("i...->...", (3, 2)), ("ij,j->i", (0, 3), (3,)),
    ("ij,ji->ij", (2, 2), (2, 2)), ("...ii->...i", (2, 3, 3)),
    ("aab,bcc->ac", (2, 2, 3), (3, 2, 2)),
    ("ij,jk->ik", (1, 3), (3, 4)), ("i,i->i", (1,), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("case", EINSUMS, ids=lambda case: f"{case[0]} {case[1:]}")
def test_einsum(case):
    formula, *shapes = case
    operands = [some(*shape, seed=k) for k, shape in enumerate(shapes)]
    check(lambda *a: np.einsum(formula, *a), *operands)
    check(lambda *a: np.einsum(formula, *a, optimize=True), *operands, rtol=1e-6)


def test_einsum_with_lists_of_letters():
    check(lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), some(2, 3), some(3, 4))
    check(lambda a: np.einsum(a, [0, 0]), some(3, 3))
    check(lambda a: np.einsum(a, [Ellipsis, 0], [0, Ellipsis]), some(2, 3))


INDICES = [
    1, -1, np.int64(-2), slice(None), slice(1, None), slice(None, None, -1), slice(5, None), None,
    Ellipsis, (), (1, 2), (-1, slice(None)), (slice(None), -1), (..., 0), (None, ..., None, 1),
    (slice(None), None, 1), [0, 0, 1], [-1, 0, -1], np.array([[0, 1], [1, 1]]), ([0, 1], [1, 1]),
    ([0, 0], [2, 2]), ([[0], [1]], [0, 2]), (slice(None), [2, 2, 0]), ([1, 1], slice(0, 2)),
    (None, [0, 0]), ([0, 1], None, [1, 1]), np.array([True, False]),
    (slice(None), [True, False, True]),
    np.array([[True, False, True], [False, False, True]]), ([True, False], 1), True, False,
    (True, 0), [], np.zeros((0, 2), int), (slice(None), slice(3, 1)), (0, [1, 1, 2]), (1, ..., 1),
    (np.array(1), slice(None)), np.array(0), ([False, False],), (..., [0, 0]), (1, None, [0, 1, 1]),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing(index):
    check(lambda x: x[index], some(2, 3))


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing_by_tensors_is_indexing_by_their_values(index):
    def tensors(i):
        if isinstance(i, tuple):
            return tuple(tensors(each) for each in i)
        return ag.tensor(i) if isinstance(i, np.ndarray) else i

    x = ag.tensor(some(2, 3), requires_grad=True)
    np.testing.assert_array_equal(x[tensors(index)].detach().numpy(), x.detach().numpy()[index])


def test_repeats_in_an_index_add():
    x = ag.tensor(np.zeros(3), requires_grad=True)
    np.sum(x[[0, 0, 2, 0]] * np.array([1.0, 10.0, 100.0, 1000.0])).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1011, 0, 100])


def test_an_index_of_floats_or_out_of_bounds_raises_numpys_error():
    x = ag.tensor(some(2, 3), requires_grad=True, name="x")
    for index in (1.5, ag.tensor(1.0), 7, (0, 0, 0), [0, 5], "a"):
        with pytest.raises(IndexError):
            x[index]


def test_three_axes_with_every_pair_of_index_kinds():
    kinds = [1, slice(None, None, 2), None, Ellipsis, [0, 1, 1], np.array([True, False])]
    for pair in itertools.product(kinds, repeat=2):
        if pair[0] is pair[1] is Ellipsis:
            continue
        try:
            some(2, 2, 3)[pair]
        except IndexError:
            continue
        check(lambda x, pair=pair: x[pair], some(2, 2, 3))


F_ORDER = np.asfortranarray(np.arange(1.0, 7.0).reshape(2, 3))
LAYOUTS = [F_ORDER, F_ORDER.copy(), F_ORDER.T, np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2)]


@pytest.mark.parametrize("a", LAYOUTS, ids=["F", "C", "T", "neither"])
@pytest.mark.parametrize("order", ["C", "F", "A", "K"])
@pytest.mark.parametrize("flatten", [
    lambda x, order: np.ravel(x, order=order), lambda x, order: x.ravel(order),
    lambda x, order: x.flatten(order), lambda x, order: x.copy(order).ravel("K"),
    lambda x, order: np.copy(x, order=order).ravel("K"),
    lambda x, order: np.reshape(x, -1, order="C" if order == "K" else order),
])  # fmt: skip
def test_entries_in_the_order_of_memory_get_their_own_gradients(flatten, order, a):
    w = np.arange(1.0, a.size + 1)
    found = flatten(ag.tensor(a, requires_grad=True), order)
    np.testing.assert_array_equal(found.detach().numpy(), flatten(a, order))
    got = ag.grad(lambda x: np.sum(w * flatten(x, order)))(a)
    numbered = np.empty_like(a)
    numbered[...] = np.arange(a.size).reshape(a.shape)
    places = flatten(numbered, order).astype(int)
    expected = np.empty(a.size)
    expected[places] = w
    np.testing.assert_array_equal(got.numpy(), expected.reshape(a.shape))


@pytest.mark.parametrize("a", LAYOUTS, ids=["F", "C", "T", "neither"])
def test_a_copy_has_numpys_order_so_that_its_reshape_is_a_view_where_numpys_is(a):
    def written(x):
        y = x.copy()
        y.reshape(-1)[0] = 99.0
        return y

    t = ag.tensor(a, requires_grad=True)
    np.testing.assert_array_equal(written(t * 1.0).detach().numpy(), written(a))


@pytest.mark.parametrize("order", ["A", "K"])
@pytest.mark.parametrize("transform", [ag.compile, ag.vmap, lambda f: lambda x: ag.trace(f, x)])
def test_the_order_of_memory_is_refused_where_other_arrays_may_follow(transform, order):
    with pytest.raises(
        ag.DataDependentError, match=f"order='{order}' asks for the order in memory"
    ):
        transform(lambda x: np.ravel(x, order=order))(np.ones((2, 3)))


def test_axes_to_permute_may_come_as_an_array():
    a = np.arange(6.0).reshape(1, 2, 3)
    step = ag.compile(ag.grad(lambda x: np.sum(np.transpose(x, np.array([2, 0, 1])) ** 2)))
    np.testing.assert_array_equal(step(a).numpy(), 2 * a)
