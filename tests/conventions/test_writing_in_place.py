"""``t += 1``, ``t[i] = v``, views: NumPy's result and the right gradient, or a clear error."""

from __future__ import annotations

import operator
import re

import numpy as np
import pytest
from scipy import special

import autograd_mini as ag

INDICES = [
    1, -1, slice(None), slice(None, None, -2), Ellipsis, (), (2, 1), (slice(1, 3), 0),
    [0, 2], [-1, 0], ([0, 1], [2, 0]), (slice(None), [1, 0]), np.array([True, False, True]),
    np.arange(9).reshape(3, 3) % 2 == 0, (0, np.array([True, True, False])), [0, 0, 2], [],
    (None, 1), (slice(None), None, 0), slice(3, 0), np.int64(1),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("number", [True, False], ids=["number", "tensor"])
def test_assignment_gives_numpys_values_and_gradient_0_where_it_wrote(index, number):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 3))
    v = 7.0 if number else rng.normal(size=a[index].shape)
    w = rng.normal(size=(3, 3))
    expected = (2 * a).copy()
    expected[index] = v
    t, u = ag.tensor(a, requires_grad=True), ag.tensor(v, requires_grad=True)
    y = 2 * t
    y[index] = u
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    np.sum(y * w).backward()
    kept = np.full((3, 3), 2.0)
    kept[index] = 0
    np.testing.assert_allclose(t.grad.numpy(), kept * w)
    slots = np.full((3, 3), -1)
    order = np.arange(np.size(a[index])).reshape(np.shape(a[index]))
    slots[index] = order
    from_v = np.zeros(np.shape(a[index]))
    for place in np.ndindex(3, 3):
        if slots[place] >= 0:
            from_v[np.unravel_index(slots[place], from_v.shape)] += w[place]
    np.testing.assert_allclose(u.grad.numpy(), np.sum(from_v) if number else from_v)


def test_where_an_index_repeats_v_gets_what_was_written_last():
    x, v = (
        ag.tensor(np.zeros(2), requires_grad=True),
        ag.tensor([1.0, 2.0, 3.0], requires_grad=True),
    )
    y = x * 1.0
    y[[0, 0, 1]] = v
    np.testing.assert_array_equal(y.detach().numpy(), [2, 3])
    np.sum(y * np.array([10.0, 100.0])).backward()
    np.testing.assert_array_equal(v.grad.numpy(), [0, 10, 100])
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0])


def test_broadcast_values_get_the_sum():
    v = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = ag.zeros((2, 3))
    y[...] = v
    np.sum(y * np.array([[1.0], [10.0]])).backward()
    np.testing.assert_array_equal(v.grad.numpy(), [11, 11, 11])


def test_an_unrecorded_tensor_becomes_recorded_when_a_recorded_one_is_written_into_it():
    u = ag.tensor(2.0, requires_grad=True)
    y = ag.zeros(3)
    y[1] = u * u
    assert y.requires_grad
    np.sum(y).backward()
    assert u.grad.item() == 4


def test_writing_recorded_values_into_a_plain_array_warns_and_says_the_remedy():
    u = ag.tensor(2.0, requires_grad=True)
    y = np.zeros(2)
    with pytest.warns(ag.GradientLostWarning, match=r"np\.stack"):
        y[0] = u


@pytest.mark.parametrize(
    ("name", "update"),
    [
        ("+=", lambda t, v: t.__iadd__(v)), ("-=", lambda t, v: t.__isub__(v)),
        ("*=", lambda t, v: t.__imul__(v)), ("/=", lambda t, v: t.__itruediv__(v)),
        ("**=", lambda t, v: t.__ipow__(v)), ("%=", lambda t, v: t.__imod__(v)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("other", ["number", "array", "tensor", "itself"])
def test_augmented_assignment_records(name, update, other):
    a, b = np.array([1.3, 2.7]), np.array([0.7, 1.1])

    def run(x, v, plain):
        y = x * 2.0
        operand = {"number": 1.5, "array": b, "tensor": v, "itself": y}[other]
        if plain:
            operand = y.copy() if other == "itself" else operand
        z = update(y, operand)
        return y, z

    expected, _ = run(a, b, True)
    x, v = ag.tensor(a, requires_grad=True), ag.tensor(b, requires_grad=True)
    y, z = run(x, v, False)
    assert z is y
    np.testing.assert_allclose(y.detach().numpy(), expected)
    np.sum(y).backward()
    h = 1e-6
    slope = (run(a + h, b, True)[0] - run(a - h, b, True)[0]) / (2 * h)
    np.testing.assert_allclose(x.grad.numpy(), slope, rtol=1e-6, atol=1e-9)
    if other == "tensor":
        slope = (run(a, b + h, True)[0] - run(a, b - h, True)[0]) / (2 * h)
        np.testing.assert_allclose(v.grad.numpy(), slope, rtol=1e-6, atol=1e-9)


def test_augmented_assignment_of_a_matrix_product():
    x = ag.tensor(np.eye(2), requires_grad=True)
    y = x * 2.0
    y @= np.array([[1.0, 2.0], [3.0, 4.0]])
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[6, 14], [6, 14]])


def test_what_was_computed_before_keeps_its_value_and_gradient():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    before = y * y
    y += 10.0
    y[0] = 0.0
    np.testing.assert_array_equal(before.detach().numpy(), [1, 4])
    np.sum(before).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 4])


@pytest.mark.parametrize(
    "write",
    [lambda t: t.__setitem__(0, 1.0), lambda t: t.__iadd__(1.0), lambda t: t[1:].__iadd__(1.0),
     lambda t: t[:1].__setitem__(0, 5.0), lambda t: t.reshape(2, 1).__setitem__((0, 0), 5.0),
     lambda t: np.add(t, 1.0, out=t)],
)  # fmt: skip
def test_writing_into_a_recorded_leaf_is_refused_and_says_to_copy_first(write):
    t = ag.tensor([1.0, 2.0], requires_grad=True, name="W")
    with pytest.raises(ValueError, match=r"(?i)copy") as caught:
        write(t)
    assert "W" in str(caught.value)
    np.testing.assert_array_equal(t.detach().numpy(), [1, 2])


@pytest.mark.parametrize(
    ("update", "instead"),
    [(operator.iadd, "t = t + value"), (operator.isub, "t = t - value"),
     (operator.itruediv, "t = t / value"), (operator.ipow, "t = t ** value")],
)  # fmt: skip
def test_the_refusal_writes_out_the_operator_that_was_used(update, instead):
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match=re.escape(instead)):
        update(t, 2.0)


def test_a_copy_of_a_leaf_can_be_written_and_carries_the_gradient():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    u = t.copy()
    u[0] = 9.0
    u += 1.0
    np.sum(u * u).backward()
    np.testing.assert_array_equal(t.grad.numpy(), [0, 6])


def test_a_view_sees_what_is_written_into_its_base():
    t = ag.tensor(np.zeros((2, 2)))
    row = t[0]
    t[0, 0] = 9
    np.testing.assert_array_equal(row.numpy(), [9, 0])
    x = ag.tensor(np.ones((2, 2)), requires_grad=True)
    y = x * 2.0
    row = y[0]
    y[0, 0] = 9.0
    np.testing.assert_array_equal(row.detach().numpy(), [9, 2])
    np.sum(row).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 2], [0, 0]])


VIEWS = {
    "row": lambda t: t[1], "column": lambda t: t[:, 1], "step": lambda t: t[::2],
    "reversed": lambda t: t[::-1], "new axis": lambda t: t[None], "ellipsis": lambda t: t[..., 0],
    "T": lambda t: t.T, "reshape": lambda t: t.reshape(9), "ravel": lambda t: t.ravel(),
    "swapaxes": lambda t: np.swapaxes(t, 0, 1), "squeeze": lambda t: np.squeeze(t[None]),
    "expand_dims": lambda t: np.expand_dims(t, 1), "flip": lambda t: np.flip(t, 1),
    "moveaxis": lambda t: np.moveaxis(t, 0, 1), "view of a view": lambda t: t[1:].T[0],
    "transpose": lambda t: t.transpose(1, 0), "reshaped part": lambda t: t[1:].reshape(3, 2),
    "diagonal copy": lambda t: t[[0, 1]],
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("write", ["into the base", "into the view", "+= on the view"])
@pytest.mark.parametrize("recorded", [True, False])
def test_views_and_bases_share_what_is_written_as_in_numpy(name, write, recorded):
    view = VIEWS[name]
    rng = np.random.default_rng(1)
    a, w = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))

    def run(x):
        base = x * 2.0
        part = view(base)
        if write == "into the base":
            base[1, 1] = 7.0
            base[2] = base[0] * 3.0
        elif write == "into the view":
            part[..., 0] = x[0, 0] * 5.0
        else:
            part += x[1, 0]
        return base, part

    base, part = run(a)
    x = ag.tensor(a, requires_grad=recorded)
    t, p = run(x)
    np.testing.assert_allclose(t.detach().numpy(), base)
    np.testing.assert_allclose(p.detach().numpy(), part)
    if not recorded:
        return
    v = rng.normal(size=part.shape)
    (np.sum(t * w) + np.sum(p * v)).backward()
    h = 1e-6
    for k in np.ndindex(3, 3):
        d = np.zeros((3, 3))
        d[k] = h
        (b1, p1), (b0, p0) = run(a + d), run(a - d)
        slope = (np.sum((b1 - b0) * w) + np.sum((p1 - p0) * v)) / (2 * h)
        assert x.grad.numpy()[k] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_writing_within_no_grad_into_a_result_is_refused():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2.0
    with ag.no_grad(), pytest.raises(RuntimeError, match="copy"):
        y[0] = 1.0
    with ag.no_grad(), pytest.raises((RuntimeError, ValueError)):
        y += 1.0
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 2])


def test_updating_a_leaf_within_no_grad_works():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    with ag.no_grad():
        x -= 0.5
        x *= 2.0
    np.testing.assert_array_equal(x.detach().numpy(), [1, 3])
    assert x.is_leaf
    np.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 6])


def test_wrong_shapes_and_dtypes_raise_as_in_numpy():
    x = ag.tensor(np.ones((2, 3)), requires_grad=True)
    y = x * 1.0
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        y[0] = np.ones(4)
    with pytest.raises(ValueError, match="shape"):
        y += np.ones((4, 2, 3))
    with pytest.raises(TypeError, match="complex128"):
        y += 1j
    with pytest.raises(IndexError):
        y[5] = 1.0
    z = ag.tensor(np.ones(2, np.float32), requires_grad=True) * 1
    z += np.ones(2, np.float64)
    assert z.dtype == np.float32


@pytest.mark.filterwarnings("default::numpy.exceptions.ComplexWarning")
def test_writing_complex_values_into_a_real_tensor_raises_or_keeps_numpys_dtype():
    y = ag.tensor(np.ones(2), requires_grad=True) * 1.0
    u = ag.tensor(1j, requires_grad=True)
    with pytest.raises(TypeError, match="complex"):
        y[0] = u
    assert y.dtype == np.float64


def test_out_arguments_write_into_tensors():
    x = ag.tensor([1.0, 2.0], requires_grad=True)
    y = ag.zeros(2)
    assert np.multiply(x, 3.0, out=y) is y
    np.exp(x, out=y, where=np.array([True, False]))
    np.sum(y).backward()
    np.testing.assert_allclose(x.grad.numpy(), [np.e, 3])
    with pytest.raises(ag.NotDifferentiableError, match="out="):
        np.add(x, 1.0, out=np.zeros(2))


LAYOUTS = {
    "a view that was written": (lambda y: y[:, :2], lambda y, v: v.__imul__(2)),
    "a view whose base was written": (lambda y: y[:, :2], lambda y, v: y.__setitem__(0, 7.0)),
    "a reversed view": (lambda y: y[:, ::-1], lambda y, v: v.__setitem__((0, 0), 7.0)),
    "a view of a view": (lambda y: y[:, :3][1:], lambda y, v: v.__imul__(2)),
    "a transposed view": (lambda y: y.T, lambda y, v: v.__iadd__(1)),
    "the array itself": (lambda y: y, lambda y, v: y.__imul__(np.full((3, 4), 2.0, order="F"))),
}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", LAYOUTS)
def test_reshaping_what_was_written_gives_a_copy_where_numpy_gives_one(kind, order):
    choose, write = LAYOUTS[kind]

    def flattened(y):
        v = choose(y)
        write(y, v)
        flat = v.reshape(-1)
        flat[0] = 99.0
        return y

    a = np.arange(1.0, 13.0).reshape(3, 4).copy(order)
    t = ag.tensor(a, requires_grad=True)
    y = flattened(t * 1.0)
    expected = flattened(a.copy("K"))
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    np.sum(y).backward()
    ones = np.ones((3, 4), order=order)
    untouched = flattened(a + ones) - expected  # every step is linear in a
    np.testing.assert_allclose(t.grad.numpy(), untouched)


@pytest.mark.parametrize("write", [
    lambda z, x: z.imag.__setitem__(0, x[1]), lambda z, x: z.real.__setitem__(..., x**2),
    lambda z, x: z.imag.__imul__(3.0), lambda z, x: z[1].real.__iadd__(x[0]),
    lambda z, x: setattr(z, "real", x**2), lambda z, x: setattr(z, "imag", x * 2),
    lambda z, x: setattr(z.T, "imag", 1.0),
])  # fmt: skip
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_writing_one_part_of_complex_numbers_leaves_the_other(write, dtype):
    rng = np.random.default_rng(3)
    a = rng.normal(size=(2, 3))
    start = (a + 1j * rng.normal(size=(2, 3))).astype(dtype)

    def written(z, x):
        z = z * 1
        write(z, x)
        return z

    expected = written(start, a)
    z, x = ag.tensor(start, requires_grad=True), ag.tensor(a, requires_grad=True)
    made = written(z, x)
    assert made.dtype == expected.dtype
    np.testing.assert_allclose(made.detach().numpy(), expected, rtol=1e-6)
    if dtype == "complex128":
        assert ag.gradcheck(lambda z, x: np.sum(np.abs(written(z, x)) ** 2), start, a)


def test_real_numbers_have_a_real_part_to_write_and_no_imaginary_one():
    y = ag.tensor([1.0, 2.0], requires_grad=True) * 1
    y.real = 3.0
    assert y.tolist() == [3, 3]
    with pytest.raises(TypeError, match="no imaginary part"):
        y.imag = 1.0


@pytest.mark.parametrize("view", [
    lambda y: np.broadcast_to(y, (2, 3)), lambda y: np.meshgrid(y, y, copy=False)[0],
    lambda y: np.lib.stride_tricks.sliding_window_view(y, 2),
])  # fmt: skip
def test_a_view_whose_entries_share_memory_cannot_be_written(view):
    v = view(ag.tensor([1.0, 2.0, 3.0], requires_grad=True) * 1)
    with pytest.raises(ValueError, match=r"share their memory.*copy\(\)"):
        v[0] = 7.0


def test_a_view_of_a_view_of_many_more_can_be_written():
    t = ag.tensor([1.0, 2.0], requires_grad=True)
    y = view = t * 3
    for _ in range(3000):
        view = view[:]
    view[0] = 5.0
    assert y.tolist() == [5, 6]
    np.sum(y).backward()
    assert t.grad.tolist() == [0, 3]


def test_a_refused_write_into_a_view_of_an_input_changes_nothing():
    t = ag.tensor(np.ones((2, 2)), requires_grad=True)
    row = t[0]
    entry = row[:1]
    with pytest.raises(ValueError, match=r"view of .* copy\(\) the view first"):
        entry[0] = 5.0
    assert entry.tolist() == [1]
    assert row.tolist() == [1, 1]
    assert t.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    "write",
    [
        lambda t: np.full_like(t, 300),
        lambda t: np.insert(t, 0, 300),
        lambda t: np.put(t, 0, 300),
        lambda t: np.put(t, 0, [300]),
        lambda t: np.place(t, t > 1, [300]),
        lambda t: np.putmask(t, t > 1, 300),
        lambda t: np.copyto(t, 300),
        lambda t: np.fill_diagonal(t, 300),
    ],
    ids=["full_like", "insert", "put", "put list", "place", "putmask", "copyto", "fill_diagonal"],
)
def test_a_whole_number_that_does_not_fit_raises_as_in_numpy(write):
    for t in (np.eye(2, dtype=np.int8), ag.tensor(np.eye(2, dtype=np.int8))):
        with pytest.raises(OverflowError, match="300"):
            write(t)


@pytest.mark.parametrize("where", [{}, {"where": [True, False]}], ids=["all", "some"])
def test_what_a_function_without_a_rule_writes_counts_as_written(where):
    w = ag.tensor([1.0, 2.0], requires_grad=True)
    t = w * 1.0
    square = t * t
    assert special.erf(np.array([0.1, 0.2]), out=t, **where) is t
    values = special.erf(np.array([0.1, 0.2]), out=w.numpy().copy(), **where)
    np.testing.assert_array_equal(t.detach().numpy(), values)
    np.sum(t * square).backward()
    kept = np.array([0.0, 4.0]) if where else 0.0  # of the entry that t had from w
    np.testing.assert_allclose(w.grad.numpy(), 2 * w.numpy() * values + kept)


def test_a_function_without_a_rule_writes_one_result_and_gives_another():
    t, x = ag.tensor([1.0, 2.0], requires_grad=True) * 1.0, np.array([0.1, 0.2])
    sine, cosine = special.sici(x, out=(t, None))
    assert sine is t
    np.testing.assert_array_equal(t.detach().numpy(), special.sici(x)[0])
    np.testing.assert_array_equal(cosine, special.sici(x)[1])


def test_a_recorded_product_written_into_an_array_says_so():
    with pytest.raises(ag.NotDifferentiableError, match="a plain array cannot take a recorded"):
        operator.imatmul(np.eye(2), ag.tensor(np.eye(2), requires_grad=True))
    np.testing.assert_array_equal(operator.imatmul(np.eye(2), ag.tensor(np.eye(2))), np.eye(2))
