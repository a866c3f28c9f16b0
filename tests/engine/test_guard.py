"""What a fingerprint of a held array notices."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_mini.memory.guard import fingerprint

DTYPES = pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.complex128, np.int8, bool]
)
SIZES = pytest.mark.parametrize("size", [1, 100, 20_000, 100_003])


def numbers(size, dtype):
    return (np.random.default_rng(0).normal(size=size) * 50).astype(dtype)


@DTYPES
@SIZES
def test_any_change_of_one_entry(size, dtype):
    a = numbers(size, dtype)
    before = fingerprint(a)
    assert fingerprint(a.copy()) == before
    for k in {0, 1 % size, size // 3, size // 2, size - 1}:
        old = a[k]
        a[k] = not old if dtype is bool else old + np.asarray(1, dtype)
        assert fingerprint(a) != before
        a[k] = old
        assert fingerprint(a) == before


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_change_of_the_last_bit_or_of_the_sign_of_zero(dtype):
    a = numbers(50_000, dtype)
    a[[10, 40_000]] = 0
    before = fingerprint(a)
    for k, value in ((7, np.nextafter(a[7], np.inf, dtype=dtype)), (10, -0.0), (40_000, -0.0)):
        changed = a.copy()
        changed[k] = value
        assert fingerprint(changed) != before
    a[3] = np.nan
    assert fingerprint(a) == fingerprint(a.copy())


REORDERED = {
    "reversed": lambda a: a[::-1],
    "sorted": np.sort,
    "rolled": lambda a: np.roll(a, 1),
    "two neighbours": lambda a: a[[1, 0, *range(2, a.size)]],
    "halves": lambda a: np.roll(a, a.size // 2),
    "shuffled": np.random.default_rng(1).permutation,
    "powers of two": lambda a: np.roll(a, 1024),
    "transposed": lambda a: a.reshape(-1, 8).T.reshape(-1),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [9_000, 20_000, 400_000])
@pytest.mark.parametrize("how", REORDERED)
def test_a_change_of_order(how, size, dtype):
    a = numbers(size, dtype)
    assert fingerprint(np.ascontiguousarray(REORDERED[how](a))) != fingerprint(a)


@pytest.mark.parametrize("size", [300, 90_000])
def test_wherever_the_array_lies_in_memory(size):
    base = numbers(size, np.float64).reshape(3, -1)
    wide = np.repeat(base, 2, axis=1)
    for a in (base, base.T, wide[:, ::2], base[::-1], np.broadcast_to(base[0], base.shape)):
        assert fingerprint(a) == fingerprint(a)
    assert fingerprint(wide[:, ::2]) == fingerprint(np.asfortranarray(base))
    for k in range(0, base.size, base.size // 7):
        changed = base.copy()
        changed.reshape(-1)[k] += 1
        assert fingerprint(changed.T) != fingerprint(base.T)
        wide[:, ::2] = changed
        assert fingerprint(wide[:, ::2]) != fingerprint(np.asfortranarray(base))
