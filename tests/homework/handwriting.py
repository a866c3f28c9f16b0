"""Read off a right implementation how its author writes the steps of backward."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"

WEIGHT, BIAS, AFTER, BEFORE = "W", "b", "Z", "A"
"""The gradients of a weight, a bias, of what an activation is fed, of what it gives."""

_KINDS = {
    WEIGHT: r"d_?[wW]\d?|dW_curr|dweights|grad_W|d_weights\d|dl_wrt_w\d|gradient|"
    r"weights_(gradient|error)|syn\d|nabla_w\[.*\]|grads\[i\]|grads\[.*['\"]d?[wW]\d?['\"].*\]",
    BIAS: r"d_?b\d?|db_curr|dbiases|grad_b|dl_wrt_b\d|nabla_b\[.*\]|grads\[.*['\"]d?b\d?['\"].*\]",
    AFTER: r"d[zZ]\d?|dZ_curr|delta\d?|l\d_delta|dscores|dhidden|dl_wrt_z\d|dy|dz2",
    BEFORE: r"d[aA]\d?|dA_prev|dinputs|dh1|dl_wrt_A1|dx|input_(gradient|error)|dhidden|l\d_error",
}


@dataclass(frozen=True)
class File:
    """A right implementation, as text and as a tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text; what a notebook has that is no Python is left out."""
        return ast.parse(re.sub(r"(?m)^(?=[%!])|^(?=\w+\?$)", "#", self.text))

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins."""
        lengths = [len(line) + 1 for line in self.shown.split("\n")]
        return [sum(lengths[:k]) for k in range(len(lengths))]

    @property
    def shown(self) -> str:
        """The text that the tree was made of."""
        return re.sub(r"(?m)^(?=[%!])|^(?=\w+\?$)", "#", self.text)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, with parentheses around it."""
        begin = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return begin, end

    def source(self, node: ast.AST) -> str:
        """Return a node as it is written."""
        begin, end = self.span(node)
        return self.shown[begin:end]

    def changed(self, node: ast.AST, instead: str) -> str:
        """Return the file with a node spelled otherwise."""
        begin, end = self.span(node)
        text = self.shown[:begin] + instead + self.shown[end:]
        return re.sub(r"(?m)^#(?=[%!]|\w+\?$)", "", text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        """All functions, wherever they stand."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]

    @cached_property
    def steps(self) -> list[tuple[str, ast.Assign | ast.AugAssign]]:
        """The assignments of gradients, each with its kind."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Assign, ast.AugAssign)):
                target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
                kind = _kind(ast.unparse(target), node)
                if kind is not None:
                    found.append((kind, node))
        return found

    def of_kind(self, *kinds: str) -> Iterator[ast.Assign]:
        """Yield the plain assignments of gradients of some kinds."""
        for kind, node in self.steps:
            if kind in kinds and isinstance(node, ast.Assign):
                yield node


def _kind(target: str, node: ast.Assign | ast.AugAssign) -> str | None:
    text = ast.unparse(node.value)
    for kind, form in _KINDS.items():
        if not re.fullmatch(rf"(?:self\.)?(?:{form})", target):
            continue
        made = bool(re.search(r"\bdot\(|@|matmul", text))
        if kind == WEIGHT and made and not text.startswith("self.layers"):
            return kind
        if kind == BIAS and re.search(r"sum\(|^delta$|^dZ", text):
            return kind
        if kind in (AFTER, BEFORE) and not isinstance(node, ast.AugAssign):
            derived = any(derivative(each) for each in ast.walk(node.value))
            return AFTER if derived or not made else BEFORE
    return None


# -- what is known where ---------------------------------------------------------------------------


def knows(file: File, node: ast.AST, name: str) -> bool:
    """Return whether a name is known where a line of a function stands."""
    for function in file.functions:
        if function.lineno <= node.lineno <= (function.end_lineno or 0):  # type: ignore[attr-defined]
            return any(
                isinstance(each, (ast.Name, ast.arg))
                and name == (each.arg if isinstance(each, ast.arg) else each.id)
                and not isinstance(getattr(each, "ctx", None), ast.Load)
                for each in ast.walk(function)
            )
    return name in {each.id for each in ast.walk(file.tree) if isinstance(each, ast.Name)}


def fed(of: str, file: File, step: ast.AST) -> str | None:
    """Return what the activation of `of` is fed, as the file spells it."""
    for a, z in (("A1", "Z1"), ("A2", "Z2"), ("a1", "z1"), ("a2", "z2"), ("h1", "z1")):
        if of.endswith((a, f"{a}']", f'{a}"]')):
            fed = z.join(of.rsplit(a, 1))
            known = fed in file.text and (not fed.isidentifier() or knows(file, step, fed))
            return fed if known else None
    return None


def weight_beside(file: File, step: ast.Assign | ast.AugAssign) -> str | None:
    """Return how the dW of the same layer is spelled, where it was made on the line before."""
    for kind, other in file.steps:
        if kind == WEIGHT and 0 < step.lineno - other.lineno <= 2:
            target = other.targets[0] if isinstance(other, ast.Assign) else other.target
            return ast.unparse(target)
    return None


def spelled_weight(file: File, step: ast.AST, layer: str) -> str | None:
    """Return how backward reaches the weight that a later line multiplies by."""
    for kind, node in file.steps:
        if node.lineno <= step.lineno or kind == WEIGHT:  # type: ignore[attr-defined]
            continue
        form = rf"(self\.W{layer}|params\[.W{layer}.\]|self\.params\[.W{layer}.\]|\bW{layer})\.T"
        found = re.search(form, file.source(node))
        if found:
            return found[1]
    return None


# -- how things are spelled ------------------------------------------------------------------------

_EXAMPLES = r"m|n|N|nsample|batch_size|num_examples|len\(y\)|self\.diff\.size|y_true\.size"


def counts_examples(node: ast.AST) -> bool:
    return bool(re.fullmatch(_EXAMPLES, ast.unparse(node)))


def is_per_example(node: ast.AST) -> bool:
    """Return whether a node is ``1 / m``."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and ast.unparse(node.left) in ("1", "1.0")
        and counts_examples(node.right)
    )


def operands(node: ast.AST) -> list[ast.expr] | None:
    """Return the two operands of a matrix product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("dot", "matmul") and ast.unparse(node.func.value) == "np":
            return list(node.args)
        if node.func.attr == "dot":
            return [node.func.value, *node.args]
    return None


def product(value: ast.AST) -> ast.expr | None:
    return next((e for e in ast.walk(value) if isinstance(e, ast.expr) and operands(e)), None)


def derivative(node: ast.AST) -> tuple[ast.expr, ast.expr, str, str] | None:
    """Return (what comes in, the derivative, which function's, of what) of ``dA * g'(Z)``."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.multiply":
        what = _slope(node.args[1])
        return (node.args[0], node.args[1], *what) if what else None
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return None
    inner = node.left
    if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
        of = ast.unparse(inner.right)
        if ast.unparse(node.right) == f"1 - {of}":
            return inner.left, node.right, "sigmoid", of
    for incoming, slope in ((node.left, node.right), (node.right, node.left)):
        what = _slope(slope)
        if what is not None:
            return incoming, slope, *what
    return None


_SLOPES = (
    (r"1 - np\.power\((.+), 2\)|1 - (\S+) \*\* 2", "tanh"),
    (r"np\.int64\((.+) > 0\)|(\S+) > 0|\((\S+) > 0\)\.astype\(.*\)", "relu"),
    (r"(?:self\.)?(?:d_?)?(?:ReLU|leaky_relu|relu|sigmoid|activation)_?(?:\w*)\((.+)\)", "call"),
    (r"nonlin\((\w+), (?:deriv=)?True\)", "call"),
    (r"(sp)", "call"),
)  # fmt: skip


def _slope(node: ast.AST) -> tuple[str, str] | None:
    text = ast.unparse(node)
    for form, name in _SLOPES:
        found = re.fullmatch(form, text)
        if found:
            return name, next(each for each in found.groups() if each is not None)
    return None


def of_decay(file: File, node: ast.AST) -> bool:
    """Return whether a quotient is the factor of an L2 term: ``lambd * W / m``."""
    return bool(re.search(r"lambd|lambda", ast.unparse(node).split("dot(")[0].split("matmul")[0]))


# -- the corpus ------------------------------------------------------------------------------------


def files() -> dict[str, File]:
    """Return the right implementations by name; of a notebook its cells of code."""
    found = {path.name: File(path.name, path.read_text()) for path in sorted(CORPUS.glob("*.py"))}
    for path in sorted(CORPUS.glob("*.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        codes = ["".join(each["source"]) for each in cells if each["cell_type"] == "code"]
        codes = [re.sub(r"(?s)^%%.*", "", each) for each in codes]
        found[path.name] = File(path.name, "\n".join(codes))
    return found


def written(name: str, text: str) -> str:
    """Return a file as it is stored: a notebook as one cell of code."""
    if not name.endswith(".ipynb"):
        return text
    cell = {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4})
