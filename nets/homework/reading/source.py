"""A person's file as it is: its text, and the definitions in it that may be run."""

from __future__ import annotations

import ast
import codecs
import contextlib
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nets.homework.reading import older
from nets.homework.reading.texts import with_text

__all__ = ["Source", "SourceError", "definitions", "read"]


class SourceError(Exception):
    """The file cannot be read as Python; `line` of its `text` says where."""

    def __init__(
        self, message: str, line: int | None = None, text: str = "", cells: tuple[int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.line, self.text, self.cells = line, text, cells


@dataclass(frozen=True)
class Source:
    """The text of a file, and where in it things are.

    Attributes
    ----------
    path : Path
    text : str
        Of a notebook its code cells, one after the other.
    tree : ast.Module
    cells : tuple of int
        Of a notebook the first line of each code cell.
    notes : tuple of str
        How it was read, where that needs saying.
    lacking : str
        What would have to be in the file for it to be run, where that is known.
    """

    path: Path
    text: str
    tree: ast.Module
    cells: tuple[int, ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    lacking: str = ""

    def cell(self, line: int | None) -> int | None:
        """Return the number of the code cell that `line` stands in, from 1; None outside any."""
        if line is None or not self.cells:
            return None
        return sum(first <= line for first in self.cells)

    def line(self, number: int | None) -> str:
        """Return the text of a line without its indentation."""
        if number is None or not 0 < number <= len(self.lines):
            return ""
        return self.lines[number - 1].strip()

    def module_names(self) -> set[str]:
        """Return what modules are called in the file, and what is imported from them."""
        return {
            each.asname or each.name
            for node in self.tree.body
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for each in node.names
        }

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yield the functions of the file, and none that stand inside another or in a class."""
        return (node for node in _flat(self.tree.body) if isinstance(node, ast.FunctionDef))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Yield the classes of the file."""
        return (node for node in _flat(self.tree.body) if isinstance(node, ast.ClassDef))


def read(path: Path) -> Source:
    """Read a ``.py`` or ``.ipynb`` file.

    Raises
    ------
    SourceError
        If it is neither Python nor a notebook.
    """
    try:
        raw = _decoded(path.read_bytes())
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error
    text, cells, scraps = _notebook(raw) if path.suffix.lower() == ".ipynb" else (raw, (), ())
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_plain(line) for line in text.split("\n"))
    try:
        tree, text, notes = _parsed(text)
    except SyntaxError as error:
        said = f"this is not Python: {error.msg}"
        raise SourceError(said, error.lineno, text, cells) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"this is not Python: {error}") from error
    return Source(path, text, tree, cells, tuple(text.split("\n")), (*notes, *scraps))


def _decoded(raw: bytes) -> str:
    """Return text in the encoding that its first bytes tell."""
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if utf16 else "utf-8-sig", errors="replace")


def _parsed(text: str) -> tuple[ast.Module, str, tuple[str, ...]]:
    """Return the tree of a text, the text to quote, and what is to be said about reading it.

    Who mixes tabs and spaces means four or eight columns; who prints without brackets, Python 2.
    """
    eight, four = text.expandtabs(8), text.expandtabs(4)
    ways = ((four, four), (eight, eight), (older.modern(eight), eight), (older.modern(four), four))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler thinks of their code is not asked
        for code, shown in ways if "\t" in text else (ways[0], ways[2]):
            with contextlib.suppress(SyntaxError):
                return ast.parse(code), shown, () if code == shown else (older.NOTE,)
        return ast.parse(text), text, ()


def _notebook(raw: str) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """Return the code of a notebook, the first line of each code cell, and what was left out."""
    if not raw.strip():
        raise SourceError("this is not a notebook: it is empty")
    try:
        book = json.loads(raw)
        if not isinstance(book, dict):
            raise SourceError("this is not a notebook: it has no cells")
        _refuse_other_languages(book)
        cells = book["cells"] if "cells" in book else book["worksheets"][0]["cells"]
    except (KeyError, TypeError, IndexError) as error:
        raise SourceError("this is not a notebook: it has no cells") from error
    except ValueError as error:
        raise SourceError(f"this is not a notebook: {error}") from error
    try:
        codes = [
            "".join(cell.get("source", cell.get("input", "")))
            for cell in cells
            if cell.get("cell_type") == "code"
        ]
    except (TypeError, AttributeError) as error:
        raise SourceError("this is not a notebook: a cell of it holds no text") from error
    codes = [_without_commands(_python(code)) for code in codes]
    scraps = [number for number, code in enumerate(codes, 1) if _is_scrap(code)]
    notes = tuple(f"cell {number} is no Python, and was passed over" for number in scraps)
    for number in scraps:
        codes[number - 1] = "\n" * codes[number - 1].count("\n")
    first, number = [], 1
    for code in codes:
        first.append(number)
        number += code.count("\n") + 1
    return "\n".join(codes), tuple(first), notes


_DEFINES = re.compile(r"^\s*(def|class|import|from|@)\b", re.MULTILINE)


def _is_scrap(code: str) -> bool:
    """Return whether a cell is no Python, and nothing that others need: the others run anyway."""
    if _DEFINES.search(code):
        return False
    try:
        _parsed(code.replace("\r\n", "\n"))
    except (SyntaxError, ValueError):
        return True
    return False


def _refuse_other_languages(book: Mapping[str, Any]) -> None:
    """Raise where a notebook says that it is in another language than Python."""
    about = book.get("metadata")
    kernel = about.get("kernelspec") if isinstance(about, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and "python" not in language.lower():
        raise SourceError(f"this is a notebook in {language}, not in Python")


def _python(code: str) -> str:
    """Return a cell, as empty lines where its first line says that it is in another language."""
    first = code.lstrip().partition("\n")[0]
    if not first.startswith("%%") or re.match(r"%%(time|timeit|capture|prun|python3?)\b", first):
        return code
    return "\n" * code.count("\n")


def _without_commands(code: str) -> str:
    """Return a cell without its commands, which a backslash may continue on the next line."""
    lines = []
    continued = False
    for line in code.split("\n"):
        plain = "" if continued else _without_magic(line)
        continued = (continued or plain != line) and line.rstrip().endswith("\\")
        lines.append(plain)
    return "\n".join(lines)


def _without_magic(line: str) -> str:
    """Return a line of a notebook, without what is no Python but a command."""
    stripped = line.lstrip()
    indent = line[: len(line) - len(stripped)]
    if stripped.startswith(("%", "!", "?")) or re.fullmatch(r"[\w.]+\?+", stripped):
        return f"{indent}pass"
    assigned = re.match(r"([\w., ]+= *)[!%]", stripped)
    return f"{indent}{assigned[1]}None" if assigned else line


def _plain(line: str) -> str:
    """Return a line without the characters that pasting from pages leaves."""
    return line.replace("\u00a0", " ").replace("\u200b", "")


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements of a module, also those inside ``if`` and ``try``."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and not _is_main(node):
            yield from _flat((*node.body, *node.orelse))
        elif isinstance(node, ast.Try):
            yield from _flat((*node.body, *(each for h in node.handlers for each in h.body)))


def definitions(tree: ast.Module) -> ast.Module:
    """Return the module with nothing but imports, functions, classes and constants.

    Training loops, downloads and prints at module level are left out, so that running what is
    left has no effect but to define names.
    """
    kept = [each for node in tree.body for each in _defining(node)]
    made = ast.Module(body=kept, type_ignores=[])
    return ast.fix_missing_locations(made)


def _defining(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.ImportFrom) and node.level:  # of a package whose folder is taken alone
        if node.module is not None:
            return [ast.copy_location(ast.ImportFrom(node.module, node.names, 0), node)]
        return [ast.copy_location(ast.Import(node.names), node)]
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
        return [node]
    node = with_text(node)
    if (
        isinstance(node, ast.Assign)
        and all(map(_is_name, node.targets))
        and is_constant(node.value)
    ):
        return [node]
    if isinstance(node, ast.AnnAssign) and node.value is not None and is_constant(node.value):
        return [node]
    if isinstance(node, ast.If) and not _is_main(node) and is_constant(node.test):
        inner = [each for part in node.body for each in _defining(part)]
        return [ast.copy_location(ast.If(node.test, inner, []), node)] if inner else []
    if isinstance(node, ast.Try):
        inner = [each for part in node.body for each in _defining(part)]
        if inner and all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in inner):
            return inner
        return inner
    return []


def _is_main(node: ast.If) -> bool:
    return "__name__" in {each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)}


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


_MAKERS = frozenset(
    [
        "array",
        "asarray",
        "zeros",
        "ones",
        "eye",
        "arange",
        "linspace",
        "full",
        "sqrt",
        "log",
        "exp",
        "float32",
        "float64",
        "int32",
        "int64",
        "len",
        "range",
        "list",
        "tuple",
        "dict",
        "set",
        "int",
        "float",
        "str",
        "min",
        "max",
        "sum",
        "sorted",
        "enumerate",
        "zip",
        "lower",
        "split",
        "abs",
        "RandomState",
        "default_rng",
        "vectorize",
    ]
)
"""Functions that only make values; arrays drawn at random are not constants of a file."""


def is_constant(value: ast.expr) -> bool:
    """Return whether an expression has the same value whenever it is evaluated, and no effect."""
    if isinstance(value, ast.Lambda):
        return True
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name not in _MAKERS:
                return False
        elif isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
    return True
