"""Random programs in which numbers of every kind meet: see :mod:`tests.fuzz.steps`."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.fuzz import functions  # noqa: F401 - declares steps
from tests.fuzz.steps import DTYPES, FLOATS, STEPS, Step, a_number

__all__ = ["Mixed", "plain"]

SHAPES: list[tuple[int, ...]] = [
    (), (1,), (2,), (3,), (2, 3), (3, 2), (2, 2), (1, 3), (2, 1), (3, 3), (2, 2, 3), (2, 1, 3),
    (1, 1), (0,), (0, 2), (3, 1), (1, 2, 1),
]  # fmt: skip
LARGEST, MOST_ENTRIES = 50.0, 200


class Mixed:
    """A random program: leaves of any dtype, steps, and a weight for every value it makes.

    Attributes
    ----------
    leaves : list
        Arrays, NumPy scalars and Python numbers; the first is an array of floats.
    argnums : tuple of int
        The leaves to differentiate by.
    forward : bool
        Whether to compile derivatives along directions, and not a training step.
    """

    def __init__(self, seed: int) -> None:
        rng = self.rng = np.random.default_rng([seed, 1])
        self.leaves = [self._array(FLOATS)]
        self.leaves += [self._leaf() for _ in range(rng.integers(0, 4))]
        self.argnums = tuple(k for k, leaf in enumerate(self.leaves) if _floating(leaf))
        self.steps: list[tuple[Step, list[int], dict[str, Any]]] = []
        pool = self.arguments()
        length = int(rng.integers(1, 11))
        for _ in range(40 * length):
            if len(self.steps) == length:
                break
            self._draw_step(pool)
        self.weights = [self._weight(value) for value in pool]
        self.directions = [_noise(rng, np.shape(self.leaves[k]), _dtype(self.leaves[k]))
                           for k in self.argnums]  # fmt: skip
        self.forward = bool(rng.random() < 0.3)

    def _leaf(self) -> Any:
        kind = self.rng.integers(8)
        if kind == 0:
            return a_number(self.rng)
        made = self._array(DTYPES)
        return made[()] if not made.ndim and kind < 4 else made

    def moved(self, step: float) -> list[Any]:
        """Return what is differentiated by, a step along the directions away."""
        made = []
        for k, direction in zip(self.argnums, self.directions, strict=True):
            there = _copied(self.leaves[k])
            there += step * direction
            made.append(there)
        return made

    def _array(self, dtypes: Sequence[Any]) -> Any:
        """Draw an array, now and then by columns, backwards, or with entries that are equal."""
        rng = self.rng
        dtype = np.dtype(dtypes[rng.integers(len(dtypes))])
        made = _noise(rng, SHAPES[rng.integers(len(SHAPES))], dtype)
        if rng.random() < 0.1:
            made = np.asarray(np.round(made), dtype)
        if rng.random() < 0.2:
            made = np.asfortranarray(made) if rng.random() < 0.5 else np.flip(np.flip(made).copy())
        return made

    def _draw_step(self, pool: list[Any]) -> None:
        rng = self.rng
        step = STEPS[rng.integers(len(STEPS))]
        places = [int(rng.integers(len(pool))) for _ in range(step.operands)]
        operands = [pool[k] for k in places]
        params = step.draw(rng, operands)
        if params is None or (step.writes and not self._may_be_written(operands[0], pool)):
            return
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                made = plain(step.call(*[_copied(each) for each in operands], **params))
        except Exception:  # noqa: BLE001 - NumPy has a reason
            return
        if isinstance(made, (np.ndarray, np.generic)) and self._moderate(made):
            self.steps.append((step, places, params))
            pool.append(plain(step.call(*operands, **params)))
            if any(isinstance(each, np.generic) for each in operands) and made.ndim:
                pool[-1].flags.writeable = False  # tensors show the memory of one without axes

    def _may_be_written(self, value: Any, pool: list[Any]) -> bool:
        if not isinstance(value, np.ndarray) or not value.ndim or not value.flags.writeable:
            return False
        leaves = pool[: len(self.leaves)]
        return bool(value.size) and not any(np.shares_memory(value, leaf) for leaf in leaves)

    def _moderate(self, made: Any) -> bool:
        if made.ndim > 4 or made.size > MOST_ENTRIES or made.dtype.kind not in "biufc":
            return False
        if made.dtype.kind not in "fc":
            return True
        return bool(np.isfinite(made).all() and np.abs(made).max(initial=0) <= LARGEST)

    def _weight(self, value: Any) -> Any:
        """Draw what to multiply a value by; None for one whose derivative is 0 anyway."""
        if not _floating(value):
            return None
        narrow = self.rng.random() < 0.5
        wide = np.complex128 if _dtype(value).kind == "c" else np.float64
        return _noise(self.rng, np.shape(value), _dtype(value) if narrow else np.dtype(wide))

    def __str__(self) -> str:
        lines = [f"x{k} = {_told(leaf)}" for k, leaf in enumerate(self.leaves)]
        for k, (step, places, params) in enumerate(self.steps, len(self.leaves)):
            stated = [f"x{i}" for i in places] + [f"{key}={each!r}" for key, each in params.items()]
            lines.append(f"x{k} = {step.name}({', '.join(stated)})")
        return "\n".join(lines)

    def here(self, *leaves: Any) -> tuple[Any, list[Any]]:
        """Return the cost and all values."""
        pool = self.values(*leaves)
        total: Any = 0.0
        for w, value in zip(self.weights, pool, strict=True):
            if w is not None:
                total = total + np.sum(np.real(np.conj(w) * value))
        return total, pool

    def values(self, *leaves: Any) -> list[Any]:
        """Return the leaves and what each step makes of them."""
        pool = list(leaves)
        for step, places, params in self.steps:
            made = step.call(*[pool[k] for k in places], **params)
            # Python computes with its complex and a NumPy float64 itself
            pool.append(made if hasattr(made, "dtype") else np.asarray(made)[()])
        return pool

    def arguments(self) -> list[Any]:
        """Return copies of the leaves."""
        return [_copied(leaf) for leaf in self.leaves]

    def others(self) -> list[Any]:
        """Return arguments of the same dtypes and shapes with other values."""
        return [_other(leaf) for leaf in self.arguments()]

    def widened(self) -> Mixed:
        """Return this program in double precision throughout."""
        other = copy.copy(self)
        other.leaves = [_widened(leaf) for leaf in self.leaves]
        other.weights = [_widened(w) for w in self.weights]
        other.directions = [_widened(d) for d in self.directions]
        other.steps = [
            (step, places, {key: _widened(each) for key, each in params.items()})
            for step, places, params in self.steps
        ]
        return other


def plain(value: Any) -> Any:
    """Return a tensor's value, and anything else as it is."""
    return value.numpy() if isinstance(value, ag.Tensor) else value


def _copied(value: Any) -> Any:
    """Copy an array that lies in memory alike, on which depends what is a view of it."""
    if not isinstance(value, np.ndarray):
        return value
    if any(each < 0 for each in value.strides):
        return np.flip(np.flip(value).copy(order="K"))
    return value.copy(order="K")


def _other(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind not in "fc":
            other = np.flip(value) if value.ndim else value + value.dtype.type(1)
            return np.asarray(other) if isinstance(value, np.ndarray) else other
        value *= value.dtype.type(0.8)
        return value
    return value if isinstance(value, (bool, int)) else value * 0.8


def _dtype(value: Any) -> np.dtype[Any]:
    return np.asarray(value).dtype


def _floating(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"


def _noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    made = rng.normal(size=shape)
    if dtype.kind == "c":
        return np.asarray(made + 1j * rng.normal(size=shape)).astype(dtype)
    if dtype.kind == "b":
        return np.asarray(made > 0)
    whole = np.abs(made * 3) if dtype.kind == "u" else made * 3
    return np.asarray(made if dtype.kind == "f" else whole).astype(dtype)


WIDER = {np.dtype(e): np.dtype(w) for e, w in (
    (np.float16, np.float64), (np.float32, np.float64), (np.complex64, np.complex128))}  # fmt: skip


def _widened(value: Any) -> Any:
    if isinstance(value, np.dtype):
        return WIDER.get(value, value)
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype in WIDER:
        return value.astype(WIDER[value.dtype])
    return value


def _told(leaf: Any) -> str:
    if isinstance(leaf, np.ndarray):
        return f"np.{leaf!r}  # {leaf.dtype}{leaf.shape}, strides {leaf.strides}"
    return repr(leaf)
