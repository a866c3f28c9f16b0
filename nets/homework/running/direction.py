"""Which way a file's own update goes: whether it adds the gradients or takes them away."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from nets.homework.finding.parameters import parameter_name
from nets.homework.finding.programs import Program
from nets.homework.reading.aliases import written_out
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source
from nets.homework.reading.spelling import spelled_like_gradient

__all__ = ["Update", "against_the_others", "common", "updates_of", "written_rate"]

_HARMLESS = ("multiply", "array", "asarray", "clip", "reshape", "copy", "transpose", "squeeze")
"""Functions whose result has the sign of what they are given."""
_MOMENT = re.compile(
    r"_*(v|vel\w*|mom\w*|v_?[wb]\w*|m_?[wb]\w*|change\w*|step|update\w*)_*", re.IGNORECASE
)
_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp, ast.DictComp)


@dataclass(frozen=True)
class Update:
    """The line of a file that changes parameters by their gradients.

    Attributes
    ----------
    line : int
    adds : bool
        Whether it adds them, which climbs the cost.
    target, gradient : str
        What is changed, and by what, with names in the places of what they stand for.
    """

    line: int
    adds: bool
    target: str = ""
    gradient: str = ""


def updates_of(source: Source, program: Program, paths: Collection[str]) -> list[Update]:
    """Return the lines in which a file changes its parameters by gradients.

    Looked at are all functions, and the training loop at module level.

    Parameters
    ----------
    source : Source
    program : Program
    paths : collection of str
        How the parameters are reached: ``W1``, ``self.weights[0]``.
    """
    bases = {_base(path) for path in paths}
    return list(_Reader(written_out(source.tree), program, bases).updates())


def common(updates: Sequence[Update]) -> Update | None:
    """Return the first of updates that all go one way, None where there is none or they do not."""
    return updates[0] if len({each.adds for each in updates}) == 1 else None


def against_the_others(source: Source, updates: Sequence[Update]) -> list[Update]:
    """Return the updates that add where others of the same function subtract."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = [
                each for each in updates if node.lineno <= each.line <= (node.end_lineno or 0)
            ]
            if common(inside) is None:
                found += [each for each in inside if each.adds and each not in found]
    return found


def written_rate(source: Source, paths: Collection[str]) -> float:
    """Return the number that updates multiply by: 0.1 of ``self.w += 0.1 * X.T @ delta``.

    1 where there is none, or where parameters have several.

    Parameters
    ----------
    source : Source
    paths : collection of str
        How the parameters are reached.
    """
    bases = {_base(path) for path in paths}
    found = set()
    for target, terms, _ in _sums(written_out(source.tree)):
        rest = [each for _, each in terms if ast.unparse(each) != ast.unparse(target)]
        if _base(ast.unparse(target)) in bases and len(rest) < len(terms):
            found |= {_number(each) for each in rest}
    return found.pop() if len(found) == 1 else 1.0


def _number(node: ast.expr) -> float:
    """Return the product of the numbers that are factors of an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value) or 1.0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _number(node.left) * _number(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _number(node.left) / _number(node.right)
    return 1.0


class _Reader:
    """Tells gradients from parameters in the statements of a file."""

    def __init__(self, tree: ast.Module, program: Program, parameters: set[str]) -> None:
        self.tree = tree
        self.gradients: dict[str, int] = {}
        self.parameters = set(parameters)
        backward = program.backward.removeprefix("::")
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                called = ast.unparse(node.value.func).rpartition(".")[2]
                if called == backward:
                    self._hold_gradients(node.targets[0])
                elif called == program.init:
                    self.parameters |= {_base(name) for name in _plain(node.targets[0])}
        self._follow_moments()

    def _hold_gradients(self, target: ast.expr) -> None:
        """Note what backward's result is called; costs and other parts have names of their own."""
        names = _plain(target)
        for name in names:
            if len(names) == 1 or spelled_like_gradient(name) or re.match(r"g(rad)?", name):
                self.gradients[name] = 1

    def _follow_moments(self) -> None:
        """Note what stands for gradients in an update: ``v = mu * v - lr * dW``, ``W += v``.

        Not what is kept whole in the sum, unless it is called so: that may be a parameter.
        """
        sums = [each for each in _sums(self.tree) if not self._is_parameter(each[0])]
        known = -1
        while known < len(self.gradients):  # `m_hat` is made from `m`
            known = len(self.gradients)
            found: dict[str, set[int]] = {}
            for target, terms, _ in sums:
                base = _base(ast.unparse(target))
                kept = any(ast.unparse(each) == ast.unparse(target) for _, each in terms)
                if kept and not _MOMENT.fullmatch(base.rpartition(".")[2]):
                    continue
                if any(self._is_parameter(each) for _, each in terms):
                    continue
                if self._sign_of_leaf(target) is None:
                    signs = (self._sign(each, sign) for sign, each in terms)
                    found.setdefault(base, set()).update(s for s in signs if s is not None)
            self.gradients |= {base: each.pop() for base, each in found.items() if len(each) == 1}

    # -- what statements do -------------------------------------------------------------------

    def updates(self) -> Iterator[Update]:
        """Yield the statements that change a parameter by a gradient."""
        for target, terms, line in _sums(self.tree):
            known = [(self._sign(each, sign), each) for sign, each in terms]
            signs = {sign for sign, _ in known if sign is not None}
            own = [each for sign, each in known if sign is None and self._is_parameter(each)]
            if len(signs) == 1 and own and self._sign_of_leaf(target) is None:
                by = " + ".join(ast.unparse(each) for sign, each in known if sign is not None)
                yield Update(line, signs.pop() > 0, ast.unparse(target), by)

    def _sign(self, node: ast.expr, sign: int = 1) -> int | None:
        """Return the sign that a gradient has in a product, None where there is none, or several.

        A square is no gradient: ``cache += dW**2``.
        """
        if (leaf := self._sign_of_leaf(node)) is not None:
            return sign * leaf
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._sign(node.operand, -sign)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._sign(node.left, sign * _sign_of_number(node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
            return self._of_product([node.left, node.right], sign)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_HARMLESS):
            return self._of_product(list(node.args), sign)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self._sign(node.value, sign)
        return None

    def _of_product(self, factors: Sequence[ast.expr], sign: int) -> int | None:
        signs = [self._sign(each) for each in factors]
        known = [each for each in signs if each is not None]
        for each, own in zip(factors, signs, strict=True):
            sign *= 1 if own is not None else _sign_of_number(each)
        return sign * known[0] if len(known) == 1 else None

    def _sign_of_leaf(self, node: ast.expr) -> int | None:
        """Return the sign of what is called like a gradient, or holds one."""
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return None
        text = ast.unparse(node)
        for name in (text, _base(text)):
            if name in self.gradients:
                return self.gradients[name]
        return 1 if spelled_like_gradient(text) and text not in self.parameters else None

    def _is_parameter(self, node: ast.expr) -> bool:
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return False
        base = _base(ast.unparse(node))
        last = base.rpartition(".")[2]
        known = base in self.parameters or last in self.parameters
        return known or parameter_name(last.strip("_")) or role_of(last) == "parameters"


def _sums(tree: ast.Module) -> Iterator[tuple[ast.expr, list[tuple[int, ast.expr]], int]]:
    """Yield (target, signed terms, line) of assignments, ``W -= d`` being ``W = W - d``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            sign = 1 if isinstance(node.op, ast.Add) else -1
            terms = [(sign * each, term) for each, term in _terms(node.value)]
            yield node.target, [(1, node.target), *terms], node.lineno
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            for target, value in _pairs(node.targets[0], node.value):
                for each in _elements(value):
                    yield target, list(_terms(each)), node.lineno
        elif isinstance(node, ast.Return) and isinstance(node.value, _COMPREHENSIONS):
            for each in _elements(node.value):
                yield each, list(_terms(each)), node.lineno


def _base(path: str) -> str:
    """Return a path without what is taken out of it: ``self.weights`` for ``self.weights[0]``."""
    return path.partition("[")[0]


def _plain(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return [ast.unparse(each) for each in parts]


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to what: ``w, b = w - lr * dw, b - lr * db`` is two assignments."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    elif not isinstance(target, ast.Tuple):
        yield target, value


def _elements(value: ast.expr) -> Sequence[ast.expr]:
    """Return what a comprehension makes of each: ``[w - lr * g for w, g in zip(W, dW)]``."""
    if not isinstance(value, _COMPREHENSIONS):
        return [value]
    made = value.value if isinstance(value, ast.DictComp) else value.elt
    return made.elts if isinstance(made, ast.Tuple) else [made]


def _terms(node: ast.expr, sign: int = 1) -> Iterator[tuple[int, ast.expr]]:
    """Yield the terms of a sum with their signs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, sign if isinstance(node.op, ast.Add) else -sign)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _terms(node.operand, -sign)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.subtract", "np.add"):
        yield from _terms(node.args[0], sign)
        yield from _terms(node.args[1], -sign if node.func.attr == "subtract" else sign)  # type: ignore[attr-defined]
    else:
        yield sign, node


def _sign_of_number(node: ast.expr) -> int:
    """Return the sign of a factor: rates and counts are positive unless a minus is written."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_sign_of_number(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        return _sign_of_number(node.left) * _sign_of_number(node.right)
    return 1
