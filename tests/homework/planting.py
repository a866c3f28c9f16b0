"""Plant the mistakes that people make wherever they can stand in right implementations.

A rule recognises a step of backward or forward by how it is spelled, and spells it wrongly. The
mistakes are those of the table in ``docs/diagnoses.md``; what may be named instead of the mistake
that was planted, because it gives the same numbers, is named with it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.homework.spellings import OTHER_AXIS, SPELLINGS, SQUARED_TOO

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Plant:
    """A file with one mistake in it.

    Attributes
    ----------
    style : str
        Which file of the corpus.
    mistake : str
        What was planted.
    codes : tuple of str
        Names that are right for it.
    line, last : int
        Where it stands.
    text : str
        The whole file.
    """

    style: str
    mistake: str
    codes: tuple[str, ...]
    line: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"{self.style}:{self.line}:{self.mistake}"

    @property
    def gradient(self) -> str:
        """Which gradients are wrong first, as a pattern, where the line makes none itself."""
        line = self.text.split("\n")[self.line - 1].strip()
        named = (" in forward", "everywhere", "in every layer")
        if self.mistake.startswith("softmax"):
            return r"(self\.)?(d_?[zZ]\d?|delta\d|d[Wb]2|grads\['[Wb]2'\])"
        if self.mistake == "L2 missing":
            return r"dW\d?"
        if self.mistake.endswith(named) or line.startswith("return"):
            steps = r"d_?[zZ]\d?|dl_wrt_z\d|delta\d?|grad|error|dout|nabla_w\[1\]|d_weights2"
            return rf"(self\.)?({steps})"
        return "nothing"

    @property
    def target(self) -> str | None:
        """The gradient that is made on the line, as it is spelled."""
        made = [
            node
            for node in ast.walk(File(self.style, self.text).tree)
            if isinstance(node, (ast.Assign, ast.AugAssign))
            and node.lineno <= self.line <= (node.end_lineno or node.lineno)
        ]
        if not made:
            return None
        target = made[-1].target if isinstance(made[-1], ast.AugAssign) else made[-1].targets[0]
        return ast.unparse(target)


@dataclass(frozen=True)
class _Change:
    """A mistake, and the part of the file that is to be spelled otherwise."""

    mistake: str
    codes: tuple[str, ...]
    node: ast.AST
    instead: str


# -- a file ----------------------------------------------------------------------------------------

WEIGHT, BIAS, AFTER, BEFORE = "W", "b", "Z", "A"
"""The gradients of a weight, a bias, of what an activation is fed, of what it gives."""

_KINDS = {
    WEIGHT: r"d_?[wW]\d?|dW_curr|d_weights\d|dl_wrt_w\d|gradient|weights_(gradient|error)|syn\d|"
    r"nabla_w\[.*\]|grads\[i\]|grads\[.*['\"]d?[wW]\d?['\"].*\]",
    BIAS: r"d_?b\d?|db_curr|dl_wrt_b\d|nabla_b\[.*\]|grads\[.*['\"]d?b\d?['\"].*\]",
    AFTER: r"d[zZ]\d?|dZ_curr|delta\d?|l\d_delta|dscores|dhidden|dl_wrt_z\d|dy|dz2",
    BEFORE: r"d[aA]\d?|dA_prev|dh1|dl_wrt_A1|dx|input_(gradient|error)|dhidden|l\d_error",
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
            derived = any(_derivative(each) for each in ast.walk(node.value))
            return AFTER if derived or not made else BEFORE
    return None


# -- how things are spelled ------------------------------------------------------------------------

_EXAMPLES = r"m|n|N|nsample|batch_size|num_examples|len\(y\)|self\.diff\.size|y_true\.size"


def _is_examples(node: ast.AST) -> bool:
    return bool(re.fullmatch(_EXAMPLES, ast.unparse(node)))


def _is_per_example(node: ast.AST) -> bool:
    """Return whether a node is ``1 / m``."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and ast.unparse(node.left) in ("1", "1.0")
        and _is_examples(node.right)
    )


def _operands(node: ast.AST) -> list[ast.expr] | None:
    """Return the two operands of a matrix product."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [node.left, node.right]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("dot", "matmul") and ast.unparse(node.func.value) == "np":
            return list(node.args)
        if node.func.attr == "dot":
            return [node.func.value, *node.args]
    return None


def _product(value: ast.AST) -> ast.expr | None:
    return next((e for e in ast.walk(value) if isinstance(e, ast.expr) and _operands(e)), None)


def _derivative(node: ast.AST) -> tuple[ast.expr, ast.expr, str, str] | None:
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


# -- the rules -------------------------------------------------------------------------------------

Rule = Callable[[File], Iterator[_Change]]
_MISSING, _WRONG = "missing_activation_derivative", "wrong_activation_derivative"
_OUTPUT = "wrong_output_gradient"


def _whole(file: File, node: ast.Assign) -> str:
    return file.source(node.value)


def _examples(file: File) -> Iterator[_Change]:
    """1/m missing, twice, or in dA as well."""
    for kind, step in file.steps:
        for node in ast.walk(step.value):
            if not isinstance(node, ast.BinOp):
                continue
            left, right = node.left, node.right
            if isinstance(node.op, ast.Mult) and _is_per_example(left):
                yield _Change(f"1/m missing in d{kind}", ("scale",), left, "1")
                yield _Change(f"1/m twice in d{kind}", ("scale",), left,
                              f"({file.source(left)}) * ({file.source(left)})")  # fmt: skip
            elif isinstance(node.op, ast.Div) and _is_examples(right):
                if _is_per_example(node) or _of_decay(file, node):
                    continue
                divisor = file.source(right)
                yield _Change(f"1/m missing in d{kind}", ("scale",), right, "1")
                twice = f"({divisor}) / ({divisor})"
                yield _Change(f"1/m twice in d{kind}", ("scale",), right, twice)
    for step in file.of_kind(BEFORE):
        name = next(
            (n for n in ("m", "n", "N") if re.search(rf"^ +{n} = ", file.text, re.MULTILINE)), None
        )
        if name and "len(" not in file.source(step) and _knows(file, step, name):
            yield _Change("1/m in dA as well", ("scale",), step.value,
                          f"({_whole(file, step)}) / {name}")  # fmt: skip


def _knows(file: File, node: ast.AST, name: str) -> bool:
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


def _of_decay(file: File, node: ast.AST) -> bool:
    """Return whether a quotient is the factor of an L2 term: ``lambd * W / m``."""
    return bool(re.search(r"lambd|lambda", ast.unparse(node).split("dot(")[0].split("matmul")[0]))


def _constants(file: File) -> Iterator[_Change]:
    """Another constant: 2, 1/2, a rate."""
    for kind, step in file.steps:
        text = file.source(step.value)
        if re.fullmatch(r"probs(\.copy\(\))?", text):  # the lines after it make it a gradient
            continue
        for factor in ("2", "0.5", "4"):
            yield _Change(f"{factor} * d{kind}", ("scale",), step.value, f"{factor} * ({text})")
        yield _Change(f"rate * d{kind}", ("scale",), step.value, f"0.01 * ({text})")


def _starts(step: ast.Assign | ast.AugAssign) -> bool:
    """Return whether backward begins here, so that all gradients get the factor."""
    return not re.search(r"dot\(|@|matmul|\bd[AaZz]\w*\b|delta|np\.sum", ast.unparse(step.value))


def _signs(file: File) -> Iterator[_Change]:
    for kind, step in file.steps:
        if re.fullmatch(r"probs(\.copy\(\))?", file.source(step.value)):
            continue
        yield _Change(f"sign of d{kind}", ("sign",), step.value, f"-({file.source(step.value)})")


def _transposes(file: File) -> Iterator[_Change]:
    for kind, step in file.steps:
        for node in ast.walk(step.value):
            text = file.source(node) if isinstance(node, ast.Attribute) else ""
            if isinstance(node, ast.Attribute) and node.attr == "T":
                what = f"operand of d{kind} not transposed"
                yield _Change(what, ("transpose", "wrong_shape"), node, text[:-2])
        made = _product(step.value)
        if kind == WEIGHT and made is not None:
            yield _Change(
                "dW transposed", ("transpose", "wrong_shape"), made, f"({file.source(made)}).T"
            )


def _sums(file: File) -> Iterator[_Change]:
    """Not summed, over a wrong axis, without keepdims, from dW, mean for sum."""
    shape = ("wrong_axis", "wrong_shape")
    for kind, step in file.steps:
        if kind != BIAS:
            continue
        for node in ast.walk(step.value):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr != "sum":
                continue
            text = file.source(node)
            what = file.source(node.args[0] if node.args else node.func.value)
            yield _Change("db not summed", ("wrong_shape", "wrong_axis"), node, what)
            yield _Change("mean for sum in db", ("scale", "wrong_axis"), node.func,
                          re.sub(r"sum$", "mean", file.source(node.func)))  # fmt: skip
            axis = re.search(r"axis ?= ?([01])", text)
            if axis:
                other = str(1 - int(axis[1]))
                wrong = text[: axis.start(1)] + other + text[axis.end(1) :]
                yield _Change("db over the wrong axis", shape, node, wrong)
                everything = re.sub(r"(, *)?axis ?= ?[01]", "", text).replace("(, ", "(")
                yield _Change("db over everything", shape, node, everything)
            without = re.sub(r", *keepdims ?= ?True", "", text)
            if without != text:
                yield _Change("db without keepdims", shape, node, without)
            from_weight = _weight_beside(file, step)
            if from_weight:
                summed = text.replace(what, from_weight, 1)
                yield _Change("db summed from dW", ("wrong_cache", *shape), node, summed)


def _weight_beside(file: File, step: ast.Assign | ast.AugAssign) -> str | None:
    """Return how the dW of the same layer is spelled, where it was made on the line before."""
    for kind, other in file.steps:
        if kind == WEIGHT and 0 < step.lineno - other.lineno <= 2:
            target = other.targets[0] if isinstance(other, ast.Assign) else other.target
            return ast.unparse(target)
    return None


def _fed(of: str, file: File, step: ast.AST) -> str | None:
    """Return what the activation of `of` is fed, as the file spells it."""
    for a, z in (("A1", "Z1"), ("A2", "Z2"), ("a1", "z1"), ("a2", "z2"), ("h1", "z1")):
        if of.endswith((a, f"{a}']", f'{a}"]')):
            fed = z.join(of.rsplit(a, 1))
            known = fed in file.text and (not fed.isidentifier() or _knows(file, step, fed))
            return fed if known else None
    return None


_WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "tanh": (
        ("1 + A**2", "(1 + {A} ** 2)"),
        ("1 - A", "(1 - {A})"),
        ("sigmoid' for tanh'", "{A} * (1 - {A})"),
        ("tanh' twice", "(1 - {A} ** 2) ** 2"),
        ("1 - Z**2", "(1 - {Z} ** 2)"),
        ("relu' for tanh'", "({Z} > 0)"),
    ),
    "sigmoid": (
        ("A for A * (1 - A)", "{A}"),
        ("tanh' for sigmoid'", "(1 - {A} ** 2)"),
        ("sigmoid' twice", "({A} * (1 - {A})) ** 2"),
        ("Z * (1 - Z)", "{Z} * (1 - {Z})"),
    ),
    "relu": (
        ("relu for its mask", "np.maximum(0, {A})"),
        ("mask of the gradient", "({dA} > 0)"),
        ("sigmoid' for relu'", "({A} * (1 - {A}))"),
    ),
    "call": (("g' twice", "{slope} * {slope}"),),
}
"""Wrong derivatives of each function, and how they are written."""


def _derivatives(file: File) -> Iterator[_Change]:
    """The derivative of an activation missing, at the wrong place, of another function, twice."""
    for _, step in file.steps:
        for node in ast.walk(step.value):
            found = _derivative(node)
            if found is None:
                continue
            incoming, slope, name, of = found
            before, text = file.source(incoming), file.source(node)
            yield _Change("g' missing", (_MISSING, _OUTPUT), node, before)
            names = {"A": of, "dA": before, "slope": file.source(slope)}
            names |= {"Z": fed} if (fed := _fed(of, file, step)) else {}
            for mistake, formula in _WAYS[name]:
                if "{Z}" in formula and "Z" not in names:
                    continue
                wrong = formula.format(**names)
                whole = f"({before}) * {wrong}"
                if text.startswith("np.multiply"):
                    whole = f"np.multiply({before}, {wrong})"
                codes = (_WRONG, _OUTPUT) if name in ("sigmoid", "call") else (_WRONG,)
                yield _Change(mistake, codes, node, whole)


def _on_lines(file: File) -> Iterator[Plant]:
    """Yield mistakes that are recognised by how their line is written."""
    lines = file.text.split("\n")
    for each in SPELLINGS:
        for number, line in enumerate(lines):
            found = re.search(each.right, line)
            if found is None or line.lstrip().startswith(("#", '"')):
                continue
            wrong = line[: found.start()] + _respelled(found, each.wrong) + line[found.end() :]
            if wrong != line:
                text = "\n".join([*lines[:number], wrong, *lines[number + 1 :]])
                yield Plant(file.name, each.mistake, each.codes, number + 1, number + 1, text)


def _respelled(found: re.Match[str], wrong: object) -> str:
    if wrong is OTHER_AXIS:
        return f"{found[1]}{1 - int(found[2])}"
    if wrong is SQUARED_TOO:
        return f"{found[1]} = ({found[2]} - {found[3]}) * {found[2]} * (1 - {found[2]})"
    return found.expand(str(wrong))


def _stale(file: File) -> Iterator[Plant]:
    """Update a weight before backward is done with it."""
    lines = file.text.split("\n")
    for kind, step in file.steps:
        target = ast.unparse(step.targets[0]) if isinstance(step, ast.Assign) else ""
        layer = re.fullmatch(r"(self\.)?dW(\d)", target)
        if kind != WEIGHT or layer is None or layer[2] == "1":
            continue
        weight = _spelled_weight(file, step, layer[2])
        if weight is None or "\n" in file.source(step):
            continue
        indent = re.match(r" *", lines[step.lineno - 1])
        assert indent is not None
        added = f"{indent[0]}{weight} = {weight} - 0.1 * {target}"
        text = "\n".join([*lines[: step.lineno], added, *lines[step.lineno :]])
        yield Plant(file.name, "W updated too early", ("stale_parameters",), step.lineno + 1,
                    step.lineno + 4, text)  # fmt: skip


def _spelled_weight(file: File, step: ast.AST, layer: str) -> str | None:
    """Return how backward reaches the weight that a later line multiplies by."""
    for kind, node in file.steps:
        if node.lineno <= step.lineno or kind == WEIGHT:  # type: ignore[attr-defined]
            continue
        form = rf"(self\.W{layer}|params\[.W{layer}.\]|self\.params\[.W{layer}.\]|\bW{layer})\.T"
        found = re.search(form, file.source(node))
        if found:
            return found[1]
    return None


def _accumulating(file: File) -> Iterator[Plant]:
    """Add to gradients that a constructor sets to zero."""
    lines = file.text.split("\n")
    begins = next((k for k, each in enumerate(lines) if "def __init__" in each), None)
    for number, line in enumerate(lines):
        found = re.match(r"( *)(self\.d[Wb]\d?) = (?!None)", line)
        if found is None or begins is None:
            continue
        owner = max(k for k, each in enumerate(lines[:number]) if "def __init__" in each)
        while not lines[owner].rstrip().endswith(":"):
            owner += 1
        indent = re.match(r" *", lines[owner + 1])
        assert indent is not None
        added = line.replace(f"{found[2]} = ", f"{found[2]} += ", 1)
        lines = [re.sub(rf"{re.escape(found[2])} = None", f"{found[2]} = 0", e) for e in lines]
        before = [*lines[: owner + 1], f"{indent[0]}{found[2]} = 0", *lines[owner + 1 : number]]
        text = "\n".join([*before, added, *lines[number + 1 :]])
        yield Plant(file.name, "accumulated", ("accumulated",), number + 2, number + 2, text)


RULES: tuple[Rule, ...] = (
    _examples,
    _constants,
    _signs,
    _transposes,
    _sums,
    _derivatives,
)


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


def plants() -> Iterator[Plant]:
    """Yield every mistake at every place where it can stand."""
    for file in files().values():
        seen = {file.text}
        for each in (*_by_rules(file), *_on_lines(file), *_stale(file), *_accumulating(file)):
            if each.text not in seen and _parses(each.text):
                seen.add(each.text)
                yield each


def _by_rules(file: File) -> Iterator[Plant]:
    for rule in RULES:
        for change in rule(file):
            first = change.node.lineno  # type: ignore[attr-defined]
            last = change.node.end_lineno  # type: ignore[attr-defined]
            text = file.changed(change.node, change.instead)
            yield Plant(file.name, change.mistake, change.codes, first, last, text)


def _parses(text: str) -> bool:
    try:
        ast.parse(re.sub(r"(?m)^(?=[%!])|^(?=\w+\?$)", "#", text))
    except SyntaxError:
        return False
    return True
