"""Run the functions of a person's program on one network and its data."""

from __future__ import annotations

import ast
import contextlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.alone import (
    described_shapes,
    entries_of,
    lone_loss,
    settings_of,
    unpacked_shapes,
)
from nets.homework.finding.anatomy import Anatomy
from nets.homework.finding.calls import Known, UnboundError, UndescribedError, returned_names
from nets.homework.finding.draws import Draw
from nets.homework.finding.guesses import (
    GuessError,
    fill_globals,
    handed_gradients,
    handed_on,
    is_array,
    state_for,
    vectors_for,
)
from nets.homework.finding.handing import apart, scalar_of
from nets.homework.finding.parameters import (
    Place,
    containers,
    invented_shapes,
    joined,
    kept,
    layer_sizes,
    parameter_name,
    places,
    taken_from_dicts,
    weights_of,
    without_states,
)
from nets.homework.finding.programs import Program, methods
from nets.homework.finding.reach import with_callees
from nets.homework.finding.settings import (
    constants_of,
    data_by_position,
    lacking_ends,
    layer_units,
    roles_of,
    sizes_by_position,
)
from nets.homework.layouts.completing import free_names
from nets.homework.layouts.layered import building_lines
from nets.homework.reading.load import Loaded
from nets.homework.reading.names import function_role, mangled, role_of, unmangled
from nets.homework.reading.source import Source

__all__ = ["Session"]

_ALL = slice(None)
"""Of a network's sizes."""


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
        self._classes = classes
        self._own = methods(classes[program.owner]) if program.owner else functions
        roles, constants = roles_of(draw, source), constants_of(loaded.names)
        self.known = Known(roles=roles, constants=constants, given={**draw.named})
        self.incoming = self._handed()
        self._guessed: list[str] = []
        if tensors:  # `X.dot(W)` of an array would not know what to do with a Tensor
            for role in ("X", "Y"):
                if self.known.roles[role].dtype.kind == "f":
                    self.known.roles[role] = ag.tensor(self.known.roles[role], name=role)
        self._tensors = tensors
        self.instance: Any = None
        self._in_dict = self._in_vector = False
        fill_globals(source.tree, loaded.names, self.known.roles)
        np.random.seed(draw.seed)  # noqa: NPY002 - what their code draws from
        if program.owner is None:
            self.places = list(self._make_parameters())
        else:
            owner = loaded.names[program.owner]
            try:
                self.instance = self._construct(owner)
            except UnboundError:
                self.instance = self._built(source)
                if self.instance is None:
                    raise
            self._prepare()
            self.places = self._kept()
            if not self.places:  # its layers come from outside
                self.instance = self._built(source) or self.instance
                self.places = self._kept()
            if not (inspect.signature(owner).parameters or self.sizes()):
                self._guessed = ["X"]  # its size is its own, and not known
            for place in self.places:
                place.path = unmangled(place.path, str(program.owner))

    # -- what is known from the start -----------------------------------------------------------

    def sizes(self) -> tuple[int, ...] | None:
        """Return the units of each layer as the parameters have them, where they fit together."""
        return None if self.incoming or self._in_vector else layer_sizes(self.places, self.about)

    # -- parameters -----------------------------------------------------------------------------

    def _make_parameters(self) -> Iterator[Place]:
        init = self.program.init
        if init is not None:
            function = self._functions[init]
            made = self._call_init(self.loaded.names[init])
            self._record_globals(function)
            if (held := apart(made, returned_names(function))) is not None:
                self.known.names.update(held)
                yield from self._named(held)
                return
            if isinstance(made, tuple):
                self.known.take(made, returned_names(function))
                made = next((each for each in made if isinstance(each, (dict, list))), made)
            if isinstance(made, list):
                made = [list(each) if isinstance(each, tuple) else each for each in made]
            self.known.roles["parameters"] = made
            called = [each[0] for each in returned_names(function) if len(each) == 1]
            held_in = containers(self._own.values())  # `p`, which may else be predictions
            self.known.names |= dict.fromkeys(["parameters", "weights", *held_in, *called], made)
            if isinstance(made, dict):
                yield from places("", made)
                return
            if isinstance(made, (np.ndarray, ag.Tensor)):  # all of them in one vector
                name = self._name_of_vector(called)
                self.known.names[name] = made
                self._in_vector = True
                yield Place(name, self.known.names, name)
                return
            inside = vars(made) if hasattr(made, "__dict__") else made
            path = called[0] if called and called[0].isidentifier() else "parameters"
            yield from places(path, inside, of_object=inside is not made)
            return
        yield from self._invented()

    def _record_globals(self, init: ast.FunctionDef) -> None:
        """Let data that lines of the file have made be Tensors where the rest is."""
        stated = [each for each in init.body if isinstance(each, ast.Global)]
        for name in (name for each in stated for name in each.names if self._tensors):
            if is_array(self.loaded.names.get(name)):
                self.loaded.names[name] = ag.tensor(self.loaded.names[name], name=name)

    def _name_of_vector(self, called: Sequence[str]) -> str:
        """Return what forward calls the vector that init returns, where that is `called` so."""
        forward = self._functions[self.program.forward]
        handed = [each.arg for each in forward.args.args]
        alike = [name for name in handed if role_of(name) == "parameters"]
        known = [name for name in called if name in handed]
        return next(iter([*known, *weights_of(forward), *alike]), "theta")

    def _call_init(self, function: Callable[..., Any]) -> Any:
        sizes = self.draw.sizes
        hidden = {f"n_h{k}": n for k, n in enumerate(sizes[1:-1], 1)}
        hidden |= {f"hidden{k}": n for k, n in enumerate(sizes[1:-1], 1)}
        hidden |= {f"n{k}": n for k, n in enumerate(sizes)}
        for key, value in hidden.items():
            self.known.names.setdefault(key, value)
        return self.known.call(function, layer_units(function, sizes))

    def _named(self, held: dict[str, Any]) -> Iterator[Place]:
        for key, value in held.items():
            if np.asarray(value).dtype.kind == "f":
                yield Place(key, self.known.names, key)

    def _invented(self) -> Iterator[Place]:
        """Make the parameters that forward is handed or finds among the module's names."""
        forward = self._functions[self.program.forward]
        arguments = [each.arg for each in forward.args.args]
        own = "" if self.program.owner else ast.unparse(forward)
        shapes = invented_shapes(self.draw.sizes, self.about, own)
        wanted = weights_of(forward)
        vectors = vectors_for(arguments, self.draw.sizes[0]) if self.incoming else {}
        scores = lone_loss(forward) if self.program.forward == self.program.backward else None
        if scores is not None:
            self.known.given[scores] = np.zeros((self.draw.m, self.draw.sizes[-1]))
            yield Place(scores, self.known.given, scores)
            return
        if self.incoming:
            yield from self._layer(arguments, {**vectors, **{n: shapes(n) for n in wanted}})
            return
        if wanted:
            self._guessed += [name for name in wanted if name.startswith("theta")]
            cost = self._functions.get(str(self.program.cost))
            wanted += [name for name in taken_from_dicts(cost) if name not in wanted]
            self._in_dict = True
            for name in wanted:
                self.known.names[name] = np.zeros(shapes(name))
                yield Place(name, self.known.names, name)
            return
        of_module = [
            name
            for name in free_names(ast.Module([forward], []))
            if parameter_name(name) or is_array(self.loaded.names.get(name))
            if name not in self.known.names
        ]
        if of_module:
            for name in dict.fromkeys(of_module):
                if not is_array(self.loaded.names.get(name)):
                    self.loaded.names[name] = np.zeros(shapes(name))
                yield Place(name, self.loaded.names, name)
            return
        words = [
            re.sub(r"(%\w|\{\w*\})$", "", node.value)  # "W%d" % layer, "W{}".format(layer)
            for node in ast.walk(forward)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        keys = list(dict.fromkeys(word for word in words if parameter_name(word)))
        if any(key in ("W", "b", "w") for key in keys) or not keys:
            depth = len(self.draw.sizes) - 1
            keys = [f"{kind}{layer}" for layer in range(1, depth + 1) for kind in "Wb"]
        held = {key: np.zeros(shapes(key)) for key in keys}
        self.known.roles["parameters"] = self.known.names["parameters"] = held
        self.known.names.update(held)
        yield from places("", held)

    def _handed(self) -> list[str]:
        """Return the arguments by which backward is handed gradients: it is that of one layer."""
        program = self.program
        apart = program.owner is None and program.forward != program.backward
        whole = not apart or program.cost is not None
        return [] if whole else handed_gradients(self._functions[program.backward])

    def _layer(self, arguments: list[str], shapes: dict[str, tuple[int, ...]]) -> Iterator[Place]:
        """Make what a layer is handed: its input, of which it has a gradient as well, and more."""
        self._guessed += [*self.incoming, *arguments]
        inputs = [name for name in arguments if role_of(name) == "X" or name == "A_prev"]
        only = arguments if len(arguments) == 1 else []  # an activation is handed nothing else
        shapes |= dict.fromkeys([*inputs, *only], self.draw.X.shape)
        steps = [self._functions[each] for each in (self.program.forward, self.program.backward)]
        reached = with_callees([self.program.forward], self._functions)
        inside = {name: entries_of(reached, name) for name in arguments}
        entries = [key for each in inside.values() for key in each]
        shapes |= {**described_shapes(steps[0], entries), **unpacked_shapes(steps[0])}
        for name in arguments:
            settings = settings_of(steps, name, self.draw.seed)
            if settings is not None:
                self.known.given[name] = settings
            elif inside[name] and set(inside[name]) <= shapes.keys():
                self.known.given[name] = {}
                for key in inside[name]:
                    yield from self._made(key, shapes.pop(key), self.known.given[name])
            elif inside[name] and role_of(name) == "parameters" and name not in self.draw.named:
                raise UndescribedError(self.program.forward, name, inside[name])
        for name, shape in shapes.items():
            yield from self._made(name, shape, self.known.given)

    def _made(
        self, name: str, shape: tuple[int, ...], container: dict[str, Any]
    ) -> Iterator[Place]:
        container[name] = np.zeros(shape)
        yield Place(name, container, name)

    # -- the steps ------------------------------------------------------------------------------

    def _construct(self, cls: Callable[..., Any]) -> Any:
        hidden = list(self.draw.sizes[1:-1])
        first: dict[str, Any] = layer_units(cls, self.draw.sizes)
        given = {role_of(each): each for each in inspect.signature(cls).parameters}
        if "sizes_in" in given and "layer_dims" in given:  # `Network(nx, layers)`
            first[given["layer_dims"]] = list(self.draw.sizes[1:])
        for role in ("layer_dims", "sizes_hidden"):
            if role in given and (ends := lacking_ends(given[role], self._own.values())) != _ALL:
                first[given[role]] = list(self.draw.sizes[ends])
        if "sizes_hidden" in given:  # `Network(inputs, hidden, outputs)` takes no data
            units = {"X": self.draw.sizes[0], "Y": self.draw.sizes[-1], "AL": self.draw.sizes[-1]}
            first |= {given[role]: size for role, size in units.items() if role in given}
        try:
            return self.known.call(cls, first)
        except TypeError as error:
            parameters = inspect.signature(cls).parameters
            several = [each for each in parameters if role_of(each) == "sizes_hidden"]
            with contextlib.suppress(TypeError):
                return self.known.call(cls, {**first, **dict.fromkeys(several, hidden)})
            raise error from None
        except UnboundError as lacking:
            for name in lacking.arguments:
                if "hidden" in name:
                    first[name] = hidden if name.endswith(("s", "layers")) else hidden[0]
                elif name.startswith("n") or "size" in name or "dim" in name:
                    first[name] = self.draw.sizes[0]
            guessed = sizes_by_position(lacking, self.draw) if self.program.stated else {}
            return self.known.call(cls, {**guessed, **first})

    def _kept(self) -> list[Place]:
        every = places("self", vars(self.instance), of_object=True)
        return joined(without_states([place for place in every if kept(place.path)]))

    def _built(self, source: Source) -> Any:
        """Return an instance as the file builds one: ``net = Net()``, ``net.add(Layer(2, 3))``."""
        network, lines = building_lines(source, str(self.program.owner))
        if not lines:
            return None
        names = dict(self.loaded.names)
        exec(compile(ast.Module(list(lines), []), self.loaded.file, "exec"), names)
        return names.get(network)

    def _prepare(self) -> None:
        """Let the instance have what its method for training would give it: weights, data."""
        own = [node for each in self._own.values() for node in ast.walk(each)]
        reached = {ast.unparse(node) for node in own if isinstance(node, ast.Attribute)}
        constructor = ast.unparse(self._own["__init__"]) if "__init__" in self._own else ""
        for name in self._own:
            later = f"self.{name}" in reached and f"self.{name}(" not in constructor
            arguments = {role_of(each.arg) for each in self._own[name].args.args}
            if arguments & {"X", "Y"}:
                continue  # weights that come from elsewhere: `set_weights(x)`
            if later and function_role(name) == "init" and name != "__init__":
                self.known.call(getattr(self.instance, name))
        for path in reached:
            attribute = path.removeprefix("self.")
            role = role_of(attribute) if attribute.isidentifier() else None
            if role in ("X", "Y") and getattr(self.instance, attribute, None) is None:
                setattr(self.instance, attribute, self.known.roles[role])

    def _function(self, name: str) -> tuple[Callable[..., Any], ast.FunctionDef]:
        if name.startswith("self."):
            _, attribute, method = name.split(".")
            held = getattr(self.instance, attribute)
            of = held if isinstance(held, type) else type(held)
            return getattr(held, method), methods(self._classes[of.__name__])[method]
        if name.startswith("::"):
            return self.loaded.names[name[2:]], self._functions[name[2:]]
        if self.program.owner is not None:
            return getattr(self.instance, mangled(name, self.program.owner)), self._own[name]
        return self.loaded.names[name], self._functions[name]

    def tree(self, name: str) -> ast.FunctionDef:
        """Return a function as it is written."""
        return self._function(name)[1]

    def returned(self, name: str) -> list[list[str]]:
        """Return the names in each return statement of a function."""
        return returned_names(self.tree(name), {**self._functions, **self._own})

    def _run(self, name: str) -> Any:
        function = self._function(name)[0]
        if self._in_dict:  # `calculate_loss(model)`, where forward takes W1 and b1 apart
            self.known.roles["parameters"] = {each.key: each.value for each in self.places}
        np.random.seed(self.draw.seed)  # noqa: NPY002 - the same masks in every forward pass
        try:
            result = self._called(name, function)
        except Exception as error:
            if self._guessed and not isinstance(error, UnboundError):
                raise GuessError(name, self._guessed, error) from error
            raise
        self._guessed = []  # what runs is what was meant
        self.known.take(result, self.returned(name))
        return result

    def _called(self, name: str, function: Callable[..., Any]) -> Any:
        """Call a function with what is known, and with guesses at the rest."""
        try:
            return self.known.call(function)
        except UnboundError as lacking:
            roles = ("forward", "cost", "backward")
            kind = next(each for each in roles if getattr(self.program, each) == name)
            weights = {each.path: each.value for each in self.places}
            states = {each: state_for(each, weights) for each in lacking.arguments}
            first = {each: value for each, value in states.items() if value is not None}
            rest = [each for each in lacking.arguments if each not in first]
            if rest and kind != "forward" and not self.program.stated:
                raise
            self._guessed += lacking.arguments
            if rest:
                left = UnboundError(lacking.function, rest)
                first |= data_by_position(left, kind, self.known.roles)
            return self.known.call(function, first)

    def forward(self) -> Any:
        """Run forward; the network's output is then known as AL."""
        result = self._run(self.program.forward)
        names = self.returned(self.program.forward)
        if not isinstance(result, (tuple, list)) and not isinstance(result, Mapping):
            self.known.roles["AL"] = result
        elif isinstance(result, Mapping) or not any(
            "cache" in part for each in names for part in each
        ):
            pair = bool(self.incoming) and isinstance(result, tuple) and len(result) == 2
            self.known.roles.setdefault("cache", result[1] if pair else result)
        output = self.known.output(result, self.draw.output_shape)
        if output is not None:
            self.known.roles["AL"] = output
        if self.incoming:
            rng = np.random.default_rng(self.draw.seed)
            self._results = handed_on(result, names, self.incoming)
            for name, value in zip(self.incoming, self._results, strict=True):
                self.known.given[name] = rng.standard_normal(np.shape(value))
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
        if self.incoming:
            given = [self.known.given[name] for name in self.incoming]
            return sum(np.sum(a * b) for a, b in zip(self._results, given, strict=True))
        if name is None:
            return None
        if name == self.program.forward:
            return scalar_of(result, self.returned(name))
        Y = self.known.roles["Y"]
        self.known.roles["Y"] = self._like_output(Y, self.tree(name))
        value = self._run(name)
        self.known.roles["Y"] = Y
        return scalar_of(value, self.returned(name))

    def _like_output(self, Y: Any, cost: ast.FunctionDef) -> Any:
        """Return the labels as the output stands, which a training loop that calls cost sees to."""
        output = self.known.roles.get("AL")
        shape = np.shape(output) if output is not None else ()
        if len(shape) != 2 or Y.shape in ((), shape) or ".T" in ast.unparse(cost):
            return Y
        return Y.T if Y.shape == shape[::-1] else Y

    def backward(self) -> Any:
        """Run backward, and return what it returns."""
        return self._run(self.program.backward)
