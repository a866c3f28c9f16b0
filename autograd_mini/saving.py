"""Graphs as JSON, exactly and back: every bit of every value, and nothing that is executed."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node, Source
from autograd_mini.ops.gathering import Slot
from autograd_mini.ops.operation import registry

__all__ = ["packed", "unpacked"]

FORMAT = "autograd_mini graph"
VERSION = 1


def packed(
    graph: BaseGraph, forward: Sequence[Node], gradients: Mapping[Node, Node], structure: Any
) -> dict[str, Any]:
    """Return a graph as JSON values.

    Parameters
    ----------
    graph : BaseGraph
    forward : sequence of Node
        The nodes of the forward pass.
    gradients : mapping
        The gradient of each node that has one.
    structure
        The container that the outputs stand in; None for a plain result or tuple.

    Raises
    ------
    TypeError
        If an operation is defined by the user's program, or a parameter cannot be written down.
    """
    number = {node: k for k, node in enumerate(graph.nodes)}
    constants = graph.constants
    place = {id(each): k for k, each in enumerate(constants)}

    def operand(each: Any) -> Any:
        if each.__class__ is Node:
            return {"node": number[each]}
        if each.__class__ is Constant:
            return {"constant": place[id(each)]}
        return _value(each, "an operand")

    def record(node: Node) -> dict[str, Any]:
        if registry.get(node.op.name) is not node.op:
            raise TypeError(
                f"the operation {node.op.name!r} is defined by your program, and cannot be saved "
                "with the graph"
            )
        source = node.source
        return {
            "op": node.op.name,
            "inputs": [operand(each) for each in node.inputs],
            "params": {
                key: _value(each, f"{node.op.name}({key}=…)") for key, each in node.params.items()
            },
            "shape": node.shape,
            "dtype": node.dtype.str,
            "name": node.name,
            "scope": node.scope,
            "source": source and [source.file, source.line, source.function],
            "value": None if node.value is None else _value(node.value, "a value"),
        }

    return {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [record(node) for node in graph.nodes],
        "constants": [{"name": e.name, "value": _value(e.value, "a constant")} for e in constants],
        "inputs": [number[node] for node in graph.inputs],
        "outputs": [number[node] for node in graph.outputs],
        "forward": sorted(number[node] for node in forward if node in number),
        "gradients": [
            [number[node], number[g]]
            for node, g in gradients.items()
            if node in number and g in number
        ],
        "structure": _skeleton(structure),
    }


def _skeleton(structure: Any) -> Any:
    """Return containers without what they hold; None where they are not plain ones."""
    if type(structure) is dict and all(isinstance(key, str) for key in structure):
        return {"dict": {key: _skeleton(each) for key, each in structure.items()}}
    if type(structure) in (list, tuple):
        return {type(structure).__name__: [_skeleton(each) for each in structure]}
    return None


def _value(value: Any, what: str) -> Any:
    """Return a number, an array, or a parameter of a call as JSON values."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if type(value) is int:
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind not in "fciub":
            raise TypeError(f"{what} holds {value.dtype}, which cannot be saved")
        plain = np.ascontiguousarray(value)
        data = base64.b64encode(plain.astype(plain.dtype.newbyteorder("<")).tobytes())
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return {kind: {"dtype": plain.dtype.str[1:], "shape": value.shape, "data": data.decode()}}
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, complex):
        return {"complex": [value.real.hex(), value.imag.hex()]}
    if value is Ellipsis:
        return {"ellipsis": None}
    if isinstance(value, slice):
        return {"slice": [_value(each, what) for each in (value.start, value.stop, value.step)]}
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, type) and issubclass(value, (np.generic, float, int, bool, complex)):
        return {"dtype": np.dtype(value).str}
    if isinstance(value, Slot):
        return {"slot": value.position}
    if isinstance(value, (tuple, list)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_value(each, what) for each in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _value(each, what) for key, each in value.items()}}
    raise TypeError(f"{what} is a {type(value).__name__}, which cannot be saved")


class _Reader:
    """Reads what :func:`packed` writes, and complains about anything else."""

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"this is not a graph: its format is not {FORMAT!r}")
        if data.get("version") != VERSION:
            raise ValueError(
                f"this graph is of version {data.get('version')!r}; version {VERSION} is known here"
            )
        self.data = data
        self.nodes: list[Node] = []

    def list_of(self, key: str) -> list[Any]:
        found = self.data.get(key)
        if not isinstance(found, list):
            raise ValueError(f"this is not a graph: {key!r} is missing or no list")
        return found

    def node(self, number: Any, where: str) -> Node:
        if type(number) is not int or not 0 <= number < len(self.nodes):
            raise ValueError(f"{where} refers to node {number!r}, which is not before it")
        return self.nodes[number]


def unpacked(
    data: Any,
) -> tuple[list[Node], list[Node], list[Node], dict[Node, Node], Any]:
    """Return (outputs, inputs, forward nodes, gradients, structure) of a saved graph.

    Raises
    ------
    ValueError
        If `data` is not what :func:`packed` gives.
    """
    reader = _Reader(data)
    constants = []
    for k, each in enumerate(reader.list_of("constants")):
        with _complaining(f"constant {k} of the graph"):
            value = np.asarray(_read(_field(each, "value", "it"), "its value"))
            constants.append(Constant(_numbers(value), _text(each.get("name"), "it")))
    for k, record in enumerate(reader.list_of("nodes")):
        with _complaining(f"node {k} of the graph"):
            reader.nodes.append(_node(record, reader, constants))
    named = {
        key: [reader.node(number, key) for number in reader.list_of(key)]
        for key in ("outputs", "inputs", "forward")
    }
    gradients = {}
    for pair in reader.list_of("gradients"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("gradients are pairs of nodes")
        gradients[reader.node(pair[0], "gradients")] = reader.node(pair[1], "gradients")
    with _complaining("the structure of the results"):
        structure = _container(data.get("structure"))
    return named["outputs"], named["inputs"], named["forward"], gradients, structure


@contextmanager
def _complaining(what: str) -> Iterator[None]:
    """Say of anything that is not as it was written where that is."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from error
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{what} cannot be read: {error}") from error


def _numbers(value: Any) -> Any:
    if value.dtype.kind not in "fciub":
        raise ValueError(f"it holds {value.dtype}, no numbers")
    return value


def _field(record: Any, key: str, where: str) -> Any:
    if not isinstance(record, dict) or key not in record:
        raise ValueError(f"{where} has no {key!r}")
    return record[key]


def _text(value: Any, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"the name of {where} is no text")
    return value


def _container(skeleton: Any) -> Any:
    if skeleton is None:
        return None
    ((kind, inner),) = skeleton.items()
    if kind == "dict":
        return {key: _place(each) for key, each in inner.items()}
    made = [_place(each) for each in inner]
    return made if kind == "list" else tuple(made)


def _place(skeleton: Any) -> Any:
    return 0.0 if skeleton is None else _container(skeleton)


def _node(record: Any, reader: _Reader, constants: Sequence[Constant]) -> Node:
    name = _field(record, "op", "it")
    op = registry.get(name)
    if op is None:
        raise ValueError(f"the operation {name!r} is not known here")
    made = Node.__new__(Node)
    made.op = op
    made.inputs = tuple(_operand(each, reader, constants) for each in record["inputs"])
    if not op.variadic and len(made.inputs) != len(op.inputs):
        raise ValueError(f"{name} takes {len(op.inputs)} operands, not {len(made.inputs)}")
    made.params = {str(key): _read(each, key) for key, each in record["params"].items()}
    unknown = made.params.keys() - op.defaults.keys() - set(op.signature)
    if unknown and op.inputs:
        raise ValueError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    needed = {key for key, usual in op.defaults.items() if usual is inspect.Parameter.empty}
    if missing := needed - made.params.keys():
        raise ValueError(f"{name} needs the parameter {', '.join(sorted(missing))}")
    made.shape, made.dtype = _shape(record["shape"]), _dtype(record["dtype"])
    made.value = _value_of(made, _read(record["value"], "its value"))
    made.name, made.scope = _text(record["name"], "a node"), str(record["scope"])
    made.extra, made.lasti = None, 0
    source = record["source"]
    made.code = None if source is None else Source(str(source[0]), int(source[1]), str(source[2]))
    return made


def _value_of(node: Node, value: Any) -> Any:
    """Return the value of a node, of which a leaf has one."""
    if value is None or isinstance(value, tuple):
        alike = not node.is_leaf
    else:
        alike = (np.shape(value), getattr(value, "dtype", None)) == (node.shape, node.dtype)
    if not alike:
        raise ValueError(f"its value is no array of shape {node.shape} and {node.dtype}")
    return value


def _operand(each: Any, reader: _Reader, constants: Sequence[Constant]) -> Any:
    if isinstance(each, dict) and "node" in each:
        return reader.node(each["node"], "an operand")
    if isinstance(each, dict) and "constant" in each:
        k = each["constant"]
        if type(k) is not int or not 0 <= k < len(constants):
            raise ValueError(f"there is no constant {k!r}")
        return constants[k]
    if isinstance(each, str):
        raise ValueError("an operand is text")
    return _read(each, "an operand")


def _shape(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no shape")
    return tuple(_shape(each) if isinstance(each, list) else int(each) for each in value)


def _dtype(text: Any) -> np.dtype[Any]:
    dtype = np.dtype(str(text))
    if dtype.kind not in "fciub":
        raise ValueError(f"{text!r} is no dtype of numbers")
    return dtype


def _array(value: Any) -> Any:
    dtype = _dtype("<" + str(value["dtype"]) if value["dtype"][0] not in "<>|=" else value["dtype"])
    try:
        raw = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the data of an array are damaged: {error}") from error
    shape = _shape(value["shape"])
    if len(raw) != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
        raise ValueError(f"an array of shape {shape} and {dtype} does not have {len(raw)} bytes")
    return np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))


_KINDS: dict[str, Callable[[Any], Any]] = {
    "array": _array,
    "scalar": lambda each: _array(each)[()],
    "float": float.fromhex,
    "complex": lambda each: complex(float.fromhex(each[0]), float.fromhex(each[1])),
    "ellipsis": lambda _: Ellipsis,
    "slice": lambda each: slice(*(_read(part, "a slice") for part in each)),
    "dtype": _dtype,
    "slot": lambda each: Slot(int(each)),
    "tuple": lambda each: tuple(_read(part, "a tuple") for part in each),
    "list": lambda each: [_read(part, "a list") for part in each],
    "dict": lambda each: {str(key): _read(part, "a dict") for key, part in each.items()},
}


def _read(value: Any, what: str) -> Any:
    if value is None or isinstance(value, (bool, str)) or type(value) is int:
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((kind, inner),) = value.items()
        if kind in _KINDS:
            return _KINDS[kind](inner)
    raise ValueError(f"{what} cannot be read")
