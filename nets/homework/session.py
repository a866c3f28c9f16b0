"""Run the functions of a person's program on one network and its data."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.anatomy import Anatomy
from nets.homework.calls import Known, UnboundError, returned_names
from nets.homework.completing import free_names
from nets.homework.draws import KEEP_PROB, LAMBD, LEARNING_RATE, Draw
from nets.homework.gradients import canonical
from nets.homework.load import Loaded
from nets.homework.names import role_of
from nets.homework.programs import Program, methods
from nets.homework.source import Source

__all__ = ["Place", "Session"]

_STATE = re.compile(
    r"(^|\.|_)(d[WwbBA-Z]\w*|grads?|gradients?|nabla\w*|delta\w*|velocity|v_?[wb]|m_?[wb]|s_?[wb]|"
    r"cache\w*|memory|x|inputs?|outputs?|z\d*|a\d+|activations?|zs|loss\w*|costs?|y\w*)(\W|$)"
)


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


class Session:
    """A person's program with one network.

    Parameters
    ----------
    source : Source
    loaded : Loaded
    program : Program
    draw : Draw
    about : Anatomy

    Attributes
    ----------
    places : list of Place
        The parameters.
    known : Known
    """

    def __init__(
        self,
        source: Source,
        loaded: Loaded,
        program: Program,
        draw: Draw,
        about: Anatomy,
        tensors: bool = False,
    ) -> None:
        self.loaded, self.program, self.draw, self.about = loaded, program, draw, about
        functions = {each.name: each for each in source.functions()}
        self._functions = functions
        classes = {each.name: each for each in source.classes()}
        self._own = methods(classes[program.owner]) if program.owner else functions
        self.known = Known(roles=self._roles(), constants=_constants(loaded.names))
        if tensors:  # `X.dot(W)` of an array would not know what to do with a Tensor
            for role in ("X", "Y"):
                if self.known.roles[role].dtype.kind == "f":
                    self.known.roles[role] = ag.tensor(self.known.roles[role], name=role)
        self.instance: Any = None
        self._in_dict = False
        self._fill_globals(source)
        np.random.seed(draw.seed)  # noqa: NPY002 - what their code draws from
        if program.owner is None:
            self.places = list(self._make_parameters())
        else:
            self.instance = self._construct(loaded.names[program.owner])
            every = _places("self", vars(self.instance))
            self.places = _joined(place for place in every if _kept(place.path))

    # -- what is known from the start -----------------------------------------------------------

    def _roles(self) -> dict[str, Any]:
        draw, sizes = self.draw, self.draw.sizes
        return {
            "X": draw.X,
            "Y": draw.Y,
            "keep_prob": KEEP_PROB,
            "lambd": LAMBD,
            "learning_rate": LEARNING_RATE,
            "m": draw.m,
            "layer_dims": list(sizes),
            "architecture": _architecture(sizes),
            "sizes_in": sizes[0],
            "sizes_hidden": sizes[1],
            "sizes_out": sizes[-1],
            "seed": draw.seed,
            "hidden_activation": "relu",
            "training": True,
        }

    def _fill_globals(self, source: Source) -> None:
        """Give values to names that only the training code of the file would have given."""
        names = self.loaded.names
        for name in free_names(source.tree):
            if name in names or hasattr(builtins, name):
                continue
            role = role_of(name)
            if role in (
                "X",
                "Y",
                "m",
                "lambd",
                "keep_prob",
                "learning_rate",
                "layer_dims",
            ) or role in ("sizes_in", "sizes_hidden", "sizes_out"):
                names[name] = self.known.roles[role]

    def sizes(self) -> tuple[int, ...] | None:
        """Return the units of each layer as the parameters have them, where they fit together."""
        weights = [
            np.shape(each.value)
            for each in self.places
            if np.ndim(each.value) == 2 and canonical(each.path)[:1] in "Ww"
        ]
        inputs_first = self.about.columns == self.about.transposed
        for pairs in (weights, [shape[::-1] for shape in weights]):
            chained = all(a[1] == b[0] for a, b in itertools.pairwise(pairs))
            if pairs and chained and (pairs is weights) == inputs_first:
                return (pairs[0][0], *(after for _, after in pairs))
        return None

    # -- parameters -----------------------------------------------------------------------------

    def _make_parameters(self) -> Iterator[Place]:
        init = self.program.init
        if init is not None:
            function = self._functions[init]
            made = self._call_init(self.loaded.names[init])
            if isinstance(made, (tuple, list)) and all(
                isinstance(each, (np.ndarray, ag.Tensor, float, np.floating, int)) for each in made
            ):
                names = [each for each in returned_names(function) if len(each) == len(made)]
                held = dict(zip(names[-1], made, strict=True)) if names else {}
                held = {
                    key: np.asarray(each, float) if np.ndim(each) else float(each)
                    for key, each in held.items()
                }
                self.known.names.update(held)
                yield from self._named(held)
                return
            if isinstance(made, tuple):
                self.known.take(made, returned_names(function))
                made = next((each for each in made if isinstance(each, (dict, list))), made)
            if isinstance(made, list):
                made = [list(each) if isinstance(each, tuple) else each for each in made]
            self.known.roles["parameters"] = made
            self.known.names["parameters"] = made
            if isinstance(made, dict):
                yield from _places("", made)
                return
            yield from _places("parameters", made)
            return
        yield from self._invented()

    def _call_init(self, function: Callable[..., Any]) -> Any:
        sizes = self.draw.sizes
        hidden = {f"n_h{k}": n for k, n in enumerate(sizes[1:-1], 1)}
        hidden |= {f"hidden{k}": n for k, n in enumerate(sizes[1:-1], 1)}
        hidden |= {f"n{k}": n for k, n in enumerate(sizes)}
        for key, value in hidden.items():
            self.known.names.setdefault(key, value)
        return self.known.call(function)

    def _named(self, held: dict[str, Any]) -> Iterator[Place]:
        for key, value in held.items():
            if np.asarray(value).dtype.kind == "f":
                yield Place(key, self.known.names, key)

    def _invented(self) -> Iterator[Place]:
        """Make the parameters that forward is handed or finds among the module's names."""
        forward = self._functions[self.program.forward]
        arguments = [each.arg for each in forward.args.args]
        shapes = self._shapes()
        wanted = [name for name in arguments if _parameter_name(name)]
        if wanted:
            self._in_dict = True
            for name in wanted:
                self.known.names[name] = np.zeros(shapes(name))
                yield Place(name, self.known.names, name)
            return
        of_module = [
            name
            for name in free_names(ast.Module([forward], []))
            if _parameter_name(name) and name not in self.known.names
        ]
        if of_module:
            for name in of_module:
                self.loaded.names[name] = np.zeros(shapes(name))
                yield Place(name, self.loaded.names, name)
            return
        keys = [
            node.value
            for node in ast.walk(forward)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and _parameter_name(node.value)
        ]
        keys = list(dict.fromkeys(keys))
        if any(key in ("W", "b", "w") for key in keys) or not keys:
            depth = len(self.draw.sizes) - 1
            keys = [f"{kind}{layer}" for layer in range(1, depth + 1) for kind in "Wb"]
        held = {key: np.zeros(shapes(key)) for key in keys}
        self.known.roles["parameters"] = self.known.names["parameters"] = held
        self.known.names.update(held)
        yield from _places("", held)

    def _shapes(self) -> Callable[[str], tuple[int, ...]]:
        """Return the shape of a parameter, by its name."""
        sizes, about = self.draw.sizes, self.about
        own = [self._functions[self.program.forward]] if not self.program.owner else []
        rows_first = about.columns != about.transposed
        text = " ".join(ast.unparse(each) for each in own)

        from_zero = bool(re.search(r"\b(?:syn|[wW]|weights?)_?0\b", text))

        def shape(name: str) -> tuple[int, ...]:
            digits = re.findall(r"\d+", name)
            layer = int(digits[-1]) if digits else (1 if "h" in name else len(sizes) - 1)
            layer += from_zero and bool(digits)
            layer = min(max(layer, 1), len(sizes) - 1)
            before, after = sizes[layer - 1], sizes[layer]
            if not digits and len(sizes) == 2:
                before, after = sizes
            if name.lower().startswith("theta") and "np.dot" not in text and "@" not in text:
                return ()
            if name.lower().startswith("b"):
                return (after, 1) if about.columns else (1, after)
            return (after, before) if rows_first else (before, after)

        return shape

    # -- the steps ------------------------------------------------------------------------------

    def _construct(self, cls: Callable[..., Any]) -> Any:
        hidden = list(self.draw.sizes[1:-1])
        first: dict[str, Any] = {}
        try:
            return self.known.call(cls, first)
        except UnboundError as lacking:
            for name in lacking.arguments:
                if "hidden" in name:
                    first[name] = hidden if name.endswith(("s", "layers")) else hidden[0]
                elif name.startswith("n") or "size" in name or "dim" in name:
                    first[name] = self.draw.sizes[0]
            return self.known.call(cls, first)

    def _function(self, name: str) -> tuple[Callable[..., Any], ast.FunctionDef]:
        if name.startswith("::"):
            return self.loaded.names[name[2:]], self._functions[name[2:]]
        if self.program.owner is not None:
            return getattr(self.instance, name), self._own[name]
        return self.loaded.names[name], self._functions[name]

    def tree(self, name: str) -> ast.FunctionDef:
        """Return a function as it is written."""
        return self._function(name)[1]

    def _run(self, name: str) -> Any:
        function, tree = self._function(name)
        if self._in_dict:  # `calculate_loss(model)`, where forward takes W1 and b1 apart
            self.known.roles["parameters"] = {each.key: each.value for each in self.places}
        np.random.seed(self.draw.seed)  # noqa: NPY002 - the same masks in every forward pass
        try:
            result = self.known.call(function)
        except UnboundError as lacking:
            if name != self.program.forward or len(lacking.arguments) != 1:
                raise
            result = self.known.call(function, {lacking.arguments[0]: self.known.roles["X"]})
        self.known.take(result, returned_names(tree))
        return result

    def forward(self) -> Any:
        """Run forward; the network's output is then known as AL."""
        result = self._run(self.program.forward)
        names = returned_names(self._function(self.program.forward)[1])
        if not isinstance(result, (tuple, list)) and not isinstance(result, Mapping):
            self.known.roles["AL"] = result
        elif isinstance(result, Mapping) or not any(
            "cache" in part for each in names for part in each
        ):
            self.known.roles.setdefault("cache", result)
        output = self.known.output(result, self.draw.output_shape)
        if output is not None:
            self.known.roles["AL"] = output
        if self.instance is not None and output is None:
            self._output_of_instance()
        return result

    def _output_of_instance(self) -> None:
        for name, value in reversed(vars(self.instance).items()):
            array = isinstance(value, (np.ndarray, ag.Tensor))
            if not array or value.shape != self.draw.output_shape:
                continue
            if role_of(name) in ("AL", None) and not name.startswith(("z", "Z", "d")):
                self.known.roles["AL"] = value
                return

    def cost(self, result: Any) -> Any:
        """Return the cost, or None where the file has none.

        Parameters
        ----------
        result
            What forward returned: the cost may be in it.
        """
        name = self.program.cost
        if name is None:
            return None
        if name == self.program.forward:
            return _scalar_of(result, returned_names(self._function(name)[1]))
        value = self._run(name)
        return _scalar_of(value, returned_names(self._function(name)[1]))

    def backward(self) -> Any:
        """Run backward, and return what it returns."""
        return self._run(self.program.backward)


def _constants(names: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in names.items()
        if isinstance(value, (list, dict, int, float, str)) and not key.startswith("_")
    }


def _architecture(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return a network as some write it down: one dictionary a layer."""
    last = len(sizes) - 1
    return [
        {
            "input_dim": before,
            "output_dim": after,
            "units": after,
            "activation": "sigmoid" if layer == last else "relu",
        }
        for layer, (before, after) in enumerate(itertools.pairwise(sizes), 1)
    ]


def _scalar_of(result: Any, names: list[list[str]]) -> Any:
    """Return the cost in what a function returned."""
    if not isinstance(result, (tuple, list)):
        return result
    for each in names:
        if len(each) == len(result):
            for name, value in zip(each, result, strict=True):
                if re.search(r"cost|loss|J$|err", name) and np.size(value) == 1:
                    return value
    return next((each for each in result if np.shape(each) == () or np.size(each) == 1), None)


def _parameter_name(name: str) -> bool:
    return bool(
        re.fullmatch(
            r"(?:[wWbB]|theta|Theta|weights?|bias(?:es)?)_?(?:\d+|[hoi]|hidden|out|output|ih|ho)?|"
            r"syn\d|[wb]_?(?:ih|ho|xh|hy)|b[ho]",
            name,
        )
    )


def _places(path: str, container: Any, depth: int = 0) -> Iterator[Place]:
    """Yield the places of float arrays in containers and objects, however nested."""
    if depth > 4:
        return
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    for key, value in list(pairs):
        inner = _step(path, key, isinstance(container, dict), depth)
        if isinstance(value, (np.ndarray, ag.Tensor)) and value.dtype.kind == "f" and value.size:
            yield Place(inner, container, key)
        elif isinstance(value, (dict, list)):
            yield from _places(inner, value, depth + 1)
        elif isinstance(value, float) and key in ("b", "bias", "theta"):
            yield Place(inner, container, key)
        elif hasattr(value, "__dict__") and not callable(value) and not isinstance(value, type):
            yield from _places(inner, vars(value), depth + 1)


def _joined(places: Iterable[Place]) -> list[Place]:
    """Return the places, those of one and the same array as one."""
    found: dict[int, Place] = {}
    for place in places:
        first = found.setdefault(id(place.value), place)
        if first is not place:
            first.shared.append(place)
    return list(found.values())


def _step(path: str, key: Any, mapping: bool, depth: int) -> str:
    """Return how code reaches `key` of what it reaches as `path`."""
    attribute = mapping and isinstance(key, str) and key.isidentifier()
    of_object = path == "self" or "[" in path.rpartition(".")[2] or not path.startswith("self")
    if not path:
        return str(key)
    if attribute and of_object and (depth == 0 or "." in path):
        return f"{path}.{key}"
    return f"{path}[{key!r}]"


def _kept(path: str) -> bool:
    """Return whether something an object holds may be a parameter rather than a value."""
    return not _STATE.search(path.removeprefix("self."))
