"""A graph keeps the values it was recorded with, however its leaves are changed afterwards."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag

LEAVES: dict[str, Callable[[], ag.Tensor]] = {
    "a list": lambda: ag.tensor([1.0, 2.0], requires_grad=True),
    "a number": lambda: ag.tensor(2.0, requires_grad=True),
    "a long list": lambda: ag.tensor([1.0] * 20_000, requires_grad=True),
    "ones": lambda: ag.ones((3, 2), requires_grad=True),
    "an array": lambda: ag.tensor(np.ones(3), requires_grad=True),
    "a large array": lambda: ag.tensor(np.ones(20_000), requires_grad=True),
}


def subtract(W: Any) -> None:
    W.data -= 0.5 * W.data


def assign(W: Any) -> None:
    W.data[...] = 7.0


def write_into_the_array(W: Any) -> None:
    array = W.numpy()
    array += 1.0


def without_recording(W: Any) -> None:
    with ag.no_grad():
        W -= 0.5


def replace(W: Any) -> None:
    W.data = 3.0 * W.numpy()


@pytest.mark.parametrize(
    "change", [subtract, assign, write_into_the_array, without_recording, replace]
)
@pytest.mark.parametrize("leaf", LEAVES)
def test_backward_again_gives_the_same_gradient_or_says_what_changed(
    leaf: str, change: Callable[[Any], None]
) -> None:
    W = LEAVES[leaf]()
    J = np.sum(W * W)
    J.backward()
    before = W.grad.numpy().copy()
    change(W)
    W.grad = None
    try:
        J.backward()
    except ag.ChangedInPlaceError:
        W.grad = None
    else:
        assert np.array_equal(W.grad.numpy(), before)
    for _ in range(2):  # and what is recorded from now on sees the new values
        W.grad = None
        np.sum(W * W).backward()
        assert np.array_equal(W.grad.numpy(), 2 * W.numpy())
        change(W)
