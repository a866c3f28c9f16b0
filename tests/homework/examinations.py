"""Examinations made by hand, to see how they are told."""

from __future__ import annotations

import math

import numpy as np

from nets.homework.results import Examination, Failure, Finding, GradientRow, Study

SOURCE = '''\
import numpy as np


def forward_propagation(X, parameters):
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def compute_cost(A2, Y):
    """The cross-entropy | of <b>`A2`</b>."""
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = np.dot(dZ2, cache["A1"].T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(
        parameters["W2"].T, dZ2
    )
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
'''

MISSING = Finding(
    "missing_activation_derivative",
    "The derivative of tanh is missing in dZ1: the numbers are those of dZ1 = dA1.",
    line=24,
    fix='dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))',
    alternatives=(Finding("wrong_cache", "Or A1 holds another layer's values.", fix=""),),
)


def row(name, shape, line, off=0.0, seed=0, **more):
    """Return a row whose manual gradient is `off` from the right one in each entry."""
    right = np.random.default_rng(seed).normal(size=shape)
    manual = right + off
    verdict = more.pop("verdict", "wrong" if off else "ok")
    worst = (0,) * len(shape)
    return GradientRow(
        name, name[1:], shape, abs(off), abs(off) / 2, verdict, line, manual=manual,
        automatic=right, numerical=right, worst=worst, **more,
    )  # fmt: skip


def study(rows, **more):
    names = {
        "forward": "forward_propagation", "cost": "compute_cost", "backward": "backward_propagation"
    }  # fmt: skip
    return Study(**{**names, **more}, rows=tuple(rows))


def wrong():
    """A file whose dZ1 lacks the derivative of tanh."""
    rows = [
        row("dZ2", (1, 7), 21, 0.2, verdict="convention", diagnosis=Finding(
            "convention", "dZ2 is m = 7 times the derivative; either place for 1/m is right.")),
        row("dW2", (1, 3), 22),
        row("db2", (1, 1), 23),
        row("dZ1", (3, 7), 24, 0.5, diagnosis=MISSING),
        row("dW1", (3, 2), 27, 0.4, inherited=True, diagnosis=MISSING),
        row("db1", (3, 1), 28, 0.3, inherited=True),
    ]  # fmt: skip
    made = study(rows, notes=("The cost is assumed to be a mean.",))
    return Examination("wrong.py", (made,), source=SOURCE, seconds=0.5)


def right(file="right.py"):
    return Examination(
        file, (study([row("dW2", (1, 3), 22), row("dW1", (3, 2), 27)]),), source=SOURCE
    )


def notebook():
    rows = [row("self.grads['W1']", (3, 2), 27, 0.4, cell=2, diagnosis=Finding(
        "scale", "dW1 is m = 7 times what it should be.", line=27,
        fix="dW1 = np.dot(dZ1, X.T) / m"))]  # fmt: skip
    return Examination("work.ipynb", (study(rows),), source=SOURCE)


def not_finite():
    """A file whose gradient has another shape, and one that holds NaN."""
    rows = [
        GradientRow("dW1", "W1", (3, 2), math.nan, math.nan, "wrong", 27, manual=np.ones(3),
                    automatic=np.ones((3, 2)), diagnosis=Finding("wrong_shape", "Not (3, 2).")),
        GradientRow("db1", "b1", (3, 1), math.inf, math.inf, "wrong", 28,
                    manual=np.full((3, 1), np.nan), automatic=np.ones((3, 1)), worst=(0, 0)),
        GradientRow("dX", "X", (2, 7), line=None),
    ]  # fmt: skip
    return Examination("shapes.py", (study(rows),), source=SOURCE)


def crashed():
    found = Finding("wrong_shape", "W2 is (1, 3) and dZ2 (1, 7): W2.T is meant.", 24, "W2.T @ dZ2")
    failure = Failure("ValueError", "shapes (1,3) and (1,7) not aligned", 24, diagnosis=found)
    return Examination("crashed.py", failure=failure, source=SOURCE)


def not_found():
    failure = Failure(
        "NotFound", "found train(X, Y); no backward function: point at it with --backward NAME",
        theirs=False,
    )  # fmt: skip
    return Examination("train.py", failure=failure, source="def train(X, Y):\n    pass\n")


ALL = (wrong, right, notebook, not_finite, crashed, not_found)
