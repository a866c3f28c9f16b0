"""Layers that stand in a file without a network: ``conv_forward`` and ``conv_backward``."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nets.homework.finding.calls import returned_names
from nets.homework.finding.guesses import handed_gradient
from nets.homework.reading.names import role_of

__all__ = [
    "described_shapes",
    "entries_of",
    "layer_pairs",
    "lone_loss",
    "settings_of",
    "unpacked_shapes",
]

_KERNEL = re.compile(r"f|k|ks|HH|WW|[fFkK]_?[hHwW]|(kernel|filter|pool)_?(size|h\w*|w\w*)?")
_HEIGHT, _WIDTH = re.compile(r"\w*[hH]\w*"), re.compile(r"\w*[wW]\w*")
_STRIDES, _PADDING, _LARGE, _SMALL = (1, 2), 1, 3, 2
_HIGH, _WIDE = 5, 6  # a window of 3, or of 2, goes into them evenly and more than once


def layer_pairs(functions: Mapping[str, ast.FunctionDef]) -> Iterator[tuple[str, str]]:
    """Yield the functions that go forward and backward through one layer each.

    Parameters
    ----------
    functions : mapping
        By name.
    """
    for name, function in functions.items():
        forward = name.replace("backward", "forward")
        if forward != name and forward in functions and handed_gradient(function):
            yield forward, name


def lone_loss(function: ast.FunctionDef) -> str | None:
    """Return the scores of a loss that returns their gradient too: ``softmax_loss(x, y)``.

    Parameters
    ----------
    function : ast.FunctionDef
        None where it is something else.
    """
    spec = function.args
    needed = [each.arg for each in spec.args[: len(spec.args) - len(spec.defaults)]]
    if len(needed) != 2 or role_of(needed[1]) != "Y" or role_of(needed[0]) not in ("X", "AL"):
        return None
    gradients = {part for each in returned_names(function) for part in each[1:]}
    known = {"dx", "grad", "?", f"d{needed[0]}", f"d_{needed[0]}"}  # "?" for `dx / N`
    return needed[0] if gradients & known else None


_SHAPE = re.compile(
    r"^[\s\-*:]*(?:param\s+)?(?P<name>\w+)\s*(?::|--).*?\bshape\s*\((?P<sizes>[^()]*)\)",
    re.MULTILINE,
)
_MULTIPLE = re.compile(r"(?P<times>\d*)\s*\*?\s*(?P<of>[A-Za-z]\w*)|(?P<number>\d+)")


def described_shapes(
    function: ast.FunctionDef, entries: Collection[str] = ()
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of arguments that a docstring tells: ``- Wx: of shape (D, 4H)``.

    All of them, as they have to fit, or none.

    Parameters
    ----------
    function : ast.FunctionDef
        That goes forward.
    entries : collection of str
        What it takes out of an argument that is a dictionary, which is told in the same way.
    """
    arguments = [each.arg for each in function.args.args]
    told: dict[str, list[str]] = {}
    for each in _SHAPE.finditer(ast.get_docstring(function) or ""):
        if each["name"] in {*arguments, *entries}:  # first what is handed over, then results
            sizes_of = [size.strip() for size in each["sizes"].split(",") if size.strip()]
            told.setdefault(each["name"], sizes_of)
    sizes: dict[str, int] = {}
    found = {}
    for name, parts in told.items():
        shape = [_described_size(each, sizes) for each in parts]
        if not shape or None in shape:
            return {}
        found[name] = tuple(size for size in shape if size is not None)
    return found if all(name in found for name in arguments if role_of(name) == "X") else {}


def _described_size(text: str, sizes: dict[str, int]) -> int | None:
    """Return the size that a docstring tells: ``4H``, ``n_a + n_x``, ``1``."""
    total = 0
    for each in map(_MULTIPLE.fullmatch, map(str.strip, text.split("+"))):
        if each is None:
            return None
        if each["number"]:
            total += int(each["number"])
            continue
        if each["of"] not in sizes:
            sizes[each["of"]] = _size(each["of"], sizes)
        total += int(each["times"] or 1) * sizes[each["of"]]
    return total


def entries_of(functions: Iterable[ast.AST], argument: str) -> list[str]:
    """Return what functions take out of an argument by its name: Wax of ``parameters["Wax"]``.

    Parameters
    ----------
    functions : iterable of ast.AST
    argument : str
    """
    found = [
        node.slice.value
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and ast.unparse(node.value) == argument
    ]
    return list(dict.fromkeys(found))


def unpacked_shapes(function: ast.FunctionDef) -> dict[str, tuple[int, ...]]:
    """Return the shapes of arguments of which a function tells more than that they are matrices.

    ``m, n_H, n_W, n_C = A_prev.shape`` names four sizes, and what has a name again is as large.

    Parameters
    ----------
    function : ast.FunctionDef
        That goes forward.
    """
    arguments = [each.arg for each in function.args.args]
    sizes: dict[str, int] = {}
    found: dict[str, tuple[int, ...]] = {}
    filters = 0
    for of, names in _unpackings(function):
        if of not in arguments or len(names) < 3:
            continue
        new = [each for each in names if each not in sizes and not _KERNEL.fullmatch(each)]
        for each in dict.fromkeys(names):
            sizes.setdefault(each, _size(each, sizes))
        filters = sizes[new[0]] if found and new else filters
        found[of] = tuple(sizes[each] for each in names)
    if found:
        axes = max(map(len, found.values()))
        found |= _one_for_each(function, set(arguments) - set(found), filters, axes)
    return found


def settings_of(functions: Iterable[ast.AST], argument: str, number: int) -> dict[str, Any] | None:
    """Return values for what functions take out of an argument: ``hparameters["stride"]``.

    What they ``get`` with a value to fall back on is left to that. None where they take nothing.

    Parameters
    ----------
    functions : iterable of ast.AST
    argument : str
    number : int
        Which of several networks they are for.
    """
    known = {
        "stride": _STRIDES[number % len(_STRIDES)],
        "pad": _PADDING,
        "padding": _PADDING,
        "f": _LARGE,
        "pool_height": _LARGE,
        "pool_width": _SMALL,
        "mode": "train",
        "p": 0.8,
        "eps": 1e-5,
        "momentum": 0.9,
    }
    functions = list(functions)
    getters = (f"{argument}.get", f"{argument}.setdefault")
    gets = any(
        isinstance(node, ast.Call) and ast.unparse(node.func) in getters
        for function in functions
        for node in ast.walk(function)
    )
    found = {key: known[key] for key in entries_of(functions, argument) if key in known}
    return found if found or gets else None


def _unpackings(function: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """Yield what ``N, D = x.shape`` tells: of what, and the names, in the order of the file."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], ast.unparse(node.value)
            if isinstance(target, ast.Tuple) and value.endswith(".shape"):
                yield value.removesuffix(".shape"), [ast.unparse(each) for each in target.elts]


def _size(name: str, known: Mapping[str, int]) -> int:
    """Return a size that is called so: all are different, but for windows, which have to fit in."""
    if _KERNEL.fullmatch(name):
        return _SMALL if any(map(_KERNEL.fullmatch, known)) else _LARGE
    if not known:
        return 2  # examples
    for form, size in ((_HEIGHT, _HIGH), (_WIDTH, _WIDE)):
        if form.fullmatch(name):
            return size
    return next(size for size in (3, 4, 6, 7, 9) if size not in known.values())


def _one_for_each(
    function: ast.AST, arguments: set[str], filters: int, axes: int
) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what has one number for each filter: ``b[f]``, ``b[:, :, :, c]``.

    ``b[..., c]`` has as many axes as what it is added to.
    """
    found = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in arguments:
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if role_of(ast.unparse(node.value)) is None and not _is_key(node.slice):
                shape = [filters if isinstance(each, ast.Name) else 1 for each in parts]
                for k in [k for k, each in enumerate(parts) if ast.unparse(each) == "..."]:
                    shape[k : k + 1] = [1] * (axes - len(parts) + 1)
                found[ast.unparse(node.value)] = tuple(shape)
    return found


def _is_key(index: ast.expr) -> bool:
    return isinstance(index, ast.Constant) and isinstance(index.value, str)
