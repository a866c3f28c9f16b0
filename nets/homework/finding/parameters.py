"""Where a person's program keeps its parameters, and which it needs where it makes none."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.anatomy import Anatomy, times_inputs
from nets.homework.reading.names import described, role_of
from nets.homework.reading.spelling import of_what

__all__ = [
    "Place",
    "containers",
    "gradient_beside",
    "invented_shapes",
    "is_bias",
    "joined",
    "kept",
    "layer_sizes",
    "parameter_name",
    "places",
    "taken_from_dicts",
    "weights_of",
    "without_states",
]

_STATE = re.compile(
    r"(^|\.|_)(d[WwbBA-Z]\w*|derivatives?|grads?|gradients?|nabla\w*|delta\w*|velocity|v_?[wb]|m_?[wb]|s_?[wb]|"
    r"cache\w*|memory|x|inputs?|outputs?|z\d*|a\d+|activations?|zs|loss\w*|costs?|y\w*)(\W|$)"
)
_KEYED_STATE = re.compile(r"\[['\"](d|[mvs]_?)[WwBb]_?\d*['\"]\]$")
_WEIGHTS = re.compile(r"(^|\.)_*(weights?|bias(es)?)_\w+$")


@dataclass
class Place:
    """Where one array of the parameters is kept: ``container[key]``.

    Attributes
    ----------
    path : str
        As the person's code reaches it: ``W1``, ``self.weights[0]``.
    shared : list of Place
        Where the same array is kept as well: ``self.params['W1']``, ``self.layers['Affine1'].W``.
    """

    path: str
    container: Any
    key: Any
    shared: list[Place] = field(default_factory=list)

    @property
    def value(self) -> Any:
        """What is there now."""
        return self.container[self.key]

    @value.setter
    def value(self, value: Any) -> None:
        self.container[self.key] = value
        for each in self.shared:
            each.value = value


def parameter_name(name: str) -> bool:
    """Return whether a variable of this name is a weight or a bias."""
    return described(name) is not None or bool(
        re.fullmatch(
            r"(?:[wWbB]|theta|Theta|weights?|bias(?:es)?)_?(?:\d+|[hoi]|hidden|out|output|ih|ho)?|"
            r"syn(?:apse)?_?\d|[wb]_?(?:ih|ho|xh|hy)|b[ho]",
            name,
        )
    )


def weights_of(function: ast.FunctionDef) -> list[str]:
    """Return the arguments that are parameters: by their name, or as in ``X @ beta``.

    Parameters
    ----------
    function : ast.FunctionDef
        That goes forward.
    """
    multiplied = {times_inputs(node) for node in ast.walk(function)}
    names = [each.arg for each in function.args.args]
    return [name for name in names if parameter_name(name) or name in multiplied]


def taken_from_dicts(function: ast.AST | None) -> list[str]:
    """Return the parameters that a function takes out of a dict: ``model["b1"]``.

    Parameters
    ----------
    function : ast.AST or None
        None takes nothing.
    """
    return [
        node.slice.value
        for node in (ast.walk(function) if function is not None else ())
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
        and parameter_name(node.slice.value)
    ]


def containers(functions: Iterable[ast.FunctionDef]) -> list[str]:
    """Return the arguments out of which functions take weights: ``p["W1"]``, ``p.W1``.

    Parameters
    ----------
    functions : iterable of ast.FunctionDef
    """
    found: dict[str, None] = {}
    for function in functions:
        arguments = {each.arg for each in function.args.args}
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                key: Any = node.slice.value
            elif isinstance(node, ast.Attribute):
                key = node.attr
            else:
                continue
            of = node.value.id if isinstance(node.value, ast.Name) else ""
            weight = isinstance(key, str) and re.fullmatch(r"[Ww]\d+", key)
            if weight and of in arguments and isinstance(node.ctx, ast.Load):
                found[of] = None
    return [name for name in found if role_of(name) in (None, "AL", "parameters")]


def places(
    path: str, container: Any, *, of_object: bool = False, depth: int = 0
) -> Iterator[Place]:
    """Yield the places of float arrays in containers and objects, however nested.

    Parameters
    ----------
    path : str
        How the person's code reaches the container.
    container : dict or list
    of_object : bool
        Whether the container holds the attributes of an object.
    depth : int
        How far inside it is already.
    """
    if depth > 4:
        return
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    for key, value in list(pairs):
        inner = _step(path, key, of_object)
        if isinstance(value, (np.ndarray, ag.Tensor)) and value.dtype.kind == "f" and value.size:
            yield Place(inner, container, key)
        elif isinstance(value, (dict, list)):
            yield from places(inner, value, depth=depth + 1)
        elif isinstance(value, (int, float)) and _is_parameter(key, value, container):
            yield Place(inner, container, key)
        elif hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type):
            yield from places(inner, vars(value), of_object=True, depth=depth + 1)


def _is_parameter(key: Any, value: float, container: Any) -> bool:
    """Return whether a number is a bias, by its name or by weights beside it: ``b2`` of ``w2``.

    The ``b1`` and ``b2`` of an optimizer have none.
    """
    if isinstance(value, float) and key in ("b", "bias", "theta"):
        return True
    bias = re.fullmatch(r"_*b(?:ias)?(_?\w*)", str(key))
    if bias is None or isinstance(value, bool) or not isinstance(container, dict):
        return False
    weights = re.compile(rf"_*w(?:eights?)?{bias[1]}", re.IGNORECASE)
    return any(
        weights.fullmatch(str(each)) and isinstance(value, (np.ndarray, ag.Tensor))
        for each, value in container.items()
    )


_BESIDE = (
    "d{}", "d_{}", "g{}", "g_{}", "{}g", "grad_{}", "{}_grad", "{}_gradient", "{}_gradients",
    "grad_{}s",
)  # fmt: skip


def gradient_beside(place: Place) -> tuple[str, Any] | None:
    """Return the gradient that is kept beside a parameter: ``layers[0].dW`` beside ``.W``.

    Returns
    -------
    (str, numpy.ndarray) or None
        As the person's code reaches it, and its value.
    """
    if not isinstance(place.container, dict) or not isinstance(place.key, str):
        return None
    of = place.key.strip("_")
    usual = [f"{before}{form.format(of)}" for form in _BESIDE for before in ("", "_")]
    called_after = [key for key in place.container if isinstance(key, str) and of_what(key) == of]
    for spelled in (*usual, *called_after):  # then `dLdW`
        value = place.container.get(spelled)
        if isinstance(value, (np.ndarray, np.floating, float)):
            return place.path[: -len(place.key)] + spelled, np.array(value, dtype=float)
    return None


def joined(places: Iterable[Place]) -> list[Place]:
    """Return the places, those of one and the same array as one."""
    found: dict[int, Place] = {}
    for place in places:
        first = found.setdefault(id(place.value), place)
        if first is not place:
            first.shared.append(place)
    return list(found.values())


def without_states(places: Sequence[Place]) -> list[Place]:
    """Return the places without those of what an optimizer keeps for each parameter.

    Such a dict has the keys and shapes of another, and nothing but zeros in it: ``self.v['W1']``
    beside ``self.params['W1']``.
    """
    groups: dict[int, list[Place]] = {}
    for each in places:
        groups.setdefault(id(each.container), []).append(each)
    shapes = {
        group: {(each.key, np.shape(each.value)) for each in inside}
        for group, inside in groups.items()
    }
    zero = {
        group
        for group, inside in groups.items()
        if isinstance(inside[0].container, dict) and not any(np.any(e.value) for e in inside)
    }
    states = {
        group
        for group in zero
        if any(shapes[group] <= shapes[other] for other in shapes if other not in zero)
    }
    return [place for place in places if id(place.container) not in states]


def _step(path: str, key: Any, of_object: bool) -> str:
    """Return how code reaches `key` of what it reaches as `path`."""
    if not path:
        return str(key)
    return f"{path}.{key}" if of_object else f"{path}[{key!r}]"


def is_bias(path: str) -> bool:
    """Return whether a parameter is a bias, by its name: ``params['b1']``, ``self.bias_hidden``."""
    last = re.sub(r"\[\d+\]", "", path).rpartition(".")[2].rpartition("[")[2].strip("_'\"]")
    named = re.match(r"b\d*$|b_?[a-z]{0,2}\d*$|bias", last, re.IGNORECASE) is not None
    return named or described(last) == "b"


def kept(path: str) -> bool:
    """Return whether something an object holds may be a parameter rather than a value."""
    attribute = path.removeprefix("self.")
    if _WEIGHTS.search(attribute):
        return True  # weights_hidden_output is no output
    if _KEYED_STATE.search(attribute):
        return False
    return not _STATE.search(attribute) and role_of(attribute) not in ("X", "Y")


def layer_sizes(places: Iterable[Place], about: Anatomy) -> tuple[int, ...] | None:
    """Return the units of each layer, None where the weights do not fit together.

    Parameters
    ----------
    places : iterable of Place
    about : Anatomy
    """
    known = list(places)
    beside = {(id(each.container), each.key) for each in known}
    shapes = [
        np.shape(each.value)
        for each in known
        if not is_bias(each.path) and (id(each.container), _without_zero(each.key)) not in beside
    ]
    if len(shapes) == 1 and len(shapes[0]) == 1:
        return (*shapes[0], 1)
    weights = [shape for shape in shapes if len(shape) == 2]
    inputs_first = about.columns == about.transposed
    for pairs in (weights, [shape[::-1] for shape in weights]):
        chained = all(a[1] == b[0] for a, b in itertools.pairwise(pairs))
        if pairs and chained and (pairs is weights) == inputs_first:
            return (pairs[0][0], *(after for _, after in pairs))
    return None


def _without_zero(key: Any) -> Any:
    """Return W for ``W0``, which beside W is a bias."""
    return key[:-1] if isinstance(key, str) and key.endswith("0") else None


def invented_shapes(
    sizes: tuple[int, ...], about: Anatomy, text: str
) -> Callable[[str], tuple[int, ...]]:
    """Return what tells the shape of a parameter by its name.

    Parameters
    ----------
    sizes : tuple of int
        Units of each layer, from the input on.
    about : Anatomy
    text : str
        The forward function.
    """
    rows_first = about.columns != about.transposed
    second = bool(re.search(r"\b[wW]_?2\b", text))  # W, b, W2, b2
    from_zero = bool(re.search(r"\b(?:syn(?:apses?)?|[wW]|weights?)_?0\b", text))
    only_names = not re.search(r"dot\(|matmul\(|@", text)
    in_order = {"W": list[str](), "b": list[str]()}
    for name in dict.fromkeys(re.findall(r"\w+", text.partition(":\n")[2])):
        if (kind := described(name)) is not None:
            in_order[kind].append(name)

    def shape(name: str) -> tuple[int, ...]:
        digits = re.findall(r"\d+", name)
        kind = described(name)
        if kind is not None and name in in_order[kind]:
            digits = [str(in_order[kind].index(name) + 1)]
        unnumbered = 1 if "h" in name or second else len(sizes) - 1
        layer = (int(digits[-1]) if digits else unnumbered) + (from_zero and bool(digits))
        layer = min(max(layer, 1), len(sizes) - 1)
        before, after = sizes[layer - 1], sizes[layer]
        bias = re.match(r"b(?!eta)", name, re.IGNORECASE) is not None
        if not digits and len(sizes) == 2:
            before, after = sizes
        if name.lower().startswith("theta") and only_names:
            return ()
        if about.vector:
            return () if bias or about.number else (before,)
        if bias or kind == "b":
            if about.bare_bias and after == 1:
                return ()
            if about.single:
                return (after,)
            return (after, 1) if about.columns else (1, after)
        return (after, before) if rows_first else (before, after)

    return shape
