"""Every name of the Python array API 2024.12 is there, and is called as the standard says."""

from __future__ import annotations

import inspect

import pytest

import autograd_mini as ag

MAIN = {
    "start, /, stop, step, *, dtype, device": "arange",
    "obj, /, *, dtype, device, copy": "asarray",
    "shape, *, dtype, device": "empty ones zeros",
    "x, /, *, dtype, device": "empty_like ones_like zeros_like",
    "n_rows, n_cols, /, *, k, dtype, device": "eye",
    "x, /, *, device, copy": "from_dlpack",
    "shape, fill_value, *, dtype, device": "full",
    "x, /, fill_value, *, dtype, device": "full_like",
    "start, stop, /, num, *, dtype, device, endpoint": "linspace",
    "*arrays, indexing": "meshgrid",
    "x, /, *, k": "tril triu",
    "x, dtype, /, *, copy, device": "astype",
    "*arrays": "broadcast_arrays",
    "x, /, shape": "broadcast_to",
    "from_, to, /": "can_cast",
    "type, /": "finfo iinfo",
    "dtype, kind": "isdtype",
    "*arrays_and_dtypes": "result_type",
    "x, /": (
        "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor "
        "imag isfinite isinf isnan log log1p log2 log10 logical_not negative positive real "
        "reciprocal round sign signbit sin sinh square sqrt tan tanh trunc matrix_transpose "
        "nonzero unique_all unique_counts unique_inverse unique_values"
    ),
    "x1, x2, /": (
        "add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
        "copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp "
        "logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal pow "
        "remainder subtract matmul"
    ),
    "x, /, min, max": "clip",
    "x, indices, /, *, axis": "take take_along_axis",
    "x1, x2, /, *, axes": "tensordot",
    "x1, x2, /, *, axis": "vecdot",
    "arrays, /, *, axis": "concat stack",
    "x, /, *, axis": "expand_dims squeeze flip unstack",
    "x, source, destination, /": "moveaxis",
    "x, /, axes": "permute_dims",
    "x, repeats, /, *, axis": "repeat",
    "x, /, shape, *, copy": "reshape",
    "x, /, shift, *, axis": "roll",
    "x, repetitions, /": "tile",
    "x, /, *, axis, keepdims": "argmax argmin count_nonzero max mean min all any",
    "x1, x2, /, *, side, sorter": "searchsorted",
    "condition, x1, x2, /": "where",
    "x, /, *, axis, descending, stable": "argsort sort",
    "x, /, *, axis, dtype, include_initial": "cumulative_prod cumulative_sum",
    "x, /, *, axis, dtype, keepdims": "prod sum",
    "x, /, *, axis, correction, keepdims": "std var",
    "x, /, *, axis, n, prepend, append": "diff",
}
LINALG = {
    "x, /, *, upper": "cholesky",
    "x1, x2, /, *, axis": "cross vecdot",
    "x, /": "det eigh eigvalsh inv matrix_transpose slogdet svdvals",
    "x, /, *, offset": "diagonal",
    "x1, x2, /": "matmul outer solve",
    "x, /, *, keepdims, ord": "matrix_norm",
    "x, n, /": "matrix_power",
    "x, /, *, rtol": "matrix_rank pinv",
    "x, /, *, mode": "qr",
    "x, /, *, full_matrices": "svd",
    "x1, x2, /, *, axes": "tensordot",
    "x, /, *, offset, dtype": "trace",
    "x, /, *, axis, keepdims, ord": "vector_norm",
}
FFT = {
    "x, /, *, n, axis, norm": "fft ifft rfft irfft hfft ihfft",
    "x, /, *, s, axes, norm": "fftn ifftn rfftn irfftn",
    "n, /, *, d, dtype, device": "fftfreq rfftfreq",
    "x, /, *, axes": "fftshift ifftshift",
}
CONSTANTS = "e inf nan newaxis pi"
DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
)
ATTRIBUTES = "dtype device mT ndim shape size T"
METHODS = (
    "abs add and array_namespace bool complex dlpack dlpack_device eq float floordiv ge getitem gt "
    "index int invert le lshift lt matmul mod mul ne neg or pos pow rshift setitem sub truediv xor "
    "iadd isub imul itruediv ifloordiv ipow imod imatmul iand ior ixor ilshift irshift radd rsub "
    "rmul rtruediv rfloordiv rpow rmod rmatmul rand ror rxor rlshift rrshift"
)

SPACES = [("", ag, MAIN), ("linalg.", ag.linalg, LINALG), ("fft.", ag.fft, FFT)]
FUNCTIONS = [
    pytest.param(getattr(space, name), signature, id=prefix + name)
    for prefix, space, table in SPACES
    for signature, names in table.items()
    for name in names.split()
]


@pytest.mark.parametrize(("function", "signature"), FUNCTIONS)
def test_function_takes_the_arguments_of_the_standard(function, signature):
    parameters = inspect.signature(function).parameters
    given = list(parameters.values())
    wanted = signature.split(", ")
    positional_only = wanted.index("/") if "/" in wanted else 0
    keyword = False
    for position, name in enumerate(each for each in wanted if each != "/"):
        if name == "*":
            keyword = True
        elif name.startswith("*"):
            assert given[position].kind is inspect.Parameter.VAR_POSITIONAL
            keyword = True
        elif keyword:
            assert name in parameters
            assert parameters[name].kind is not inspect.Parameter.POSITIONAL_ONLY
        else:
            assert given[position].kind in (
                inspect.Parameter.POSITIONAL_ONLY,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
            )
            if position >= positional_only:
                assert given[position].name == name


@pytest.mark.parametrize("name", [*CONSTANTS.split(), *DTYPES.split()])
def test_constant_or_dtype_is_there(name):
    assert hasattr(ag, name)


def test_constants_are_python_numbers():
    assert (type(ag.e), type(ag.inf), type(ag.nan), type(ag.pi)) == (float,) * 4
    assert ag.newaxis is None
    assert ag.nan != ag.nan


@pytest.mark.parametrize("name", DTYPES.split())
def test_dtypes_equal_those_of_tensors(name):
    t = ag.zeros(2, dtype=getattr(ag, name))
    assert t.dtype == getattr(ag, name)
    assert t.dtype.name == name


@pytest.mark.parametrize("name", [*ATTRIBUTES.split(), *(f"__{m}__" for m in METHODS.split())])
def test_tensor_has_attribute(name):
    assert hasattr(ag.Tensor, name)


def test_tensor_can_be_sent_to_the_only_device():
    t = ag.ones(2)
    assert t.to_device(t.device) is t
    with pytest.raises(ValueError, match="cpu"):
        t.to_device("gpu")
