"""Random programs of many operations, to derive gradients of.

    python -m tests.derive.programs [NUMBER [FIRST]]

derives that many and tells which are wrong; a few of them are a test.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.derive.models import Parameters

__all__ = ["program", "wrong"]

SHAPES = [(2, 3), (3, 2), (3, 3), (3,), (2, 1), (1, 3), (), (2, 3, 2)]
NUMBERS = [2.0, 0.5, 3.0, -1.0, 0.1, 1 / 3, np.sqrt(2.0), 7.0]

Make = Callable[[Any, Any, Any, float], Any]


def _some_axis(draw: Any, a: Any) -> dict[str, Any]:
    return {"axis": int(draw.integers(a.ndim)), "keepdims": bool(draw.integers(2))}


def _softmax_by_hand(draw: Any, a: Any, _: Any, __: float) -> Any:
    axis = int(draw.integers(a.ndim))
    e = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


STEPS: list[Make] = [
    lambda draw, a, b, c: a + b,
    lambda draw, a, b, c: a - b,
    lambda draw, a, b, c: a * b,
    lambda draw, a, b, c: a / (b * b + 1),
    lambda draw, a, b, c: (a - b) ** 2,
    lambda draw, a, b, c: a * c,
    lambda draw, a, b, c: a / c,
    lambda draw, a, b, c: -a,
    lambda draw, a, b, c: a @ b,
    lambda draw, a, b, c: a.T,
    lambda draw, a, b, c: np.sum(a, **_some_axis(draw, a)),
    lambda draw, a, b, c: np.mean(a, **_some_axis(draw, a)),
    lambda draw, a, b, c: np.exp(-a * a),
    lambda draw, a, b, c: np.tanh(a),
    lambda draw, a, b, c: np.sqrt(a * a + 1),
    lambda draw, a, b, c: np.log(a * a + 1),
    lambda draw, a, b, c: ag.softmax(a, axis=-1),
    lambda draw, a, b, c: np.maximum(a, c / 4),
    lambda draw, a, b, c: ag.sigmoid(a),
    lambda draw, a, b, c: a[..., :1],
    lambda draw, a, b, c: np.where(a > 0.5, a, c),
    _softmax_by_hand,
]

ENDS: list[Callable[[Any], Any]] = [
    np.sum,
    lambda a: np.mean(a**2),
    lambda a: np.sum(a * a) * 0.5,
    lambda a: np.sum(np.sin(a)) / (2 * max(a.size, 1)),
]


def program(number: int) -> tuple[Any, Parameters]:
    """Return a recorded cost and its parameters."""
    draw = np.random.default_rng(number)
    p = Parameters(number)
    pool = []
    for k in range(int(draw.integers(3, 7))):
        values = np.asarray(draw.uniform(0.3, 1.5, size=SHAPES[draw.integers(len(SHAPES))]))
        if k in (1, 4):
            pool.append(p.known(f"X{k}", values))
        else:
            p[f"p{k}"] = ag.tensor(values, requires_grad=True, name=f"p{k}")
            pool.append(p[f"p{k}"])
    names = iter("abcdefgh")
    for _ in range(int(draw.integers(3, 14))):
        a, b = (pool[draw.integers(len(pool))] for _ in range(2))
        try:
            made = STEPS[draw.integers(len(STEPS))](draw, a, b, float(draw.choice(NUMBERS)))
        except (
            ValueError,
            IndexError,
            TypeError,
        ):  # shapes that do not fit, or no axis to sum over
            continue
        if made.requires_grad and made.name is None and draw.random() < 0.4:
            made.name = next(names, None)
        pool.append(made)
    parts = [ENDS[draw.integers(len(ENDS))](a) for a in pool if a.requires_grad][-3:]
    return sum(parts[1:], parts[0]), p


def wrong(number: int) -> list[str]:
    """Return what is wrong with the derived source of a program."""
    J, p = program(number)
    d = ag.derive(J, wrt=list(p.values()))
    made: dict[str, Any] = {}
    exec(d.source, made)
    values = {**d.constants, **{k: t.detach().numpy() for k, t in {**p.given, **p}.items()}}
    wanted = inspect.signature(made["gradients"]).parameters
    found = made["gradients"](**{name: values[name] for name in wanted})
    J.backward()
    told = []
    for name, t in p.items():
        right = np.zeros(t.shape) if t.grad is None else t.grad.numpy()
        scale = max(1.0, float(np.abs(right).max(initial=0)))
        mine = np.asarray(found[f"d{name}"])
        same = mine.shape == right.shape
        if not same or not np.allclose(mine, right, rtol=1e-11, atol=1e-12 * scale):
            told.append(f"program {number}: d{name}\n{d.source}")
    if "<math" not in d.mathml or "<math" not in d.fold().mathml:
        told.append(f"program {number}: no MathML")
    return told


def main(count: int, first: int) -> int:
    """Derive programs; return how many are wrong."""
    bad = [line for number in range(first, first + count) for line in wrong(number)]
    print("\n".join(bad) or f"{count} programs, all right")  # noqa: T201
    return len(bad)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] + [1000, 0][len(sys.argv) - 1 :]
    sys.exit(bool(main(*given)))
