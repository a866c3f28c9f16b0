"""The coverage page of the documentation: every call form, and what peers make of it.

``python -m tests.numpy_functions.score`` writes ``docs/coverage.md``.  With ``--peers`` it first
runs every form on the peers that are installed (extra ``benchmark``) and keeps what they do in
``peers.json``; a form is right if its gradients agree with central differences.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd_mini as ag
from tests.numpy_functions.forms import TABLE, Form, forms
from tests.numpy_functions.test_coverage import numerical, weighted, weights_of

PEERS = Path(__file__).parent / "peers.json"
PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
OURS = "autograd_mini"
SIGNS = {"right": "✓", "wrong": "✗ wrong", "raises": "–", "constant": "✗ lost"}

Gradients = Callable[[Form, list[Any], list[Any]], list[Any]]


def _ours(form: Form, points: list[Any], weights: list[Any]) -> list[Any]:
    tensors = [ag.tensor(point.copy(), requires_grad=True) for point in points]
    weighted(form, weights)(*tensors).backward()
    return [None if t.grad is None else t.grad.numpy() for t in tensors]


def _run(form: Form, module: Any, points: list[Any]) -> Any:
    """Run the code of a form with another module as ``np``."""
    *before, last = form.code.split("; ")
    scope = {"np": module, **dict(zip(form.operands, points, strict=True))}
    for statement in before:
        exec(statement, scope)
    return eval(last, scope)


def _parts(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)):
        return [each for part in result for each in _parts(part)]
    return [result]


def _hips(form: Form, points: list[Any], weights: list[Any]) -> list[Any]:
    import autograd
    import autograd.numpy as anp

    def f(*args: Any) -> Any:
        parts = [
            p for p in _parts(_run(form, anp, list(args))) if _is_float(getattr(p, "_value", p))
        ]
        total = 0.0
        for part, weight in zip(parts, weights, strict=True):
            total = total + anp.sum(anp.real(part * weight))
        return total

    return [autograd.grad(f, k)(*points) for k in range(len(points))]


def _mygrad(form: Form, points: list[Any], weights: list[Any]) -> list[Any]:
    import mygrad

    def run(module: Any) -> list[Any]:
        tensors = [mygrad.tensor(point.copy()) for point in points]
        parts = [p for p in _parts(_run(form, module, tensors)) if _is_float(getattr(p, "data", p))]
        total = sum((mygrad.sum(p * w) for p, w in zip(parts, weights, strict=True)), start=0.0)
        total.backward()
        return [t.grad for t in tensors]

    try:
        return run(np)
    except Exception:  # noqa: BLE001 - whatever it raises, its own function may do better
        return run(mygrad)


def _is_float(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "fc"


RUNNERS: dict[str, tuple[str, Gradients]] = {
    OURS: ("autograd_mini", _ours),
    "HIPS autograd": ("autograd", _hips),
    "MyGrad": ("mygrad", _mygrad),
}


def verdict(form: Form, gradients: Gradients) -> str:
    """Return what an engine makes of a form: right, wrong, constant (lost) or raises."""
    points = form.points()
    weights = weights_of(form, points)
    right = numerical(weighted(form, weights), points)
    try:
        found = gradients(form, [point.copy() for point in points], weights)
    except Exception:  # noqa: BLE001 - whatever it raises, it has no gradient
        return "raises"
    pairs = zip(found, right, strict=True)
    if any(each is None and np.any(np.abs(slopes) > 1e-9) for each, slopes in pairs):
        return "constant"
    for each, slopes in zip(found, right, strict=True):
        given = np.zeros_like(slopes) if each is None else np.asarray(each)
        if given.shape != slopes.shape or not np.allclose(given, slopes, rtol=1e-5, atol=1e-7):
            return "wrong"
    return "right"


def run_peers() -> dict[str, Any]:
    """Run every form on every engine."""
    found: dict[str, Any] = {"versions": {}, "forms": {}}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, (package, gradients) in RUNNERS.items():
            if name != OURS:
                found["versions"][name] = importlib.metadata.version(package)
            for form in forms():
                found["forms"].setdefault(form.code, {})[name] = verdict(form, gradients)
    return found


def page(found: dict[str, Any]) -> str:
    """Return the page."""
    names = list(RUNNERS)
    versions = found["versions"]
    every = {form.code for form in forms()}
    counts = {name: Counter(found["forms"][code][name] for code in every) for name in names}
    lines = [
        "# What of NumPy differentiates",
        "",
        "Each row is a call form that the tests run: its value and dtype, its gradient against",
        "central differences, forward mode, second derivatives and float32. This page is made by",
        "`python -m tests.numpy_functions.score`; a test checks that it is up to date.",
        "",
        "| | right | wrong | gradient lost | raises |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        c = counts[name]
        label = f"{name} {versions[name]}" if name in versions else f"**{name}**"
        lines.append(
            f"| {label} | {c['right']} of {len(every)} | {c['wrong']} | {c['constant']} "
            f"| {c['raises']} |"
        )
    lines += ["", "✓ right · ✗ wrong: another number, without a word · ✗ lost: no gradient, "]
    lines[-1] += "without a word · – raises"
    lines += [
        "",
        "Not in the table: functions that give truth values, indices, counts or steps (`np.isnan`,",
        "`np.argmax`, `np.searchsorted`, `np.sign`, `np.floor`). Their derivative is zero wherever",
        "it exists; they run, and their results count as constants. What works on dates, text or",
        "files raises for tensors.",
    ]
    for topic, rows in TABLE.items():
        lines += [
            "",
            f"## {topic}",
            "",
            f"| | {' | '.join(names)} |",
            "|---" * (len(names) + 1) + "|",
        ]
        for code in dict.fromkeys(row.code for row in rows):
            signs = [SIGNS[found["forms"][code][name]] for name in names]
            shown = code.replace("|", "\\|")
            lines.append(f"| `{shown}` | {' | '.join(signs)} |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    """Write the page, and first what peers do where that is asked for."""
    if "--peers" in arguments:
        PEERS.write_text(json.dumps(run_peers(), indent=0, sort_keys=True) + "\n")
    PAGE.write_text(page(json.loads(PEERS.read_text())))


if __name__ == "__main__":
    main(sys.argv[1:])
