"""Plant the mistakes that people make wherever they can stand in right implementations.

A rule recognises a step of backward or forward by how it is spelled, and spells it wrongly. The
mistakes are those of the table in ``docs/diagnoses.md``; what may be named instead of the mistake
that was planted, because it gives the same numbers, is named with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from tests.homework.exchanges import EXCHANGES
from tests.homework.handwriting import (
    BEFORE,
    BIAS,
    WEIGHT,
    File,
    counts_examples,
    derivative,
    fed,
    files,
    is_per_example,
    knows,
    of_decay,
    product,
    spelled_weight,
    weight_beside,
)
from tests.homework.plant import Change, Plant
from tests.homework.spellings import OTHER_AXIS, SPELLINGS, SQUARED_TOO

# -- the rules -------------------------------------------------------------------------------------

Rule = Callable[[File], Iterator[Change]]
_MISSING, _WRONG = "missing_activation_derivative", "wrong_activation_derivative"
_OUTPUT = "wrong_output_gradient"


def _whole(file: File, node: ast.Assign) -> str:
    return file.source(node.value)


def _examples(file: File) -> Iterator[Change]:
    """1/m missing, twice, or in dA as well."""
    for kind, step in file.steps:
        for node in ast.walk(step.value):
            if not isinstance(node, ast.BinOp):
                continue
            left, right = node.left, node.right
            if isinstance(node.op, ast.Mult) and is_per_example(left):
                yield Change(f"1/m missing in d{kind}", ("scale",), left, "1")
                yield Change(f"1/m twice in d{kind}", ("scale",), left,
                              f"({file.source(left)}) * ({file.source(left)})")  # fmt: skip
            elif isinstance(node.op, ast.Div) and counts_examples(right):
                if is_per_example(node) or of_decay(file, node):
                    continue
                divisor = file.source(right)
                yield Change(f"1/m missing in d{kind}", ("scale",), right, "1")
                twice = f"({divisor}) / ({divisor})"
                yield Change(f"1/m twice in d{kind}", ("scale",), right, twice)
    for step in file.of_kind(BEFORE):
        name = next(
            (n for n in ("m", "n", "N") if re.search(rf"^ +{n} = ", file.text, re.MULTILINE)), None
        )
        if name and "len(" not in file.source(step) and knows(file, step, name):
            yield Change("1/m in dA as well", ("scale",), step.value,
                          f"({_whole(file, step)}) / {name}")  # fmt: skip


def _constants(file: File) -> Iterator[Change]:
    """Another constant: 2, 1/2, a rate."""
    for kind, step in file.steps:
        text = file.source(step.value)
        if re.fullmatch(
            r"(probs|dvalues)(\.copy\(\))?", text
        ):  # the lines after it make it a gradient
            continue
        for factor in ("2", "0.5", "4"):
            yield Change(f"{factor} * d{kind}", ("scale",), step.value, f"{factor} * ({text})")
        yield Change(f"rate * d{kind}", ("scale",), step.value, f"0.01 * ({text})")


def _signs(file: File) -> Iterator[Change]:
    for kind, step in file.steps:
        if re.fullmatch(r"(probs|dvalues)(\.copy\(\))?", file.source(step.value)):
            continue
        yield Change(f"sign of d{kind}", ("sign",), step.value, f"-({file.source(step.value)})")


def _transposes(file: File) -> Iterator[Change]:
    for kind, step in file.steps:
        for node in ast.walk(step.value):
            text = file.source(node) if isinstance(node, (ast.Attribute, ast.Call)) else ""
            if text.endswith((".T", ".transpose()")):
                what = f"operand of d{kind} not transposed"
                as_it_is = re.sub(r"\.T$|\.transpose\(\)$", "", text)
                yield Change(what, ("transpose", "wrong_shape"), node, as_it_is)
        made = product(step.value)
        if kind == WEIGHT and made is not None:
            yield Change(
                "dW transposed", ("transpose", "wrong_shape"), made, f"({file.source(made)}).T"
            )


def _sums(file: File) -> Iterator[Change]:
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
            yield Change("db not summed", ("wrong_shape", "wrong_axis"), node, what)
            yield Change("mean for sum in db", ("scale", "wrong_axis"), node.func,
                          re.sub(r"sum$", "mean", file.source(node.func)))  # fmt: skip
            axis = re.search(r"axis ?= ?([01])", text)
            if axis:
                other = str(1 - int(axis[1]))
                wrong = text[: axis.start(1)] + other + text[axis.end(1) :]
                yield Change("db over the wrong axis", shape, node, wrong)
                everything = re.sub(r"(, *)?axis ?= ?[01]", "", text).replace("(, ", "(")
                yield Change("db over everything", shape, node, everything)
            without = re.sub(r", *keepdims ?= ?True", "", text)
            if without != text:
                yield Change("db without keepdims", shape, node, without)
            from_weight = weight_beside(file, step)
            if from_weight:
                summed = text.replace(what, from_weight, 1)
                yield Change("db summed from dW", ("wrong_cache", *shape), node, summed)


_WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "tanh": (
        ("1 + A**2", "(1 + {A} ** 2)"),
        ("1 - A", "(1 - {A})"),
        ("sigmoid' for tanh'", "{A} * (1 - {A})"),
        ("g' at A", "(1 - np.tanh({A}) ** 2)"),
        ("tanh' twice", "(1 - {A} ** 2) ** 2"),
        ("1 - Z**2", "(1 - {Z} ** 2)"),
        ("relu' for tanh'", "({Z} > 0)"),
    ),
    "sigmoid": (
        ("A for A * (1 - A)", "{A}"),
        ("tanh' for sigmoid'", "(1 - {A} ** 2)"),
        ("sigmoid' twice", "({A} * (1 - {A})) ** 2"),
        ("Z * (1 - Z)", "{Z} * (1 - {Z})"),
        ("g' at A", "1 / (1 + np.exp(-{A})) * (1 - 1 / (1 + np.exp(-{A})))"),
    ),
    "relu": (
        ("relu for its mask", "np.maximum(0, {A})"),
        ("mask of the gradient", "({dA} > 0)"),
        ("sigmoid' for relu'", "({A} * (1 - {A}))"),
    ),
    "call": (("g' twice", "{slope} * {slope}"),),
}
"""Wrong derivatives of each function, and how they are written."""


def _derivatives(file: File) -> Iterator[Change]:
    """The derivative of an activation missing, at the wrong place, of another function, twice."""
    for _, step in file.steps:
        for node in ast.walk(step.value):
            found = derivative(node)
            if found is None:
                continue
            incoming, slope, name, of = found
            before, text = file.source(incoming), file.source(node)
            yield Change("g' missing", (_MISSING, _OUTPUT), node, before)
            names = {"A": of, "dA": before, "slope": file.source(slope)}
            names |= {"Z": before_it} if (before_it := fed(of, file, step)) else {}
            for mistake, formula in _WAYS[name]:
                if "{Z}" in formula and "Z" not in names:
                    continue
                wrong = formula.format(**names)
                whole = f"({before}) * {wrong}"
                if text.startswith("np.multiply"):
                    whole = f"np.multiply({before}, {wrong})"
                codes = (_WRONG, _OUTPUT) if name in ("sigmoid", "call") else (_WRONG,)
                yield Change(mistake, codes, node, whole)


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
        weight = spelled_weight(file, step, layer[2])
        if weight is None or "\n" in file.source(step):
            continue
        indent = re.match(r" *", lines[step.lineno - 1])
        assert indent is not None
        added = f"{indent[0]}{weight} = {weight} - 0.1 * {target}"
        text = "\n".join([*lines[: step.lineno], added, *lines[step.lineno :]])
        yield Plant(file.name, "W updated too early", ("stale_parameters",), step.lineno + 1,
                    step.lineno + 4, text)  # fmt: skip


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
    *EXCHANGES,
)


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
