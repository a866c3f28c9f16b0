"""Networks that are a list of layer objects, trained by a loop: made into three functions."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nets.homework.layouts.loops import BACKWARD, FORWARD
from nets.homework.layouts.losses import with_cost
from nets.homework.layouts.trainings import Training, stored, trainings
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source

__all__ = ["NETWORK", "building_lines", "function_of", "needed", "with_layers"]

NETWORK = "network_lines"

_COST = re.compile(r"\w*(cost|err|error|loss)\w*$|J$")
_RUNS_FORWARD = re.compile(r"[\w.]+\.forward\(")


def with_layers(source: Source) -> Source:
    """Return the file with functions that make its network, run it forward, and backward.

    The network is made at module level: ``network = [Dense(2, 3), Tanh()]``, or ``net = Network()``
    and ``net.add(Dense(2, 3))``; backward is a loop ``for layer in reversed(network)``.
    """
    if any(each.name == FORWARD for each in source.functions()):
        return source
    lacking = ""
    for training in trainings(source.tree):
        made = _functions(training, source)
        if made is not None:
            return replace(source, tree=ast.Module([*source.tree.body, *made], []))
        if training.owner is not None:
            lacking = _unmade(training.owner, source)
    return replace(source, lacking=lacking)


def _unmade(owner: str, source: Source) -> str:
    """Say that the file defines a network of layers, and makes none."""
    methods = [each for cls in source.classes() if cls.name == owner for each in cls.body]
    made = [each for each in methods if isinstance(each, ast.FunctionDef)]
    handed = [e.arg for each in made if each.name == "__init__" for e in each.args.args[1:]]
    return (
        f"the file makes no {owner}, so its layers are not known: "
        f"add a line such as net = {owner}({', '.join(handed)}), its layers of different sizes"
    )


# -- the functions ---------------------------------------------------------------------------------


def _functions(training: Training, source: Source) -> list[ast.FunctionDef] | None:
    made = _made(training, source)
    if made is None:
        return None
    network, lines, bound = made
    renamed = _Renamed({**bound, "self": network} if training.owner else bound)
    forward = [_forward_line(copy.deepcopy(each)) for each in training.forward]
    kept = with_cost([each for each in forward if each is not None], training.backward, source)
    kept = [renamed.visit(each) for each in kept]
    backward = [renamed.visit(copy.deepcopy(each)) for each in training.backward]
    backward = [_WithoutRates(source).visit(each) for each in backward]
    results = list(dict.fromkeys(name for each in kept for name in sorted(stored(each))))
    known = {each.name for each in source.functions()} | {each.name for each in source.classes()}
    known |= {network, *source.module_names()}
    beside = _beside(needed([*kept, *backward], known, network), source)
    known |= set(beside)
    of_file = [ast.Global(list(beside))] if beside else []
    made_all = [*of_file, *beside.values(), *lines, ast.Return(ast.Name(network, ast.Load()))]
    return [
        function_of(NETWORK, [], made_all),
        function_of(FORWARD, needed(kept, known, network), [*kept, _tuple(results)]),
        function_of(BACKWARD, needed(backward, known, network), backward),
    ]


def _made(
    training: Training, source: Source
) -> tuple[str, list[ast.stmt], Mapping[str, str]] | None:
    """Return the network's name, the lines that make it, and what names in the loop stand for."""
    bound = _bound(training, source)
    name = ast.unparse(training.layers)
    classes = {each.name for each in source.classes()}
    for scope in _scopes(source.tree):
        for k, node in enumerate(scope):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            network, value = node.targets[0].id, node.value
            if training.owner is None:
                own = isinstance(value, ast.List) and value.elts and _all_of(value.elts, classes)
                if own and network == bound.get(name, name):
                    return network, [node], bound
            elif _is_made(value, {training.owner}):
                rest = [each for each in scope[k + 1 :] if _adds(each, network)]
                return network, [node, *rest], bound
    return None


def _beside(names: Sequence[str], source: Source) -> dict[str, ast.stmt]:
    """Return the lines that make what a loop uses beside its layers, by name: ``loss = MSE()``."""
    classes = {each.name for each in source.classes()}
    return {
        ast.unparse(node.targets[0]): node
        for scope in _scopes(source.tree)
        for node in scope
        if isinstance(node, ast.Assign) and _is_made(node.value, classes)
        if ast.unparse(node.targets[0]) in names[1:]
    }


def building_lines(source: Source, owner: str) -> tuple[str, Sequence[ast.stmt]]:
    """Return the name of a network, and the lines that make it of its parts; none without them.

    Parts are added to it, ``net.add(Dense(2, 3))``, or handed to it: ``Net(layers, MSE())``.

    Parameters
    ----------
    source : Source
    owner : str
        Its class.
    """
    classes = {each.name for each in source.classes()}
    for scope in _scopes(source.tree):
        for k, node in enumerate(scope):
            if not isinstance(node, ast.Assign) or not _is_made(node.value, {owner}):
                continue
            network = ast.unparse(node.targets[0])
            adding = [each for each in scope[k + 1 :] if _adds(each, network)]
            before = _made_before(node.value, scope[:k])
            handed = any(
                _is_made(part, classes - {owner})
                for each in (*before, node)
                for part in ast.walk(each)
                if isinstance(part, ast.expr)
            )
            if adding or handed:
                return network, [*before, node, *adding]
    return "", []


def _made_before(value: ast.expr, lines: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the lines that make what an expression names, in their order."""
    wanted = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    found: list[ast.stmt] = []
    for line in reversed(lines):
        if isinstance(line, ast.Assign) and stored(line) & wanted:
            wanted |= {node.id for node in ast.walk(line.value) if isinstance(node, ast.Name)}
            found.insert(0, line)
    return found


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Yield the lines at module level, and those of the functions that run everything."""
    yield tree.body
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.If)):
            yield node.body


def _all_of(nodes: Sequence[ast.expr], classes: set[str]) -> bool:
    return all(_is_made(each, classes) for each in nodes)


def _is_made(node: ast.expr, classes: set[str]) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in classes


def _adds(node: ast.stmt, network: str) -> bool:
    """Return whether a line gives a network something rather than runs it: ``net.add(layer)``."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and ast.unparse(node.value.func.value) == network
        and not re.match(r"fit|train|predict|forward|back|run|plot", node.value.func.attr)
        and all(role_of(ast.unparse(each)) not in ("X", "Y") for each in node.value.args)
    )


def _bound(training: Training, source: Source) -> dict[str, str]:
    """Return the names that a training function's arguments have where it is called."""
    if training.function is None or training.owner is not None:
        return {}
    names = [each.arg for each in training.function.args.args]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == training.function.name:
            given = dict(zip(names, node.args, strict=False))
            given |= {each.arg: each.value for each in node.keywords if each.arg}
            texts = {key: ast.unparse(each) for key, each in given.items()}
            return {
                key: text
                for key, text in texts.items()
                if text.isidentifier() and role_of(key) not in ("X", "Y")
            }
    return {}


class _Renamed(ast.NodeTransformer):
    """Puts other names, and one example where the loop takes the next: ``x_train[j]``."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        data = isinstance(node.value, ast.Name) and role_of(node.value.id) in ("X", "Y")
        return node.value if data and not _is_one_column(node.slice) else node


def _is_one_column(index: ast.expr) -> bool:
    """Return whether an index takes one example where they are columns: ``X[:, i : i + 1]``."""
    last = index.elts[-1] if isinstance(index, ast.Tuple) else None
    return isinstance(last, ast.Slice) and ast.unparse(last).endswith("+ 1")


class _WithoutRates(ast.NodeTransformer):
    """Puts a name for the learning rate that a layer is handed as a number."""

    def __init__(self, source: Source) -> None:
        methods = [each for cls in source.classes() for each in cls.body]
        self.rates: dict[tuple[str, int | str | None], str] = {
            (each.name, key): argument.arg
            for each in methods
            if isinstance(each, ast.FunctionDef)
            for k, argument in enumerate(each.args.args[1:])
            if role_of(argument.arg) == "learning_rate"
            for key in (k, argument.arg)
        }

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            node.args = [self._named((method, k), each) for k, each in enumerate(node.args)]
            for keyword in node.keywords:
                keyword.value = self._named((method, keyword.arg), keyword.value)
        return node

    def _named(self, place: tuple[str, int | str | None], value: ast.expr) -> ast.expr:
        name = self.rates.get(place) if isinstance(value, ast.Constant) else None
        return ast.copy_location(ast.Name(name, ast.Load()), value) if name else value


def _forward_line(node: ast.stmt) -> ast.stmt | None:
    """Return a line that computes, ``error += loss(y, output)`` as an assignment of the cost.

    What is called for what it remembers computes too: ``self.loss.forward(output, y)``.
    """
    if isinstance(node, ast.AugAssign) and _COST.match(ast.unparse(node.target)):
        made = ast.Assign([ast.Name("cost", ast.Store())], node.value)
        return ast.copy_location(ast.fix_missing_locations(ast.copy_location(made, node)), node)
    if isinstance(node, ast.Expr) and _RUNS_FORWARD.match(ast.unparse(node)):
        of_cost = _COST.match(ast.unparse(node).split(".")[-2])
        made = ast.Assign([ast.Name("cost" if of_cost else "output", ast.Store())], node.value)
        return ast.fix_missing_locations(ast.copy_location(made, node))
    return node if isinstance(node, (ast.Assign, ast.For)) else None


def needed(lines: Sequence[ast.stmt], known: set[str], network: str) -> list[str]:
    """Return what lines use and do not make, the network first.

    Parameters
    ----------
    lines : sequence of ast.stmt
    known : set of str
        What needs no argument.
    network : str
    """
    own = {name for each in lines for name in stored(each)}
    first: dict[str, None] = {network: None}
    made: set[str] = set()
    for line in lines:
        for node in ast.walk(line):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                name = node.id
                if name not in made and (name not in own or name not in stored(line)):
                    first.setdefault(name)
        made |= stored(line)
    builtins = {"reversed", "len", "range", "enumerate", "zip", "list", "print", "sum", "float"}
    return [name for name in first if name == network or name not in known | builtins | made]


def _tuple(names: Sequence[str]) -> ast.Return:
    return ast.Return(ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load()))


def function_of(name: str, arguments: Sequence[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """Return a function of lines of a file, which keep their numbers.

    Parameters
    ----------
    name : str
    arguments : sequence of str
    body : list of ast.stmt
    """
    spec = ast.arguments([], [ast.arg(each) for each in arguments], None, [], [], None, [])
    made = ast.FunctionDef(name, spec, body, [], None, None)
    last = max((each.lineno for each in body if hasattr(each, "lineno")), default=1)
    for node in ast.walk(made):
        if isinstance(node, (ast.expr, ast.stmt, ast.arg)) and not hasattr(node, "lineno"):
            node.lineno = node.end_lineno = last
            node.col_offset = node.end_col_offset = 0
    return made
