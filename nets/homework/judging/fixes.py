"""Say the line to write instead in the person's own names."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping

from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source
from nets.homework.reading.spelling import last_part

__all__ = ["assignment", "in_their_words", "is_code", "under_key"]

_VALUE = re.compile(r"\bd?[A-Z]\d+\b|\bd?[Wb]\d*\b|\bd[A-Z]\b")
_KINDS = {
    "dZ": r"d_?z\w*|\w*delta\w*|d_?out\w*|d_?scores?|d_?logits?|d_?y\w*|\w*err\w*",
    "dA": r"d_?a\w*|d_?h\w*|d_?x\w*|d_?out\w*|\w*delta\w*|\w*err\w*",
    "dW": r"(d|grad|nabla|delta)\w*w\w*|w\w*grad\w*|d_?theta\w*|w\d*",
    "db": r"(d|grad|nabla|delta)\w*b\w*|b\w*grad\w*|b\d*",
}
"""What the left side of a line may be called that makes a gradient of this kind."""


def in_their_words(fix: str, line: int | None, source: Source, spelled: Mapping[str, str]) -> str:
    """Return a line to write instead of the one at `line`.

    Parameters
    ----------
    fix : str
        In the names of the course: ``dZ1 = dA1 * (1 - A1**2)``.
    line : int or None
    source : Source
    spelled : mapping of str to str
        What the person calls gradients and values: ``{"dZ1": "delta2", "A1": "self.a1"}``.

    Returns
    -------
    str
        A gradient that the person has no name for is replaced by what they compute it from. Where
        the line makes something else, what is due as a formula rather than a line.
    """
    target, equals, formula = fix.partition(" = ")
    if not equals or line is None or not is_code(fix):
        return fix
    mine = assignment(source, line, lambda theirs: _makes(theirs, target, spelled))
    if mine is None or ";" in fix:
        return f"what is due: {fix.replace('; ', ' and ')}"
    theirs, value = mine
    names = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
    for name in set(_VALUE.findall(formula)) - names:
        instead = spelled.get(name, name)
        if re.fullmatch(r"[\w.\[\]'\"]+", instead):
            escaped = instead.replace("\\", "")
            formula = re.sub(rf"\b{name}\b(?!['\"\]])", escaped, formula)
    lacking = [
        name for name in re.findall(r"\bd[A-Z]\d*\b", formula)
        if name not in names and name not in spelled.values()
    ]  # fmt: skip
    incoming = _incoming(value) if target[:2] == "dZ" else None
    if target[:2] == "dA":
        incoming = _beside_weight(value, formula)
    if len(lacking) == 1 and lacking[0] not in value and incoming is not None:
        formula = re.sub(rf"\b{lacking[0]}\b", lambda _: incoming, formula)
    elif lacking:
        return f"what is due: {fix}"
    if "m" not in names:
        counts = [name for name in sorted(names) if role_of(name) == "m"]
        formula = re.sub(r"\bm\b", counts[0], formula) if counts else formula
    plain = re.fullmatch(r"[\w.\[\]'\"+() ]+", theirs)
    return f"{theirs if plain else target} = {formula}"


def is_code(text: str) -> bool:
    """Return whether a remedy is Python, with … for what stays, rather than a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(ast.parse(text.strip().replace("…", "...")).body)
    except SyntaxError:
        return False


def under_key(name: str, line: int | None, source: Source) -> str:
    """Return a line that stores its value under the number of `name`; empty where it has none."""
    letters = name.rstrip("0123456789")
    number = name.removeprefix(letters)
    left, equals, right = source.line(line).partition("=")
    if not number:
        return ""
    moved, count = re.subn(rf"({letters}_?)\d+", rf"\g<1>{number}", left, flags=re.IGNORECASE)
    return f"{moved}{equals}{right}" if count == 1 and equals and right[:1] != "=" else ""


def _makes(theirs: str, target: str, spelled: Mapping[str, str]) -> bool:
    """Return whether an assignment to `theirs` may be the one that makes `target`."""
    form = _KINDS.get(target[:2])
    if form is None or spelled.get(target) == theirs:
        return True
    return re.fullmatch(form, last_part(theirs).strip("_"), re.IGNORECASE) is not None


def assignment(
    source: Source, line: int, fits: Callable[[str], bool] | None = None
) -> tuple[str, str] | None:
    """Return the target and the value of the last assignment on a line, None if there is none.

    Parameters
    ----------
    source : Source
    line : int
    fits : callable, optional
        Tells of a target whether it is one that is looked for; several may stand on a line.
    """
    found = [
        (ast.unparse(node.targets[0]), ast.unparse(node.value))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign)
        and not isinstance(node.targets[0], (ast.Tuple, ast.List))
        and node.lineno <= line <= (node.end_lineno or line)
    ]
    fitting = [each for each in found if fits is None or fits(each[0])]
    return fitting[-1] if fitting else None


def _incoming(value: str) -> str | None:
    """Return the factor of a product that comes from the layer after: the one product of matrices.

    Without such a factor, that is what a line without any derivative consists of.
    """
    factors = _factors(ast.parse(value, mode="eval").body)
    products = [each for each in factors if re.search(r"@|\b(dot|matmul)\(", ast.unparse(each))]
    if len(products) != 1 and len(factors) > 1:
        return None
    found = products[0] if products else factors[0]
    text = ast.unparse(found)
    return f"({text})" if isinstance(found, ast.BinOp) else text


def _beside_weight(value: str, formula: str) -> str | None:
    """Return what a product of matrices multiplies the weight by that a formula names."""
    for node in ast.walk(ast.parse(value, mode="eval")):
        operands: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            operands = [node.left, node.right]
        elif isinstance(node, ast.Call) and re.search(r"\b(dot|matmul)$", ast.unparse(node.func)):
            of = node.func.value if isinstance(node.func, ast.Attribute) else None
            of_module = of is None or ast.unparse(of) in ("np", "numpy")
            operands = [*node.args] if of_module else [of, *node.args]  # type: ignore[list-item]
        texts = [ast.unparse(each) for each in operands]
        beside = [text for text in texts if text.removesuffix(".T") not in formula]
        if len(texts) == 2 and len(beside) == 1:
            return beside[0]
    return None


def _factors(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors(node.left), *_factors(node.right)]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".multiply"):
        return [each for part in node.args for each in _factors(part)]
    return [node]
