"""A function that asks for types is recorded with tensors, and is warned where that matters."""

from __future__ import annotations

import builtins
import numbers
import warnings
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

X = np.array([1.0, 2.0])
RATE = np.float64(0.5)


def of_number(x: Any, rate: Any) -> Any:
    return x * rate if isinstance(rate, (int, float)) else x


def of_numbers(x: Any, rate: Any) -> Any:
    return x * rate if isinstance(rate, numbers.Number) else x


def of_floating(x: Any, rate: Any) -> Any:
    return x * rate if isinstance(rate, np.floating) else x


def of_result(x: Any, rate: Any) -> Any:
    J = np.sum(x) * rate
    return x * 2 if isinstance(J, float) else x


def of_scalar(x: Any, rate: Any) -> Any:
    return x * rate if np.isscalar(rate) else x


def in_a_comprehension(x: Any, rate: Any) -> Any:
    return [v * 2 for v in (x, rate) if isinstance(v, np.ndarray)]


def in_a_nested_function(x: Any, rate: Any) -> Any:
    def scaled(v: Any) -> Any:
        return v * rate if isinstance(v, np.ndarray) else v

    return scaled(x)


def of_type(x: Any, rate: Any) -> Any:
    return x * rate if type(x) is np.ndarray else x


def of_type_inside(x: Any, rate: Any) -> Any:
    return [v * rate for v in [x] if type(v) == np.ndarray]  # noqa: E721


def of_union(x: Any, rate: Any) -> Any:
    return x * 2 if isinstance(rate, int | float) else x


ASKING: dict[str, tuple[Any, str]] = {
    "number": (of_number, r"of_number asks isinstance\(rate, \(int, float\)\), which is False"),
    "Number": (of_numbers, r"isinstance\(rate, numbers\.Number\)"),
    "np.floating": (of_floating, r"isinstance\(rate, np\.floating\)"),
    "result": (of_result, r"isinstance\(J, float\), .*: ask .* or np\.ndim\(J\) == 0"),
    "np.isscalar": (of_scalar, r"np\.isscalar\(rate\), .*: ask np\.ndim\(rate\) == 0"),
    "comprehension": (in_a_comprehension, r"isinstance\(v, np\.ndarray\), .* np\.ndim\(v\) > 0"),
    "nested": (in_a_nested_function, r"isinstance\(v, np\.ndarray\)"),
    "type": (of_type, r"of_type compares type\(x\) with np\.ndarray"),
    "type inside": (of_type_inside, r"type\(v\) with np\.ndarray"),
    "union": (of_union, r"isinstance\(rate, int \| float\)"),
}


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_question_that_tensors_answer_otherwise_warns(name: str, backend: str) -> None:
    f, sentence = ASKING[name]
    with pytest.warns(UserWarning, match=sentence) as warned:
        ag.compile(f, backend=backend)(X, RATE)
    assert warned[0].filename == __file__


def plain(x: Any, n: Any, name: Any, given: Any) -> Any:
    if isinstance(n, int) and isinstance(name, str) and not isinstance(given, (list, dict)):
        return x * n if isinstance(x, (np.ndarray, ag.Tensor)) and np.isscalar(n) else x
    return x


def test_other_questions_do_not() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(ag.compile(plain)(X, 3, "name", None), X * 3)


def test_nothing_is_left_behind() -> None:
    of_scalar_before = np.isscalar
    with pytest.warns(UserWarning, match="asks"):
        ag.compile(of_number)(X, RATE)
    with pytest.raises(ag.DataDependentError):
        ag.compile(lambda x: isinstance(x, int) or float(x[0]))(X)
    assert "isinstance" not in globals()
    assert isinstance is builtins.isinstance
    assert np.isscalar is of_scalar_before


def test_asking_is_no_reason_to_record_again() -> None:
    compiled = ag.compile(plain)
    for _ in range(3):
        compiled(X, 3, "name", None)
    assert "recorded once" in repr(compiled)


def test_a_function_that_asks_what_requires_a_gradient_is_refused() -> None:
    def doubled_if_trained(w: Any) -> Any:
        return w * 2 if w.requires_grad else w

    w = ag.tensor(X)
    np.testing.assert_array_equal(doubled_if_trained(w), X)
    with pytest.raises(ag.DataDependentError, match=r"requires_grad.*pass a flag"):
        ag.compile(doubled_if_trained)(w)
