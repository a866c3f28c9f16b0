"""Compiled programs in files: readable source, with large constants in an ``.npz`` beside it."""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import importlib
import itertools
import os
import runpy
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_mini.atomic import atomic
from autograd_mini.compile.calling.arguments import TEXT, exactly
from autograd_mini.compile.calling.putting import Entry
from autograd_mini.ops.gathering import Slot
from autograd_mini.ops.operation import registry
from autograd_mini.recording.recorded import Recorded

__all__ = [
    "MARK", "argument_error", "arrays", "instance", "operation", "read", "spoken", "write",
]  # fmt: skip

MARK = "autograd_mini_program"
"""The name by which a file is known to hold a program."""
_FORMAT = 1
_INLINE = 64
"""Arrays of up to so many entries stand in the source."""

_HEAD = '''"""A compiled program: {title}

Written by autograd_mini, ag.compile(...).save(...); ag.load_compiled(this file) returns the
function.  To load it is to run it: load only files that you trust.
"""

from numpy import array, asarray, dtype, inf, nan  # for the constants below

from autograd_mini.compile.saved import arrays, instance, operation

'''


# -- what a saved file uses -----------------------------------------------------------------------


def operation(name: str, **params: Any) -> Callable[..., Any]:
    """Return the kernel of an operation of the engine."""
    if name not in registry:
        raise ValueError(f"this program needs the operation {name!r}, which is not there")
    kernel = registry[name].kernel
    return functools.partial(kernel, **params) if params else kernel


def instance(module: str, name: str, **fields: Any) -> Any:
    """Return a dataclass or named tuple with these fields."""
    found: Any = functools.reduce(getattr, name.split("."), importlib.import_module(module))
    if issubclass(found, tuple):
        return found(**fields)
    made: Any = object.__new__(found)
    for key, value in fields.items():
        object.__setattr__(made, key, value)
    return made


def arrays(path: str, digest: str) -> dict[str, Any]:
    """Return the constants that lie beside a program.

    Parameters
    ----------
    path : str
        Of the program.
    digest : str
        Of the file of constants that was written with it.
    """
    beside = Path(path).with_suffix(".npz")
    try:
        found = hashlib.sha256(beside.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} has its constants in {beside}, which is missing") from None
    if found != digest:
        raise ValueError(f"{beside} is not the file that was written with {path}")
    with np.load(beside, allow_pickle=False) as stored:
        return dict(stored)


# -- writing --------------------------------------------------------------------------------------


class _Written:
    """Turns values into Python expressions, and keeps the arrays that are too large for that."""

    def __init__(self) -> None:
        self.large: dict[str, Any] = {}

    def value(self, value: Any, what: str) -> str:
        """Return an expression for a constant, parameter or argument."""
        if isinstance(value, Recorded):
            value = value._value
        if isinstance(value, np.ndarray):
            return self._array(value, what)
        if isinstance(value, np.generic):
            return f"{self._array(np.asarray(value), what)}[()]"
        if isinstance(value, np.dtype):
            return f"dtype({value.str!r})"
        if isinstance(value, type) and issubclass(value, np.generic):
            return f"dtype({np.dtype(value).str!r}).type"
        if isinstance(value, type) and value in (bool, int, float, complex):
            return value.__name__
        if isinstance(value, Slot):
            return self._fields(
                value, [f"{k}={self.value(each, what)}" for k, each in value._asdict().items()]
            )
        if isinstance(value, slice):
            parts = (self.value(e, what) for e in (value.start, value.stop, value.step))
            return f"slice({', '.join(parts)})"
        if type(value) in (tuple, list):
            inner = "".join(f"{self.value(each, what)}, " for each in value)
            return f"({inner})" if isinstance(value, tuple) else f"[{inner.removesuffix(', ')}]"
        if type(value) is dict:
            pairs = (f"{key!r}: {self.value(each, what)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        if value is Ellipsis or value is None or type(value) in (bool, int, str, bytes):
            return repr(value)
        if type(value) is float:
            return repr(value)
        if type(value) is complex:  # repr writes infinities as names that nobody defines
            return f"complex({value.real!r}, {value.imag!r})"
        raise ValueError(f"{what} is a {type(value).__name__}, which cannot be saved as source")

    def _array(self, value: Any, what: str) -> str:
        if value.dtype.kind not in "biufcUS":
            raise ValueError(f"{what} has dtype {value.dtype}, which cannot be saved as source")
        if value.size <= _INLINE:
            return f"array({value.tolist()!r}, {value.dtype.str!r}).reshape({value.shape!r})"
        name = f"c{len(self.large)}"
        self.large[name] = value
        return f"STORED[{name!r}]"

    def structure(self, tree: Any, number: Iterator[int]) -> str:
        """Return an expression for a container of results, with their numbers in their places."""
        if tree is None or isinstance(tree, TEXT):
            return repr(tree)
        if type(tree) is dict:
            pairs = [f"{key!r}: {self.structure(each, number)}" for key, each in tree.items()]
            if any(ast.literal_eval(repr(key)) != key for key in tree):
                raise ValueError("a dict of results has keys that cannot be saved as source")
            return f"{{{', '.join(pairs)}}}"
        if type(tree) in (list, tuple):
            inner = "".join(f"{self.structure(each, number)}, " for each in tree)
            return f"[{inner.removesuffix(', ')}]" if type(tree) is list else f"({inner})"
        if isinstance(tree, tuple) and hasattr(tree, "_fields"):
            return self._instance(tree, tree._fields, number)
        if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
            return self._instance(tree, [f.name for f in dataclasses.fields(tree)], number)
        if isinstance(tree, (dict, list, tuple)):
            raise ValueError(
                f"a result is a {type(tree).__name__}, which cannot be saved as source"
            )
        return str(next(number))

    def _instance(self, tree: Any, names: Sequence[str], number: Iterator[int]) -> str:
        kind = type(tree)
        if "<locals>" in kind.__qualname__ or kind.__module__ == "__main__":
            raise ValueError(
                f"a result is a {kind.__name__}, which no other program can import: define it in "
                "a module, or return a dict"
            )
        return self._fields(
            tree, [f"{n}={self.structure(getattr(tree, n), number)}" for n in names]
        )

    @staticmethod
    def _fields(value: Any, fields: Sequence[str]) -> str:
        """Return the call that makes an object of the kind of `value`."""
        kind = type(value)
        return f"instance({', '.join([repr(kind.__module__), repr(kind.__qualname__), *fields])})"


def write(path: str | os.PathLike[str], title: str, parts: dict[str, Any]) -> None:
    """Write a program to a file.

    Parameters
    ----------
    path : path-like
        Ends in ``.py``.
    title : str
        What the program is.
    parts : dict
        ``source``, ``floats`` (source or None), ``constants``, ``kernels``, ``expected`` (see
        :func:`argument_error`), ``structure``, ``single``, ``updated``, ``row_by_row``,
        ``replaced``, ``names``.
    """
    target = Path(path)
    if target.suffix != ".py":
        raise ValueError(f"a program is saved as Python source: {target} should end in .py")
    written = _Written()
    constants = [written.value(each, "a constant") for each in parts["constants"]]
    kernels = [
        f"    {name!r}: {_kernel(written, name, kernel)},"
        for name, kernel in parts["kernels"].items()
    ]
    expected = [
        f"    ({path!r}, {_kind(written, kind, parts['names'], path)})," for path, kind in
        parts["expected"].items()
    ]  # fmt: skip
    results = written.structure(parts["structure"], iter(range(1 << 30)))
    tables = [
        f"{MARK} = {_FORMAT}",
        f"NAME = {title!r}",
        f"NAMES = {parts['names']!r}",
        "ARGUMENTS = dict([", *expected, "])",
        "CONSTANTS = [", *(f"    {each}," for each in constants), "]",
        "KERNELS = {", *kernels, "}",
        f"RESULTS = {results}",
        f"SINGLE = {parts['single']}",
        f"UPDATED = {parts['updated']}",
        f"ROW_BY_ROW = {parts['row_by_row']}",
        "REPLACED = [",
        *(f"    {_replaced(written, each)}," for each in parts["replaced"]),
        "]",
    ]  # fmt: skip
    floats = parts["floats"]
    head = floats.replace("def step(", "def on_floats(") + "\n\n" if floats else ""
    source = f"{head}{parts['source']}\n\n"
    with atomic(target) as draft:
        stored = ""
        if written.large:
            with atomic(target.with_suffix(".npz")) as beside:
                with beside.open("wb") as file:
                    np.savez(file, **written.large)
                digest = hashlib.sha256(beside.read_bytes()).hexdigest()
            stored = f"STORED = arrays(__file__, {digest!r})\n"
        text = _HEAD.format(title=_as_title(title)) + source + stored + "\n".join(tables) + "\n"
        draft.write_text(text, encoding="utf-8")


def _as_title(name: str) -> str:
    """Return a name without what would end a docstring, or be more than it seems there."""
    return _on_one_line(name).replace("\\", "/").replace('"', "'")


def _kernel(written: _Written, name: str, kernel: Any) -> str:
    function = kernel.func if isinstance(kernel, functools.partial) else kernel
    params = kernel.keywords if isinstance(kernel, functools.partial) else {}
    for each in registry.values():
        if each.kernel is function:
            what = f"a parameter of {each.name}"
            given = "".join(f", {k}={written.value(v, what)}" for k, v in params.items())
            return f"operation({each.name!r}{given})"
    raise ValueError(
        f"the program calls {name.strip('_')}, which is not an operation of the engine"
    )


def _replaced(written: _Written, entry: Entry) -> str:
    """Return the expression of an entry of a container that is replaced at each call."""
    where = written.value(entry.where, "a key of an argument")
    sources = written.value(entry.sources, "a key of an argument")
    structure = written.structure(entry.structure, itertools.repeat(0))
    return f"({where}, {structure}, {sources}, {entry.kinds!r})"


def _kind(written: _Written, kind: Any, names: Sequence[str], path: str) -> str:
    if len(kind) == 2:
        shape, dtype = kind
        return f"({shape!r}, {dtype.str!r})"
    return f"({written.value(kind[0], f'the argument {spoken(path, names)}')},)"


# -- reading --------------------------------------------------------------------------------------


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Run a saved file, and return what it defines."""
    target = Path(path)
    if not target.is_file():
        raise FileNotFoundError(f"there is no file {target}")
    if MARK not in (text := target.read_text(encoding="utf-8")):
        raise ValueError(f"{target} is not a program that a compiled function has saved")
    found = runpy.run_path(str(target))
    if found.get(MARK) != _FORMAT:
        raise ValueError(f"{target} was written by another version of autograd_mini: save it again")
    missing = [name for name in _DEFINED if name not in found]
    if missing:
        raise ValueError(f"{target} has been changed since it was saved: it has no {missing[0]}")
    return {"NAME": "program", **found, "text": text, "path": str(target)}


_DEFINED = ("build", "NAMES", "ARGUMENTS", "CONSTANTS", "KERNELS", "RESULTS", "SINGLE", "UPDATED")


def spoken(path: str, names: Sequence[str]) -> str:
    """Return how a person would write the path of an argument: ``params['W1']``."""
    which, _, rest = path.removeprefix("[").partition("]")
    key, _, inner = rest.removeprefix("[").partition("]")
    if which == "1":
        return str(ast.literal_eval(key)) + inner
    position = int(key)
    return (names[position] if position < len(names) else f"argument {position + 1}") + inner


def _is_same(one: Any, other: Any) -> bool:
    """Return whether no program can tell two arguments apart that are no arrays."""
    if isinstance(one, np.dtype):
        return type(one) is type(other) and one == other
    return bool(exactly(one) == exactly(other))


def argument_error(
    expected: dict[str, Any], given: dict[str, Any], names: Sequence[str]
) -> str | None:
    """Return what is wrong with arguments in one sentence; None if nothing is."""
    for path, kind in expected.items():
        if path not in given:
            return _missing(path, given, names)
        here = given[path]
        name = spoken(path, names)
        if len(kind) == 2:
            if len(here) == 1:
                return f"{name} should be an array, not {here[0]!r}"
            shape, dtype = kind[0], np.dtype(kind[1])
            if here[0] != shape:
                return f"{name} has shape {here[0]}, and the program was compiled for {shape}"
            if here[1] != dtype:
                return f"{name} has dtype {here[1]}, and the program was compiled for {dtype}"
        elif len(here) == 2 or not _is_same(here[0], kind[0]):
            return f"the program was compiled with {name} = {kind[0]!r}, and for no other"
    for path in given:
        if path not in expected:
            return (
                f"the program was compiled without {spoken(path, names)}: call it as the function "
                "was called before it was saved"
            )
    for then, now in zip(_in_order(expected, names), _in_order(given, names), strict=True):
        if then != now:
            return (
                f"{spoken(now, names)} comes before {spoken(then, names)}, unlike when the program "
                "was compiled: the function may go by the order of keys"
            )
    return None


def _in_order(paths: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the paths of arguments in the order that the function sees: parameters in its own."""
    places = {f"[1][{name!r}": k for k, name in enumerate(names)}

    def place(path: str) -> int:
        if path.startswith("[0]"):
            return -1
        return places.get(path[: path.index("]", len("[1]"))], len(names))

    return sorted(paths, key=place)


def _missing(path: str, given: dict[str, Any], names: Sequence[str]) -> str:
    """Return what is wrong with arguments among which there is no value of this path."""
    name = spoken(path, names)
    for other in given:
        if other.startswith(path):
            return f"{name} should be an array, not a container of several"
        if path.startswith(other):
            return f"{spoken(other, names)} should be a container with {name} in it"
        if spoken(other, names) == name:
            how = "position, not by name" if path.startswith("[0]") else "name, not by position"
            return f"the program was compiled with {name} by {how}"
    return f"the program was compiled with {name}, which is missing"


def _on_one_line(text: str) -> str:
    """Return a text without what would end the line."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else " " for each in text)
