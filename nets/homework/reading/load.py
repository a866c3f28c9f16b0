"""Run the definitions of a person's file, for arrays or for Tensors."""

from __future__ import annotations

import ast
import math
import re
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.reading import numpys, older
from nets.homework.reading.helpers import special
from nets.homework.reading.source import Source
from nets.homework.reading.standins import Importer, Nothing, run_definitions
from nets.homework.reading.trees import rebuilt

__all__ = ["Loaded", "has_guards", "load"]

_AS_FLOAT = "__as_float__"
_SMALL = 1e-2
"""A constant added inside a logarithm that is smaller than this is a guard against log(0)."""


class Loaded:
    """A person's definitions, ready to be called.

    Attributes
    ----------
    names : dict
        The module's names.
    files : set of str
        The files that its code comes from: the person's own, and others beside it.
    missing : list of str
        Packages that are not installed; nothing of them works.
    """

    def __init__(self, source: Source, *, tensors: bool = False, guards: bool = True) -> None:
        self.file = str(source.path)
        self.names: dict[str, Any] = {"__name__": "homework", "__file__": self.file, **older.NAMES}
        self.names[_AS_FLOAT] = _as_float
        tree = _Floats().visit(_Printing().visit(rebuilt(source.tree, {})))
        tree = ast.fix_missing_locations(tree)
        if tensors:
            tree = ast.fix_missing_locations(_ForTensors().visit(tree))
        if not guards:
            tree = ast.fix_missing_locations(_WithoutGuards().visit(tree))
        folder = source.path.resolve().parent
        before = set(sys.modules)
        importer = Importer(folder)
        sys.meta_path.insert(0, importer)
        try:
            run_definitions(tree, self.file, self.names)
        finally:
            sys.meta_path.remove(importer)
            ours = [name for name in set(sys.modules) - before if _is_ours(sys.modules[name])]
            fresh = [sys.modules.pop(name) for name in ours]
        beside = [module for module in fresh if _stands_in(module, folder)]
        self.files = {self.file, *(str(module.__file__) for module in beside)}
        self.missing = importer.missing
        for names in (self.names, *map(vars, beside)):
            _prepare(names, tensors)


def load(source: Source, *, tensors: bool = False, guards: bool = True) -> Loaded:
    """Run the definitions of a file.

    Parameters
    ----------
    source : Source
    tensors : bool
        Whether they are to work on Tensors.
    guards : bool
        Whether to keep what guards a logarithm against 0: ``log(A + 1e-8)``, ``np.clip``.
    """
    return Loaded(source, tensors=tensors, guards=guards)


def has_guards(source: Source) -> bool:
    """Return whether a file guards a logarithm against 0: ``log(A + 1e-8)``.

    Parameters
    ----------
    source : Source
    """
    without = _WithoutGuards().visit(rebuilt(source.tree, {}))
    return "log" in source.text and ast.dump(without) != ast.dump(source.tree)


def _is_ours(module: types.ModuleType) -> bool:
    """Return whether a module is one of a load, rather than a package that may stay."""
    return isinstance(getattr(module.__spec__, "loader", None), Importer)


def _stands_in(module: types.ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and Path(str(file)).resolve().parent == folder


def _prepare(names: dict[str, Any], tensors: bool) -> None:
    """Let the module's NumPy and math be ours."""
    instead = numpys.for_tensors() if tensors else numpys.for_arrays()
    for name, value in list(names.items()):
        if value is np:
            names[name] = instead
        elif isinstance(value, types.ModuleType) and value.__name__ in ("scipy", "scipy.special"):
            names[name] = numpys.scipy_like(value)
        elif (found := _special(value)) is not None:
            names[name] = found
        elif tensors and isinstance(value, np.vectorize):
            names[name] = value.pyfunc
        elif tensors and value is math:
            names[name] = numpys.mathematics()
        elif tensors and getattr(value, "__module__", None) == "math" and callable(value):
            names[name] = getattr(np, value.__name__, value)
        elif tensors and any(value is getattr(np, each) for each in ("array", "asarray", "zeros")):
            names[name] = getattr(instead, value.__name__)


def _special(value: Any) -> Any:
    """Return what to use instead of a function of ``scipy.special``, None for anything else."""
    name = getattr(value, "__name__", "")
    of = "scipy.special" if isinstance(value, np.ufunc) else getattr(value, "__module__", None)
    if isinstance(value, Nothing):
        of, _, name = name.rpartition(".")
    known = str(of).startswith("scipy.special") and name in special.__all__
    return getattr(special, name) if known else None


def _as_float(value: Any = 0.0) -> Any:
    """Return a number as older NumPy made it of an array of one entry; of a Tensor, a Tensor."""
    if isinstance(value, (np.ndarray, ag.Tensor)) and value.size == 1:
        value = value.reshape(())
    return value if isinstance(value, ag.Tensor) else float(value)


class _Printing(ast.NodeTransformer):
    """Lets a print go on that names what only the file's training would have defined."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """Let ``print(loss / len(items))`` fail without consequence."""
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if not isinstance(called, ast.Name) or called.id != "print":
            return node
        ignored = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [ast.Pass()])
        return ast.copy_location(ast.Try([node], [ignored], [], []), node)


class _Floats(ast.NodeTransformer):
    """Lets ``float(cost)`` take arrays of one entry, and keep a Tensor."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Call another function; what ``isinstance`` asks for stays."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1:
            node.func.id = _AS_FLOAT
        return node


class _ForTensors(ast.NodeTransformer):
    """Takes out what only arrays can pass, and what would lose the gradient."""

    def visit_Assert(self, node: ast.Assert) -> Any:
        """Leave assertions to the run on arrays."""
        return ast.copy_location(ast.Pass(), node)

    def visit_Call(self, node: ast.Call) -> Any:
        """Let ``cost.item()`` keep a Tensor."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "item" and not node.args:
            squeezed = ast.Attribute(node.func.value, "squeeze", ast.Load())
            return ast.copy_location(ast.Call(squeezed, [], []), node)
        return node


_GUARD_NAME = re.compile(
    r"(?:self\.)?_?(?:eps(?:ilon)?|delta|tiny|small\w*|1e-\d+)$", re.IGNORECASE
)


class _WithoutGuards(ast.NodeTransformer):
    """Takes the guard out of ``log(A + 1e-8)`` and ``np.clip(A, eps, 1 - eps)``."""

    def __init__(self) -> None:
        self.within = 0

    def visit_Call(self, node: ast.Call) -> Any:
        """Look inside logarithms."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        if name == "clip" and node.args:
            return self.visit(node.args[0])
        if name == "maximum" and len(node.args) == 2 and self.within:
            for guard, other in (node.args, node.args[::-1]):
                if _is_guard(guard):
                    return self.visit(other)
        inside = name in ("log", "log2", "log10")
        self.within += inside
        self.generic_visit(node)
        self.within -= inside
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Drop a small number that is added or taken away inside a logarithm."""
        if self.within and isinstance(node.op, ast.Sub) and _is_nearly_one(node.left):
            node.left = ast.copy_location(ast.Constant(1), node.left)  # log(1.0000001 - A)
        if self.within and isinstance(node.op, (ast.Add, ast.Sub)):
            if _is_guard(node.right):
                return self.visit(node.left)
            if _is_guard(node.left) and isinstance(node.op, ast.Add):
                return self.visit(node.right)
        return self.generic_visit(node)


def _is_nearly_one(node: ast.expr) -> bool:
    number = isinstance(node, ast.Constant) and isinstance(node.value, float)
    return number and 0 < abs(node.value - 1) <= _SMALL  # type: ignore[attr-defined]


def _is_guard(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return 0 < abs(node.value) <= _SMALL
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):  # 10 ** -8
        return ast.unparse(node.right).startswith("-")
    return isinstance(node, (ast.Name, ast.Attribute)) and bool(
        _GUARD_NAME.match(ast.unparse(node))
    )
