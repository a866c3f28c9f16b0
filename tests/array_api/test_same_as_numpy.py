"""Functions of the array API give NumPy's values, dtypes and shapes, as Tensors."""

from __future__ import annotations

import itertools
import operator
import warnings
import zlib

import numpy as np
import pytest

import autograd_mini as ag
from tests.array_api.test_names_and_signatures import DTYPES, FFT, MAIN

UNARY = [n for n in MAIN["x, /"].split() if not n.startswith(("unique", "nonzero", "matrix"))]
BINARY = [n for n in MAIN["x1, x2, /"].split() if n != "matmul"]
NAMES = DTYPES.split()


@pytest.fixture(autouse=True)
def _quiet():
    """NumPy warns of overflow, empty means and lost imaginary parts: here and there alike."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def drawn(dtype: str, shape: tuple[int, ...], salt: str = "") -> np.ndarray:
    rng = np.random.default_rng(zlib.crc32(f"{dtype}{shape}{salt}".encode()))
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.asarray(rng.random(shape) > 0.5)
    if kind in "iu":
        return np.asarray(rng.integers(1, 7, size=shape)).astype(dtype)
    x = rng.normal(size=shape) + (1j * rng.normal(size=shape) if kind == "c" else 0)
    return np.asarray(x).astype(dtype)


def as_tensors(value):
    if isinstance(value, np.ndarray):
        return ag.asarray(value)
    if isinstance(value, (list, tuple)):
        return type(value)(as_tensors(each) for each in value)
    return value


def same(ours, theirs) -> None:
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    elif isinstance(theirs, (np.ndarray, np.generic)):
        assert isinstance(ours, ag.Tensor)
        assert not ours.requires_grad
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-5, atol=1e-12)
    else:
        assert type(ours) is type(theirs)
        assert ours == theirs


def compare(ours, theirs, *args, **kwargs) -> None:
    """Assert that two functions give the same, or raise the same kind of error."""
    try:
        expected = theirs(*args, **kwargs)
    except Exception as error:  # noqa: BLE001
        kinds = (TypeError, ValueError, IndexError, OverflowError)
        wanted = tuple(kind for kind in kinds if isinstance(error, kind)) or type(error)
        with pytest.raises(wanted):
            ours(*as_tensors(args), **{key: as_tensors(v) for key, v in kwargs.items()})
        return
    same(ours(*as_tensors(args), **{key: as_tensors(v) for key, v in kwargs.items()}), expected)


@pytest.mark.parametrize("name", UNARY)
def test_function_of_one(name):
    for dtype, shape in itertools.product(NAMES, [(), (3,), (2, 0)]):
        compare(getattr(ag, name), getattr(np, name), drawn(dtype, shape))


@pytest.mark.parametrize("name", BINARY)
def test_function_of_two_with_promotion_and_broadcasting(name):
    ours, theirs = getattr(ag, name), getattr(np, name)
    for first, second in itertools.product(NAMES, NAMES):
        compare(ours, theirs, drawn(first, (2, 3), "a"), drawn(second, (3,), "b"))
    for dtype, number in itertools.product(NAMES, [True, 2, 2.5, 1j]):
        compare(ours, theirs, drawn(dtype, (3,)), number)
        compare(ours, theirs, number, drawn(dtype, (3,)))


SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 1e30, -1e-30, 1e-40]
FLOATS = ["float32", "float64", "complex64", "complex128"]


def identical(ours, theirs, *, zeros: bool = True) -> None:
    """Assert that special values are the same, the signs of `zeros` too."""
    assert isinstance(ours, ag.Tensor)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    rounding = 4 * np.finfo(theirs.dtype).eps if theirs.dtype.kind in "fc" else 0
    np.testing.assert_allclose(np.asarray(ours), theirs, rtol=rounding, atol=0)
    parts = (np.real, np.imag) if theirs.dtype.kind == "c" else (np.asarray,)
    for part in parts if zeros and theirs.dtype.kind in "fc" else ():
        zero = part(theirs) == 0
        signs = np.signbit(part(np.asarray(ours))), np.signbit(part(theirs))
        np.testing.assert_array_equal(signs[0][zero], signs[1][zero])


def special(dtype: str) -> np.ndarray:
    x = np.array(SPECIAL)
    if np.dtype(dtype).kind == "c":  # not x[:, None] + 1j * x, which spoils infinities
        grid = np.empty((x.size, x.size), dtype)
        grid.real, grid.imag = x[:, None], x
        return grid.ravel()
    return x.astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", UNARY)
def test_function_of_special_values(name, dtype):
    x = special(dtype)
    try:
        expected = getattr(np, name)(x)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(ag, name)(ag.asarray(x))
        return
    # The sign of complex numbers is a quotient here, whose zeros have signs of their own.
    plain = name != "sign" or x.dtype.kind == "f"
    identical(getattr(ag, name)(ag.asarray(x)), expected, zeros=plain)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", BINARY)
def test_function_of_two_special_values(name, dtype):
    x = special(dtype)
    try:
        expected = getattr(np, name)(x[:, None], x)
    except TypeError:
        with pytest.raises(TypeError):
            getattr(ag, name)(ag.asarray(x[:, None]), ag.asarray(x))
        return
    identical(getattr(ag, name)(ag.asarray(x[:, None]), ag.asarray(x)), expected)


OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
    "/": lambda a, b: a / b, "//": lambda a, b: a // b, "%": lambda a, b: a % b,
    "**": lambda a, b: a**b, "@": lambda a, b: a @ b, "&": lambda a, b: a & b,
    "|": lambda a, b: a | b, "^": lambda a, b: a ^ b, "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}  # fmt: skip


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operator(symbol):
    f = OPERATORS[symbol]
    for first, second in itertools.product(NAMES, NAMES):
        compare(f, f, drawn(first, (3,), "a"), drawn(second, (3,), "b"))
    for dtype, number in itertools.product(NAMES, [True, 2, 2.5, 1j]):
        compare(f, f, drawn(dtype, (3,)), number)
        compare(f, f, number, drawn(dtype, (3,)))


@pytest.mark.parametrize("name", ["neg", "pos", "abs", "invert"])
def test_operator_of_one(name):
    def f(x):
        return getattr(x, f"__{name}__")()

    for dtype in NAMES:
        compare(f, f, drawn(dtype, (3,)))


INPLACE = ["iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "iand", "ior", "ixor",
           "ilshift", "irshift"]  # fmt: skip


@pytest.mark.parametrize("name", INPLACE)
def test_operator_in_place(name):
    def f(a, b):
        kept = a = a.copy()
        a = getattr(operator, name)(a, b)
        assert a is kept
        return a

    for first, second in itertools.product(NAMES, NAMES):
        compare(f, f, drawn(first, (2, 3), "a"), drawn(second, (3,), "b"))


ALONG = [
    "all", "any", "argmax", "argmin", "count_nonzero", "max", "mean", "min", "prod", "std", "sum",
    "var", "cumulative_sum", "cumulative_prod", "sort", "argsort", "nonzero", "flip", "diff",
    "squeeze", "matrix_transpose", "unique_all", "unique_counts", "unique_inverse",
]  # fmt: skip
OPTIONS = [
    {}, {"axis": 1}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}, {"axis": 5}, {"axis": ()},
    {"keepdims": True}, {"correction": 1}, {"axis": 0, "include_initial": True},
    {"axis": 0, "stable": False}, {"n": 2}, {"axis": 0, "dtype": np.complex128},
]  # fmt: skip


@pytest.mark.parametrize("name", ALONG)
def test_function_along_axes(name):
    ours, theirs = getattr(ag, name), getattr(np, name)
    for dtype in NAMES:
        for options in OPTIONS:
            if name.startswith("cumulative") and isinstance(options.get("axis"), tuple):
                continue  # both refuse, NumPy with another kind of error
            compare(ours, theirs, drawn(dtype, (3, 4)), **options)
        for shape in [(), (0,), (0, 3)]:
            compare(ours, theirs, drawn(dtype, shape))


def test_unique_values_are_those_of_numpy_in_some_order():
    for dtype in NAMES:
        x = drawn(dtype, (3, 4))
        ours = ag.unique_values(ag.asarray(x))
        np.testing.assert_array_equal(np.sort(np.asarray(ours)), np.sort(np.unique_values(x)))


def calls(dtype: str):
    x, v, s = drawn(dtype, (3, 4)), drawn(dtype, (4,)), drawn(dtype, (4, 4))
    i = np.array([2, 0])
    yield from [
        ("take", (x, i), {"axis": 1}), ("take", (v, i), {}), ("take", (x, i), {"axis": 7}),
        ("take_along_axis", (x, np.array([[0, 1], [1, 2], [3, 3]])), {}),
        ("take_along_axis", (x, np.array([[0, 1, 1, 2]])), {"axis": 0}),
        ("matmul", (x, v), {}), ("matmul", (s, s), {}), ("matmul", (x, x), {}),
        ("tensordot", (x, x), {"axes": 2}), ("tensordot", (x, x), {"axes": ((0,), (0,))}),
        ("vecdot", (x, v), {}), ("vecdot", (x, x), {"axis": 0}),
        ("concat", ([x, x],), {"axis": 1}), ("concat", ([x, x],), {"axis": None}),
        ("expand_dims", (x,), {"axis": 1}), ("expand_dims", (x,), {"axis": 9}),
        ("moveaxis", (x, 0, 1), {}), ("permute_dims", (x, (1, 0)), {}),
        ("repeat", (x, 2), {}), ("repeat", (x, np.array([1, 2, 3])), {"axis": 0}),
        ("reshape", (x, (4, 3)), {}), ("reshape", (x, (-1,)), {"copy": True}),
        ("reshape", (x, (5, 5)), {}), ("roll", (x, 1), {}), ("roll", (x, (1, 2)), {"axis": (0, 1)}),
        ("stack", ([x, x],), {"axis": -1}), ("tile", (x, (2, 1, 2)), {}),
        ("unstack", (x,), {}), ("unstack", (x,), {"axis": 1}),
        ("searchsorted", (np.sort(v), v), {}),
        ("searchsorted", (v, v), {"side": "right", "sorter": np.argsort(v)}),
        ("where", (x > 1, x, x), {}), ("where", (x > 1, x, 2), {}),
        ("clip", (x, 1, 2), {}), ("clip", (x,), {"min": 1}), ("clip", (x, None, 2), {}),
        ("clip", (x,), {}), ("astype", (x, np.complex64), {}),
        ("broadcast_to", (v, (2, 4)), {}), ("broadcast_to", (v, (2, 3)), {}),
        ("broadcast_arrays", (x, v), {}), ("meshgrid", (v, v), {}),
        ("meshgrid", (v, v), {"indexing": "ij"}), ("tril", (x,), {}), ("triu", (x,), {"k": 1}),
        ("zeros_like", (x,), {}), ("ones_like", (x,), {"dtype": np.int8}),
        ("full_like", (x, 1), {}),
        ("full_like", (x, 2), {"dtype": np.float32}), ("result_type", (x, np.float32), {}),
        ("result_type", (x, v), {}), ("can_cast", (x.dtype, np.float32), {}),
        ("diff", (v,), {"n": 2}),
        ("diff", (v,), {"prepend": v[:1], "append": v[:2]}), ("isdtype", (x.dtype, "integral"), {}),
        ("isdtype", (x.dtype, ("real floating", np.int8)), {}),
    ]  # fmt: skip
    hermitian = s + np.conj(s.T)
    positive = s @ np.conj(s.T) + np.eye(4, dtype=dtype)
    t = drawn(dtype, (2, 3))
    yield from [
        ("linalg.cross", (t, t[::-1].copy()), {}), ("linalg.det", (s,), {}),
        ("linalg.diagonal", (x,), {}), ("linalg.diagonal", (x,), {"offset": 1}),
        ("linalg.inv", (positive,), {}), ("linalg.inv", (x,), {}), ("linalg.matrix_norm", (s,), {}),
        ("linalg.matrix_norm", (s,), {"ord": 2, "keepdims": True}),
        ("linalg.matrix_norm", (s,), {"ord": "nuc"}), ("linalg.matrix_power", (s, 2), {}),
        ("linalg.matrix_rank", (s,), {}), ("linalg.outer", (v, v), {}), ("linalg.pinv", (x,), {}),
        ("linalg.slogdet", (s,), {}), ("linalg.solve", (positive, v), {}),
        ("linalg.svdvals", (x,), {}), ("linalg.tensordot", (x, x), {"axes": 2}),
        ("linalg.trace", (x,), {}), ("linalg.trace", (s,), {"offset": 1}),
        ("linalg.vecdot", (x, x), {}), ("linalg.vector_norm", (x,), {}),
        ("linalg.vector_norm", (x,), {"ord": 1, "axis": 0}),
        ("linalg.vector_norm", (x,), {"ord": 0}),
        ("linalg.qr", (x,), {}), ("linalg.qr", (x,), {"mode": "complete"}),
        ("linalg.svd", (x,), {"full_matrices": False}), ("linalg.eigvalsh", (hermitian,), {}),
        ("linalg.eigh", (hermitian,), {}), ("linalg.cholesky", (positive,), {}),
        ("linalg.cholesky", (positive,), {"upper": True}),
    ]  # fmt: skip
    for names in list(FFT.values())[:2]:
        for name in names.split():
            yield "fft." + name, (x,), {}


def found(space, name: str):
    for part in name.split("."):
        space = getattr(space, part)
    return space


@pytest.mark.parametrize("dtype", NAMES)
def test_call(dtype):
    for name, args, kwargs in calls(dtype):
        compare(found(ag, name), found(np, name), *args, **kwargs)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("arange", (5,), {}), ("arange", (1, 5.0, 0.5), {}),
        ("arange", (3,), {"dtype": np.float32}),
        ("eye", (3,), {}), ("eye", (3, 4), {"k": 1, "dtype": np.int32}), ("empty", ((0,),), {}),
        ("zeros", (3,), {}), ("ones", ((2, 2),), {"dtype": np.bool}), ("full", ((2,), 3), {}),
        ("full", ((2,), True), {}), ("full", ((2,), 1j), {}), ("linspace", (0, 1, 5), {}),
        ("linspace", (0, 1j, 3), {}), ("asarray", ([1, 2],), {}), ("asarray", (True,), {}),
        ("linspace", (0, 1), {"num": 3, "endpoint": False, "dtype": np.float32}),
        ("asarray", ([[1.0, 2j]],), {}), ("asarray", ([],), {}), ("asarray", (2**40,), {}),
        ("asarray", (3,), {"dtype": np.float32}), ("asarray", ([1, [2]],), {}),
    ],
)  # fmt: skip
def test_creation(name, args, kwargs):
    compare(getattr(ag, name), getattr(np, name), *args, **kwargs)
