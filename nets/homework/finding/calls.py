"""Call a person's functions: what is known, by name and by role, becomes their arguments."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.reading.names import role_of

__all__ = ["Known", "UnboundError", "UndescribedError", "returned_names", "signature_text"]


class UnboundError(Exception):
    """An argument of a person's function has no value."""

    def __init__(self, function: str, arguments: Sequence[str]) -> None:
        self.function, self.arguments = function, tuple(arguments)
        super().__init__(f"{function} needs {', '.join(arguments)}")


class UndescribedError(UnboundError):
    """Nothing tells how large the entries of a dictionary are that a person's function takes."""

    def __init__(self, function: str, argument: str, entries: Sequence[str]) -> None:
        super().__init__(function, [f"{argument}[{each!r}]" for each in entries])
        hint = f"its docstring can tell their shapes ({entries[0]} -- of shape (n, m))"
        self.args = (f"{self}: {hint}",)


def returned_names(
    function: ast.FunctionDef, others: Mapping[str, ast.FunctionDef] | None = None
) -> list[list[str]]:
    """Return the names in each return statement, as written; ``?`` for an expression.

    Parameters
    ----------
    function : ast.FunctionDef
    others : mapping, optional
        Functions by name, whose results it may hand on: ``return gradients(X, Y)``.
    """
    found = []
    for node in _own(function):
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            handed_on = _callee(value, others or {})
            if handed_on is not None and handed_on is not function:
                found += returned_names(handed_on)
                continue
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
            handed = {each.arg for each in function.args.args}
            found.append([_spelled(part, handed) for part in parts])
    return found


def _callee(value: ast.expr, others: Mapping[str, ast.FunctionDef]) -> ast.FunctionDef | None:
    """Return the function whose result an expression is."""
    if not isinstance(value, ast.Call):
        return None
    function = value.func
    if isinstance(function, ast.Attribute):
        return others.get(function.attr) if ast.unparse(function.value) == "self" else None
    return others.get(function.id) if isinstance(function, ast.Name) else None


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function without those of functions inside it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own(child)


def _spelled(node: ast.expr, handed: Collection[str] = ()) -> str:
    """Return a name for what is returned; no expression is named after what was `handed` over."""
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        return ast.unparse(node)
    if isinstance(node, ast.Call) and len(node.args) == 1:  # np.squeeze(cost), float(cost)
        return _spelled(node.args[0], handed)
    if isinstance(node, ast.ListComp):
        return _list_gone_through(node)
    found = _gradient_in(node)
    return "?" if found is None or found in handed else found


def _list_gone_through(made: ast.ListComp) -> str:
    """Return the list of gradients that one is made from: grads of ``[g / m for g in grads]``."""
    of = made.generators[0].iter
    called = isinstance(of, ast.Call) and ast.unparse(of.func) in ("zip", "reversed")
    lists = of.args if isinstance(of, ast.Call) and called else [of]
    found = [ast.unparse(each) for each in lists if isinstance(each, (ast.Name, ast.Attribute))]
    found = [each for each in found if _GRADIENT.match(each)]
    return found[0] if len(found) == 1 and len(made.generators) == 1 else "?"


_GRADIENT = re.compile(r"(self\.)?(d[A-Zwb_]|d[a-z]$|dj_|grad|nabla|delta)")


def _gradient_in(node: ast.expr) -> str | None:
    """Return the gradient that an expression finishes: dW of ``dW / m + lambd * W``.

    None where there are several, or where it is what an update makes of it: ``W - rate * dW``.
    """
    terms = [node]
    while any(isinstance(each, ast.BinOp) and _adds(each) for each in terms):
        terms = [
            part
            for each in terms
            for part in ([each.left, each.right] if _adds(each) else [each])  # type: ignore[attr-defined]
        ]
    plain = [ast.unparse(each) for each in terms if isinstance(each, _LEAVES)]
    found = {name for name in map(ast.unparse, _leaves(node)) if _GRADIENT.match(name)}
    finished = len(found) == 1 and all(map(_GRADIENT.match, plain))
    return found.pop() if finished else None


_LEAVES = (ast.Name, ast.Attribute, ast.Subscript)
_KEEPS = re.compile(r"clip|as_?array|array|squeeze|reshape|flatten|ravel|copy|multiply|divide")


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    """Yield what an expression is made of, without what a call makes something else of."""
    if isinstance(node, ast.BinOp):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    elif isinstance(node, ast.UnaryOp):
        yield from _leaves(node.operand)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield from _leaves(node.value)
    elif isinstance(node, _LEAVES):
        yield node
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of_module = ast.unparse(node.func.value) in ("np", "numpy")
        for each in node.args if of_module else [node.func.value]:
            if _KEEPS.fullmatch(node.func.attr):
                yield from _leaves(each)


def _adds(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))


def signature_text(function: ast.FunctionDef) -> str:
    """Return ``name(arguments)`` as a person would recognise it."""
    return f"{function.name}({ast.unparse(function.args)})"


@dataclass
class Known:
    """What is known so far while a person's functions run.

    Attributes
    ----------
    names : dict
        By the name that the person's own code gives it.
    roles : dict
        By role: see :func:`nets.homework.reading.names.role_of`.
    constants : mapping
        What the file defines, for arguments that are called like a constant of it.
    given : dict
        By the name of the argument, before everything else.
    """

    names: dict[str, Any] = field(default_factory=dict)
    roles: dict[str, Any] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)

    def call(self, function: Callable[..., Any], first: Mapping[str, Any] | None = None) -> Any:
        """Call `function` with what is known.

        Parameters
        ----------
        function : callable
        first : mapping, optional
            Values by argument name that come before everything else.

        Raises
        ------
        UnboundError
            If an argument without default is not known.
        """
        positional: list[Any] = []
        named: dict[str, Any] = {}
        missing: list[str] = []
        parameters = list(inspect.signature(function).parameters.values())
        by_role = self._by_role(parameters)
        for each in parameters:
            if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
                continue
            found, value = self._value(each.name, by_role, first or {})
            if not found:
                if each.default is each.empty:
                    missing.append(each.name)
                continue
            if each.kind is each.KEYWORD_ONLY or len(positional) < parameters.index(each):
                named[each.name] = value
            else:
                positional.append(value)
        if missing:
            raise UnboundError(getattr(function, "__name__", "the function"), missing)
        return function(*positional, **named)

    def _by_role(self, parameters: Sequence[inspect.Parameter]) -> dict[str, str]:
        """Return the role of each argument; a role goes to one argument only, the likeliest."""
        roles = {each.name: role for each in parameters if (role := role_of(each.name))}
        for name, value in self.names.items():
            if roles.get(name) == "AL" and isinstance(value, Mapping):
                del roles[name]  # `backward(p, x, y, yhat)`, whose p holds the weights
        labels = [name for name, role in roles.items() if role == "Y"]
        outputs = [name for name in labels if self._is_output(name)]
        if len(labels) > 1 and not outputs and {"T", "t", "target", "targets"} & set(labels):
            outputs = [name for name in labels if name in ("Y", "y")]  # `cost(T, Y)`
        others = [name for name in (*labels, "d") if name in roles and name not in outputs]
        if outputs and others:  # `backward(x, z1, y, t)`, where y is what forward returned
            roles |= {outputs[0]: "AL", others[0]: "Y"}
        taken: dict[str, str] = {}
        for name, role in roles.items():
            taken.setdefault(role, name)
        return {name: role for role, name in taken.items()}

    def _is_output(self, name: str) -> bool:
        return name in self.names and self.names[name] is self.roles.get("AL")

    def _value(
        self, name: str, by_role: Mapping[str, str], first: Mapping[str, Any]
    ) -> tuple[bool, Any]:
        if name in self.given:
            return True, self.given[name]
        if name in first:
            return True, first[name]
        role = by_role.get(name)
        number = re.search(r"\d+$", name)
        if number and role_of(name) == "sizes_hidden" and "layer_dims" in self.roles:
            sizes = self.roles["layer_dims"][1:-1]  # n_hidden1, n_hidden2
            if 0 < int(number[0]) <= len(sizes):
                return True, sizes[int(number[0]) - 1]
        for key in (name, name.strip("_")):
            if key in self.names and not (role in ("X", "Y") and role in self.roles):
                return True, self.names[key]
        if role == "architecture" and name.upper() in self.constants:
            return True, self.constants[name.upper()]
        if role is not None and role in self.roles:
            return True, self.roles[role]
        alike = name.lower().replace("_", "")
        for key, value in self.names.items():
            if key.lower() == alike:
                return True, value
        for key, value in self.constants.items():
            if key.lower().replace("_", "") == alike:
                return True, value
        return False, None

    def take(self, result: Any, names: Sequence[Sequence[str]]) -> None:
        """Remember what a function returned, under the names it has in its return statement.

        Parameters
        ----------
        result
            What was returned.
        names : sequence of sequences of str
            Those of each return statement.
        """
        whole = isinstance(result, list) and [len(each) for each in names] == [1]  # `return zs`
        parts = list(result) if isinstance(result, (tuple, list)) and not whole else [result]
        fitting = [each for each in names if len(each) == len(parts)]
        for name, value in zip(fitting[-1] if fitting else ["?"] * len(parts), parts, strict=True):
            plain = name.removeprefix("self.")
            if plain != "?":
                self.names[plain] = value
                role = role_of(plain)
                if role in ("cache", "AL", "parameters"):
                    self.roles[role] = value
            elif value is not parts[0] and isinstance(value, (tuple, list, dict)):
                self.roles["cache"] = value  # `return A2, (Z1, A1, W1)`
            if isinstance(value, Mapping):
                self._open(value)

    def _open(self, values: Mapping[Any, Any]) -> None:
        for key, value in values.items():
            if isinstance(key, str) and key.isidentifier():
                self.names[key] = value

    def output(self, result: Any, shape: tuple[int, ...]) -> Any:
        """Return the network's output among what forward returned: the last array of its shape."""
        for value in reversed(list(_flat(result))):
            if isinstance(value, (np.ndarray, ag.Tensor)) and _same(value.shape, shape):
                return value
        return None


def _same(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return tuple(n for n in a if n != 1) == tuple(n for n in b if n != 1)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        # Caches are often filled from the input on: the output is the last A.
        ordered = sorted(value, key=lambda key: _layer(str(key)))
        for key in ordered:
            yield from _flat(value[key])
    elif isinstance(value, (tuple, list)):
        first = value[0] if value else None
        arrays = [isinstance(each, (np.ndarray, ag.Tensor)) for each in value]
        rest = value[1:] if value and arrays[0] and not all(arrays) else value
        for each in rest:
            yield from _flat(each)
        if rest is not value:
            yield first  # `return A2, cache`: the output stands first
    else:
        yield value


def _layer(key: str) -> int:
    digits = re.findall(r"\d+", key)
    return int(digits[-1]) if digits else -1
