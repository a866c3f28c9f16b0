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
            return r"(self\.)?(d_?[zZ]\d?|dl_wrt_z\d|delta\d?|grad|error|dout)"
        return "nothing"

    @property
    def target(self) -> str | None:
        """The gradient that is made on the line, as it is spelled."""
        line = self.text.split("\n")[self.line - 1]
        found = re.match(r"\s*([\w.\[\]'\"]+)\s*[-+*/]?=(?!=)", line)
        return found[1] if found else None


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
    (r"(?:self\.)?(?:d_?)?(?:ReLU|leaky_relu|relu|sigmoid|activation)_?"
     r"(?:deriv|derivative|prime)?\((.+)\)", "call"),
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
        name = next((n for n in ("m", "n", "N") if re.search(rf"^ +{n} = ", file.text, re.M)), None)
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
                yield _Change("db over everything", shape, node, re.sub(r"(, *)?axis ?= ?[01]", "", text).replace("(, ", "("))  # fmt: skip
            without = re.sub(r", *keepdims ?= ?True", "", text)
            if without != text:
                yield _Change("db without keepdims", shape, node, without)
            from_weight = _weight_beside(file, step)
            if from_weight:
                yield _Change("db summed from dW", ("wrong_cache", *shape), node, text.replace(what, from_weight, 1))  # fmt: skip


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
            times = "*" if not text.startswith("np.multiply") else None

            def put(
                formula: str, before: str = before, text: str = text, times: str | None = times
            ) -> str:
                return f"{before} * {formula}" if times else f"np.multiply({before}, {formula})"

            fed = _fed(of, file, step)
            if name == "tanh":
                yield _Change("1 + A**2", (_WRONG,), node, put(f"(1 + {of} ** 2)"))
                yield _Change("1 - A", (_WRONG,), node, put(f"(1 - {of})"))
                yield _Change("sigmoid' for tanh'", (_WRONG,), node, put(f"{of} * (1 - {of})"))
                yield _Change("tanh' twice", (_WRONG,), node, put(f"(1 - {of} ** 2) ** 2"))
                if fed:
                    yield _Change("1 - Z**2", (_WRONG,), node, put(f"(1 - {fed} ** 2)"))
                    yield _Change("relu' for tanh'", (_WRONG,), node, put(f"({fed} > 0)"))
            if name == "sigmoid":
                yield _Change("A for A * (1 - A)", (_WRONG, _OUTPUT), node, put(of))
                yield _Change(
                    "tanh' for sigmoid'", (_WRONG, _OUTPUT), node, put(f"(1 - {of} ** 2)")
                )
                yield _Change(
                    "sigmoid' twice", (_WRONG, _OUTPUT), node, put(f"({of} * (1 - {of})) ** 2")
                )
                if fed:
                    yield _Change(
                        "Z * (1 - Z)", (_WRONG, _OUTPUT), node, put(f"{fed} * (1 - {fed})")
                    )
            if name == "relu":
                yield _Change("relu for its mask", (_WRONG,), node, put(f"np.maximum(0, {of})"))
                yield _Change("mask of the gradient", (_WRONG,), node, put(f"({before} > 0)"))
                yield _Change("sigmoid' for relu'", (_WRONG,), node, put(f"({of} * (1 - {of}))"))
            if name == "call" and _starts(step) is False:
                yield _Change("g' twice", (_WRONG,), node, f"{text} * {file.source(slope)}")


_IN_FUNCTIONS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("relu' missing", (_MISSING,), r"(d\w+|dout)\[.* <= 0\] = 0|dout\[self\.mask\] = 0", "pass"),
    ("mask of the gradient", (_WRONG,), r"(d\w+)\[\w+ <= 0\] = 0", r"\1[\1 <= 0] = 0"),
    ("mask the other way round", (_WRONG,), r"(d\w+)\[(\w+) <= 0\] = 0", r"\1[\2 > 0] = 0"),
    ("no copy of dA", ("overwritten_in_place",), r"dZ = np\.array\(dA, copy ?= ?True\)", "dZ = dA"),
    ("relu for its mask", (_WRONG,), r"return Z > 0", "return ReLU(Z)"),
    ("relu for its mask", (_WRONG,), r"return \(Z > 0\)\.astype\(float\)", "return np.maximum(0, Z)"),
    ("relu' missing", (_MISSING,), r"return grad \* \(self\.inputs > 0\)", "return grad"),
    ("relu for its mask", (_WRONG,), r"return grad \* \(self\.inputs > 0\)",
     "return grad * np.maximum(self.inputs, 0)"),
    ("mask of the gradient", (_WRONG,), r"return grad \* \(self\.inputs > 0\)",
     "return grad * (grad > 0)"),
    ("sigmoid' missing", (_MISSING, _OUTPUT), r"return grad \* self\.out \* \(1 - self\.out\)",
     "return grad"),
    ("tanh' for sigmoid'", (_WRONG, _OUTPUT), r"return grad \* self\.out \* \(1 - self\.out\)",
     "return grad * (1 - self.out**2)"),
    ("A for A * (1 - A)", (_WRONG, _OUTPUT), r"return grad \* self\.out \* \(1 - self\.out\)",
     "return grad * self.out"),
    ("sigmoid' missing", (_MISSING, _OUTPUT), r"(dZ =|return) dA \* (s|sig) \* \(1 ?- ?(s|sig)\)", r"\1 dA"),
    ("tanh' for sigmoid'", (_WRONG, _OUTPUT), r"(dZ =|return) dA \* (s|sig) \* \(1 ?- ?(s|sig)\)",
     r"\1 dA * (1 - \2 ** 2)"),
    ("A for A * (1 - A)", (_WRONG, _OUTPUT), r"(dZ =|return) dA \* (s|sig) \* \(1 ?- ?(s|sig)\)", r"\1 dA * \2"),
    ("Z * (1 - Z)", (_WRONG, _OUTPUT), r"(dZ =|return) dA \* (s|sig) \* \(1 ?- ?(s|sig)\)",
     r"\1 dA * Z * (1 - Z)"),
    ("g' at A", (_WRONG, _OUTPUT), r"return x ?\* ?\(1(?:\.0)? ?- ?x\)",
     "return 1 / (1 + np.exp(-x)) * (1 - 1 / (1 + np.exp(-x)))"),
    ("tanh' for sigmoid'", (_WRONG, _OUTPUT), r"return x ?\* ?\(1(?:\.0)? ?- ?x\)", "return 1 - x ** 2"),
    ("Z * (1 - Z)", (_WRONG, _OUTPUT), r"return sigmoid\(z\) \* \(1 - sigmoid\(z\)\)", "return z * (1 - z)"),
    ("A for A * (1 - A)", (_WRONG, _OUTPUT), r"return sigmoid\(z\) \* \(1 - sigmoid\(z\)\)",
     "return sigmoid(z)"),
    ("tanh' for sigmoid'", (_WRONG, _OUTPUT), r"return sigmoid\(z\) \* \(1 - sigmoid\(z\)\)",
     "return 1 - sigmoid(z) ** 2"),
    ("1 - Z**2", (_WRONG, _OUTPUT), r"return 1 - np\.tanh\(x\) ?\*\* ?2", "return 1 - x ** 2"),
    ("1 + A**2", (_WRONG, _OUTPUT), r"return 1 - np\.tanh\(x\) ?\*\* ?2", "return 1 + np.tanh(x) ** 2"),
    ("1 - A", (_WRONG, _OUTPUT), r"return 1 - np\.tanh\(x\) ?\*\* ?2", "return 1 - np.tanh(x)"),
    ("relu' for leaky", (_WRONG,), r"return np\.where\(z > 0, 1, alpha\)", "return np.where(z > 0, 1, 0)"),
    ("1 for the slope", (_MISSING,), r"return np\.where\(z > 0, 1, alpha\)", "return np.ones_like(z)"),
    # the start of backward
    ("Y / A subtracted the wrong way", (_OUTPUT, "sign", "convention"),
     r"(dAL|dA_prev) = ?- ?\(np\.divide\(Y, (\w+)\) - np\.divide\(1 ?- ?Y, 1 ?- ?(\w+)\)\)",
     r"\1 = np.divide(Y, \2) - np.divide(1 - Y, 1 - \2)"),
    ("plus in dAL", (_OUTPUT,),
     r"(dAL|dA_prev) = ?- ?\(np\.divide\(Y, (\w+)\) - np\.divide\(1 ?- ?Y, 1 ?- ?(\w+)\)\)",
     r"\1 = - (np.divide(Y, \2) + np.divide(1 - Y, 1 - \2))"),
    ("A - Y for dAL", (_OUTPUT, _WRONG),
     r"(dAL|dA_prev) = ?- ?\(np\.divide\(Y, (\w+)\) - np\.divide\(1 ?- ?Y, 1 ?- ?(\w+)\)\)",
     r"\1 = \2 - Y"),
    ("half of dAL", (_OUTPUT,),
     r"(dAL|dA_prev) = ?- ?\(np\.divide\(Y, (\w+)\) - np\.divide\(1 ?- ?Y, 1 ?- ?(\w+)\)\)",
     r"\1 = - np.divide(Y, \2)"),
    ("Y not subtracted", (_OUTPUT,), r"\w+\[range\(\w+\), ?y\] -= 1", "pass"),
    ("Y added", (_OUTPUT,), r"(\w+\[range\(\w+\), ?y\]) -= 1", r"\1 += 1"),
    ("1/m missing in dZ", ("scale",), r"(dz2|dscores) /= \w+", "pass"),
    # caches and keys
    ("dAL in every layer", ("wrong_cache", "wrong_shape", "transpose"),
     r"grads\[\"dA\" \+ str\(l \+ [12]\)\](?=, current_cache)", "dAL"),
    ("the output's activation everywhere", (_WRONG,), r'(current_cache, (?:activation ?= ?)?)"relu"', r'\1"sigmoid"'),
    ("X for A1", ("wrong_cache", "wrong_shape", "transpose"),
     r"((?:dW2|self\.dW2|dW2) = .*)\b(?:self\.)?[aA]1(\.T)", r"\1X\2"),
    ("keys exchanged", ("shifted_keys", "wrong_shape", "wrong_cache"),
     r"""(['"])dW1\1: dW1(.*)(['"])dW2\3: dW2""", r"""'dW1': dW2\2'dW2': dW1"""),
    ("keys exchanged", ("shifted_keys", "wrong_shape", "wrong_cache"),
     r"""(['"])db1\1: db1(.*)(['"])db2\3: db2""", r"""'db1': db2\2'db2': db1"""),
    # dropout
    ("mask missing", ("dropout_mask",), r"(dA\d) = dA\d \* D\d", "pass"),
    ("keep_prob missing", ("dropout_mask", "scale"), r"(dA\d) = dA\d / keep_prob", "pass"),
    ("multiplied by keep_prob", ("dropout_mask", "scale"), r"(dA\d) = dA\d / keep_prob", r"\1 = \1 * keep_prob"),
    # L2
    ("L2 missing", ("missing_regularization",), r" \+ (\(lambd \* W\d\) / m|2 \* reg \* W\d|self\.l2_lambda / m \* self\.W\d)", ""),
    ("L2 missing", ("missing_regularization",), r"dW\d? \+= (reg|reg_lambda) \* W\d?", "pass"),
    ("L2 doubled", ("regularization_scale",), r" \+ (\(lambd \* W\d\) / m|self\.l2_lambda / m \* self\.W\d|2 \* reg \* W\d)", r" + 2 * \1"),
    ("L2 doubled", ("regularization_scale",), r"(dW\d? \+= )((?:reg|reg_lambda) \* W\d?)", r"\g<1>2 * \2"),
    ("L2 halved", ("regularization_scale",), r" \+ 2 \* reg \* W", r" + reg * W"),
    ("L2 without 1/m", ("regularization_scale",), r" \+ \((lambd \* W\d)\) / m", r" + \1"),
    ("L2 without 1/m", ("regularization_scale",), r" \+ self\.l2_lambda / m \* self\.W", r" + self.l2_lambda * self.W"),
    ("L2 subtracted", ("regularization_scale",), r" \+ (\(lambd \* W\d\) / m|2 \* reg \* W\d|self\.l2_lambda / m \* self\.W\d)", r" - \1"),
    ("L2 subtracted", ("regularization_scale",), r"(dW\d?) \+= ((?:reg|reg_lambda) \* W\d?)", r"\1 -= \2"),
    # forward
    ("Z1 for A1 in forward", ("forward_bug",), r"(^ *(?:self\.)?[zZ]2 = .*)\b[A](1\b.*)", r"\1Z\2"),
    ("Z1 for A1 in forward", ("forward_bug",), r"(^ *(?:self\.)?[zZ]2 = .*)\b[a](1\b.*)", r"\1z\2"),
    ("Z2 for A2 in forward", ("forward_bug",), r"(^ *(?:self\.)?[zZ]3 = .*)\b[A](2\b.*)", r"\1Z\2"),
    ("Z2 for A2 in forward", ("forward_bug",), r"(^ *(?:self\.)?[zZ]3 = .*)\b[a](2\b.*)", r"\1z\2"),
    ("no bias in forward", ("forward_bug",), r"(^ *(?:self\.)?[zZ]\d = .*)( \+ (?:self\.)?b\d)$", r"\1"),
    ("relu for tanh in forward", ("forward_bug", _WRONG), r"(^ *(?:self\.)?[aAh]\d = )np\.tanh\((.*)\)$", r"\1np.maximum(0, \2)"),
    ("sigmoid for tanh in forward", ("forward_bug", _WRONG), r"(^ *(?:self\.)?[aAh]\d = )np\.tanh\((.*)\)$", r"\g<1>1 / (1 + np.exp(-\2))"),
    ("tanh for relu in forward", ("forward_bug", _WRONG), r"(^ *(?:self\.)?[aAh]\d = )(?:self\.)?[rR]e[lL][uU]\((.*)\)$", r"\1np.tanh(\2)"),
    ("softmax over the wrong axis", ("forward_bug", "wrong_axis", _OUTPUT),
     r"(exp_scores / np\.sum\(exp_scores, axis=|np\.exp\(shifted\) / np\.sum\(np\.exp\(shifted\), axis=)1", r"\g<1>0"),
    ("softmax over the wrong axis", ("forward_bug", "wrong_axis", _OUTPUT),
     r"(return (?:exps|expZ) / np\.sum\((?:exps|expZ), axis=)([01])", None),
    # softmax as if elementwise, sigmoid' on A - Y
    ("g' on A - Y", (_OUTPUT, _WRONG), r"(d[zZ]\d|delta\d?) = \(?((?:self\.)?[aA]\d|probs|y_hat|yhat|Y) - (?:[yYT]|self\.y|one_hot_Y)\)?(?= |$)",
     r"\1 = (\2 - 0 * \2) * 0 + (\2 - TARGET) * \2 * (1 - \2)"),
)  # fmt: skip


def _on_lines(file: File) -> Iterator[Plant]:
    """Yield mistakes that are recognised by how their line is written."""
    lines = file.text.split("\n")
    for mistake, codes, pattern, instead in _IN_FUNCTIONS:
        for number, line in enumerate(lines):
            found = re.search(pattern, line)
            if found is None or line.lstrip().startswith(("#", '"')):
                continue
            wrong = _respelled(found, line, instead)
            if wrong is None or wrong == line:
                continue
            text = "\n".join([*lines[:number], *wrong.split("\n"), *lines[number + 1 :]])
            yield Plant(file.name, mistake, codes, number + 1, number + 1, text)


def _respelled(found: re.Match[str], line: str, instead: str | None) -> str | None:
    if instead is None:  # the other axis
        return line[: found.start(2)] + str(1 - int(found[2])) + line[found.end(2) :]
    if "TARGET" in instead:
        target = re.search(r"- ([yYT]|self\.y|one_hot_Y)\b", line)
        assert target is not None
        value = found[2]
        made = f"{found[1]} = ({value} - {target[1]}) * {value} * (1 - {value})"
        return line[: found.start()] + made + line[found.end() :]
    return line[: found.start()] + found.expand(instead) + line[found.end() :]


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
