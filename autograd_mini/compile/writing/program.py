"""What an emitted program consists of, beside its statements: names, memory, constants, kernels."""

from __future__ import annotations

import cmath
import functools
import keyword
import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node

__all__ = [
    "Names",
    "Program",
    "Setup",
    "dtype_literal",
    "indented",
    "literal",
    "number_name",
]

_UFUNCS = {name for name, each in vars(np).items() if isinstance(each, np.ufunc)}
"""Programs have these under their own names."""


_WORTH_ALIGNING = 1 << 12
"""Bytes: what is smaller takes as long wherever it lies."""


class Program:
    """A straight-line program: its source, and the arrays it closes over.

    Attributes
    ----------
    source : str
        Of a function ``build(C, K)`` that makes the buffers and returns ``step``.
    constants : list
        The arrays ``C``.
    kernels : dict
        The functions ``K``, of operations that are not one NumPy call.
    """

    def __init__(self, source: str, constants: list[Any], kernels: dict[str, Any]) -> None:
        self.source, self.constants, self.kernels = source, constants, kernels


class Names:
    """Gives out names, each once.

    Parameters
    ----------
    taken : iterable of str
        Names that the program uses already.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *_UFUNCS}
        self._last: dict[str, int] = {}  # number by stem

    def fresh(self, wanted: str | None, prefix: str) -> str:
        """Return `wanted`, or something like it, or `prefix` with a number."""
        base = _identifier(wanted) if wanted else ""
        name, stem = base, f"{base}_" if base else prefix
        while not name or name in self._taken:
            self._last[stem] = count = self._last.get(stem, 0) + 1
            name = f"{stem}{count}"
        self._taken.add(name)
        return name

    def take(self, name: str) -> None:
        """Let nothing else be called `name`."""
        self._taken.add(name)


def _identifier(name: str) -> str:
    """Return a name as Python reads it; nothing if it cannot be one."""
    if not name.isascii() or not name.isidentifier():
        name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name))
    return name if name.isidentifier() and not keyword.iskeyword(name) else ""


class Setup:
    """What ``build`` does before it defines ``step``: buffers, constants, kernels, views of them.

    Attributes
    ----------
    constants : list
    kernels : dict
        See :class:`Program`.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._lines: list[str] = []
        self._values: list[str] = []  # which come last, nearest to where they are used
        self._functions: set[str] = set()
        self._shared: dict[Any, str] = {}
        self._free: dict[Any, list[str]] = {}
        self._memory: dict[str, str] = {}  # buffers, by all that they are called
        self.constants: list[Any] = []
        self.kernels: dict[str, Any] = {}

    def lines(self) -> list[str]:
        """Return the statements."""
        functions = [f"{name} = np.{name}" for name in sorted(self._functions)]
        return functions + self._lines + self._values

    def add(self, line: str) -> None:
        """Add a statement."""
        self._lines.append(line)

    def function(self, name: str) -> str:
        """Return `name`, under which the program has NumPy's function."""
        self._functions.add(name)
        return name

    def view(self, expression: str) -> str:
        """Return the name of a view of a buffer: made once, however often the program uses it."""
        shown = expression.partition(".")[0]
        called = f"{shown}_view" if self.is_buffer(shown) else None
        return self._once(expression, called, self._lines)

    def value(self, expression: str, called: str) -> str:
        """Return the name of an array whose entries the program writes down, made once."""
        return self._once(expression, called, self._values)

    def number(self, value: complex, dtype: np.dtype[Any]) -> str:
        """Return the name of an array that is one number: ``c0_5``."""
        same = float(value) if isinstance(value, int) and dtype.kind == "f" else value
        expression = f"np.array({literal(same)}, {dtype_literal(dtype)})"
        return self.value(expression, number_name(same))

    def _once(self, expression: str, called: str | None, lines: list[str]) -> str:
        if expression not in self._shared:
            self._shared[expression] = name = self._names.fresh(called, "t")
            lines.append(f"{name} = {expression}")
        return self._shared[expression]

    def constant(self, value: Any, name: str | None) -> str:
        """Return the name of an array from outside."""
        text = self._names.fresh(name, "array")
        self._lines.append(f"{text} = C[{len(self.constants)}]")
        self.constants.append(value)
        return text

    def object(self, value: Any, name: str) -> str:
        """Return the name of something from outside that is used as it is."""
        key = ("object", id(value))
        if key not in self._shared:
            self._shared[key] = self.constant(value, name)
        return self._shared[key]

    def argument(self, value: Any) -> str:
        """Return the text of an argument of a call."""
        if type(value) is tuple:
            inner = ", ".join(map(self.argument, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if value is None or type(value) in (bool, str):
            return repr(value)
        if type(value) in (int, float):
            return literal(value)
        if isinstance(value, (type, np.dtype)) and np.dtype(value).isbuiltin:
            return dtype_literal(np.dtype(value))
        return self.object(value, "given")

    def kernel(self, node: Node) -> str:
        """Return the name of an operation's own function."""
        kernel, params = node.op.kernel, node.params
        name = self._names.fresh(f"_{node.op.name}", "k")
        self.kernels[name] = functools.partial(kernel, **params) if params else kernel
        self._lines.append(f"{name} = K[{name!r}]")
        return name

    def buffer(self, shape: tuple[int, ...], dtype: np.dtype[Any], wanted: str) -> str:
        """Return memory that is free; `wanted` is its name if it has to be made."""
        free = self._free.get((shape, dtype))
        if free:
            return free.pop()
        large = math.prod(shape) * dtype.itemsize >= _WORTH_ALIGNING
        self._lines.append(
            f"{wanted} = {'aligned' if large else 'np.empty'}({shape}, {dtype_literal(dtype)})"
        )
        self._memory[wanted] = wanted
        return wanted

    def memory(self, name: str) -> str:
        """Return the buffer that a value lies in, which is there from the start; else `name`."""
        return self._memory.get(name, name)

    def lies_in(self, name: str, memory: str) -> None:
        """Note that a value called `name` lies in a buffer."""
        self._memory[name] = memory

    def is_buffer(self, name: str | None) -> bool:
        """Return whether `name` is that of a buffer: contiguous, and the same in each call."""
        return name in self._memory

    def give_back(self, shape: tuple[int, ...], dtype: np.dtype[Any], name: str) -> None:
        """Let others have a buffer."""
        self._free.setdefault((shape, dtype), []).append(name)


@functools.lru_cache(maxsize=64)
def dtype_literal(dtype: np.dtype[Any]) -> str:
    """Return a dtype as a program writes it: NumPy takes its time to say its name."""
    return f"np.{dtype.name}"


def literal(number: complex) -> str:
    """Return a number as Python writes it."""
    kind = type(number).__name__
    plain = isinstance(number, int) or cmath.isfinite(number)
    return repr(number) if plain else f"{kind}({str(number)!r})"


def number_name(number: complex) -> str:
    """Return what a program calls a number: ``c0_5``, ``c_minus_1``."""
    text = repr(number).removesuffix(".0").replace("-", "_minus_")
    return "c" + re.sub(r"\W", "_", text)


def indented(lines: Iterable[str], depth: int = 1) -> list[str]:
    """Return lines moved to the right."""
    space = "    " * depth
    return [space + line if line else "" for line in lines]
