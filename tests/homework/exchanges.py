"""One thing taken for another: another layer's values, mask or key, an L2 term on the bias."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.homework.handwriting import BIAS, WEIGHT, File, derivative, fed, knows, product
from tests.homework.plant import Change

__all__ = ["EXCHANGES"]

_CACHE = ("wrong_cache", "wrong_shape", "transpose")
_KEYS = ("shifted_keys", "wrong_shape", "wrong_cache")
_MASK = ("wrong_activation_derivative", "wrong_cache", "wrong_shape")
_OPEN = (*_MASK, "missing_activation_derivative")
_STORED = ("forward_bug", "wrong_cache", "wrong_activation_derivative", "wrong_shape")

_FED = (
    ("X", "A1", "A2", "A3"),
    ("X", "a1", "a2", "a3"),
    ("X", "self.A1", "self.A2", "self.A3"),
    ("X", "self.a1", "self.a2"),
    ("self.X", 'self.params["A1"]'),
    ("x", "h1"),
    ("X", "hidden"),
    ("X", "hidden_layer"),
    ("l0", "l1"),
    ("self.input", "self.layer1"),
    ("X", "Z"),
    ("activations[i]", "activations[i + 1]"),
    ("activations[-2]", "activations[-1]"),
    ("activations[-l - 1]", "activations[-l]"),
)
"""What layer after layer is fed, as files call it."""

_BEFORE = (
    ("Z1", "Z2", "Z3"),
    ("z1", "z2", "z3"),
    ("self.Z1", "self.Z2", "self.Z3"),
)
"""What activation after activation is fed."""


def _others(text: str, families: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    """Yield what stands beside a name in its family."""
    for family in families:
        if text in family:
            yield from (each for each in family if each != text)


def _is_at_hand(file: File, where: ast.AST, text: str) -> bool:
    """Return whether something can be used on a line: it is made there, handed in, or kept."""
    if text.isidentifier():
        return knows(file, where, text)
    return text in file.text or text.startswith("activations[")


def _caches(file: File) -> Iterator[Change]:
    """``A[l]`` or ``X`` or ``Z[l-1]`` for ``A[l-1]``."""
    for kind, step in file.steps:
        made = product(step.value) if kind == WEIGHT else None
        for node in ast.walk(made) if made is not None else ():
            if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
                continue
            text = file.source(node)
            before = fed(text, file, step)
            for other in (*_others(text, _FED), *([before] if before else [])):
                if _is_at_hand(file, step, other):
                    layer = "Z[l-1]" if other == before else "another layer"
                    yield Change(f"{layer} for A[l-1]", _CACHE, node, other)


def _masks(file: File) -> Iterator[Change]:
    """The derivative of an activation at another layer's values."""
    for _, step in file.steps:
        for node in ast.walk(step.value):
            found = derivative(node)
            if found is None:
                continue
            for each in ast.walk(found[1]):
                if isinstance(each, (ast.Name, ast.Attribute)):
                    for other in _others(file.source(each), (*_FED, *_BEFORE)):
                        if other != "X" and _is_at_hand(file, step, other):
                            everywhere = found[2] == "relu" and _is_output(file, other)
                            codes = _OPEN if everywhere else _MASK
                            yield Change("g' at another layer", codes, each, other)


def _is_output(file: File, text: str) -> bool:
    """Return whether a name is the last of its family in the file: a sigmoid, positive always."""
    family = next(each for each in (*_FED, *_BEFORE) if text in each)
    return max(k for k, each in enumerate(family) if each in file.text) == family.index(text)


def _keys(file: File) -> Iterator[Change]:
    """Keys numbered one further, or exchanged."""
    for _, step in file.steps:
        for node in ast.walk(step):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
                found = re.fullmatch(
                    r"(\w+\[['\"]d[Wb]['\"] ?\+ ?str\()(\w+)( \+ 1)?\)\]", file.source(node)
                )
                if found and not found[3]:
                    yield Change("keys shifted", _KEYS, node, f"{found[1]}{found[2]} + 1)]")
                elif found:
                    yield Change("keys shifted", _KEYS, node, f"{found[1]}{found[2]} + 2)]")
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Assign):
            yield from _shifted(file, node.targets[0], node.value)


def _shifted(file: File, target: ast.expr, value: ast.expr) -> Iterator[Change]:
    """Yield ``grads["dW" + str(l)]`` for a key that a loop makes of ``dW_temp``."""
    found = re.fullmatch(r"(\w+\[['\"]d[Wb]['\"] ?\+ ?str\((?:l|layer_idx_curr))( ?\+ ?1)?\)\]",
                         file.source(target))  # fmt: skip
    if found and isinstance(value, ast.Name):
        wrong = f"{found[1]})]" if found[2] else f"{found[1]} + 1)]"
        yield Change("keys shifted", _KEYS, target, wrong)


def _exchanged(file: File) -> Iterator[Change]:
    """Two layers' gradients handed back in each other's place."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Dict):
            keys = [each.value for each in node.keys if isinstance(each, ast.Constant)]
            for letter in "Wb":
                if {f"d{letter}1", f"d{letter}2"} <= set(keys):
                    first, second = keys.index(f"d{letter}1"), keys.index(f"d{letter}2")
                    values = list(node.values)
                    values[first], values[second] = values[second], values[first]
                    instead = ast.unparse(ast.Dict(node.keys, values))
                    yield Change("keys exchanged", _KEYS, node, instead)


def _stored(file: File) -> Iterator[Change]:
    """Something else kept under a key of the cache: Z for A, A for Z."""
    for node in ast.walk(file.tree):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pairs = [(node.targets[0].slice, node.value)]
        for key, value in pairs:
            if not isinstance(key, ast.Constant) or not isinstance(value, ast.Name):
                continue
            if str(key.value) == value.id and (found := re.fullmatch(r"([AaZz])(\d?)", value.id)):
                other = {"A": "Z", "Z": "A", "a": "z", "z": "a"}[found[1]] + found[2]
                if knows(file, value, other):
                    codes = (*_STORED, "wrong_output_gradient") if found[2] == "2" else _STORED
                    yield Change("another value kept in the cache", codes, value, other)


def _decay_on_bias(file: File) -> Iterator[Change]:
    """The L2 term added to db as well."""
    for kind, step in file.steps:
        target = ast.unparse(step.targets[0]) if isinstance(step, ast.Assign) else ""
        layer = re.search(r"b(\d)", target)
        if kind != BIAS or layer is None:
            continue
        term = re.search(
            rf"\(?lambd \* W{layer[1]}\)? / m|2 \* reg \* W{layer[1]}|"
            rf"self\.l2_lambda / m \* self\.W{layer[1]}|reg_lambda \* W{layer[1]}",
            file.text,
        )
        factor = re.search(r"lambd|reg_lambda|reg|self", term[0]) if term else None
        known = factor and (
            factor[0] == "self"
            or knows(file, step, factor[0])
            or re.search(rf"^{factor[0]} = ", file.text, re.MULTILINE)
        )
        if term and known:
            bias = term[0].replace(f"W{layer[1]}", f"b{layer[1]}")
            whole = f"{file.source(step.value)} + {bias}"
            yield Change("L2 on the bias", ("regularization_scale",), step.value, whole)


def _in_place(file: File) -> Iterator[Change]:
    """``dZ = dA; dZ *= g'(Z)``: dA is overwritten."""
    for _, step in file.steps:
        found = derivative(step.value) if isinstance(step, ast.Assign) else None
        if found is None or not isinstance(found[0], ast.Name) or found[2] == "relu":
            continue
        target = ast.unparse(step.targets[0])  # type: ignore[union-attr]
        indent = " " * step.col_offset
        slope = file.source(step.value).replace(file.source(found[0]), "1", 1)
        instead = f"{target} = {found[0].id}\n{indent}{target} *= {slope}"
        yield Change("dA overwritten", ("overwritten_in_place",), step, instead)


EXCHANGES: tuple[Callable[[File], Iterator[Change]], ...] = (
    _caches,
    _masks,
    _keys,
    _exchanged,
    _stored,
    _decay_on_bias,
    _in_place,
)
