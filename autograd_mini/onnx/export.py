"""Graphs as ONNX models, which other tools run."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from autograd_mini.atomic import atomic
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node
from autograd_mini.onnx import places  # noqa: F401 - adds its rules
from autograd_mini.onnx.rules import ONE_TO_ONE, RULES, Writer

try:
    import onnx
    from onnx import helper
except ImportError as error:
    raise ImportError(
        "to_onnx needs the package onnx: pip install 'autograd_mini[onnx]'"
    ) from error

__all__ = ["model", "write"]

OPSET = 18


def _operand(w: Writer, node: Node, each: Any, names: dict[int, str]) -> str:
    """Return the name of an operand, in the dtype that ONNX, which does not promote, needs."""
    if each.__class__ is Node:
        name, dtype = names[id(each)], each.dtype
    elif each.__class__ is Constant:
        name, dtype = names.setdefault(id(each), "") or "", each.dtype
        if not name:
            name = names[id(each)] = w.constant(each.value)
    else:
        kind = node.dtype if node.dtype.kind != "b" else _common(node)
        return w.scalar(each, kind)
    wanted = _common(node)
    mask = dtype.kind == "b" and node.op.name in ("where", "masked")
    return (
        name if dtype == wanted or mask or node.op.name in _OF_ANY_DTYPE else w.cast(name, wanted)
    )


_OF_ANY_DTYPE = frozenset(("argmax", "argmin", "astype"))
"""Operations whose result has a dtype of its own."""


def _common(node: Node) -> np.dtype[Any]:
    """Return the dtype in which a node computes."""
    if node.dtype.kind != "b":
        return node.dtype
    kinds = [each.dtype for each in node.inputs if hasattr(each, "dtype")]
    return np.result_type(*kinds) if kinds else np.dtype(np.float64)


def model(graph: BaseGraph) -> Any:
    """Return an ONNX model of `graph`.

    Raises
    ------
    ValueError
        If ONNX has no operation for one of the graph's.
    """
    writer = Writer()
    names: dict[int, str] = {}
    taken: set[str] = set()
    for k, node in enumerate(graph.inputs):
        wanted = node.name or f"input_{k}"
        names[id(node)] = wanted if wanted not in taken else f"{wanted}_{k}"
        taken.add(names[id(node)])
    for node in graph.nodes:
        if id(node) in names:
            continue
        if node.is_leaf:
            names[id(node)] = writer.constant(node.value)
            continue
        names[id(node)] = _written(writer, node, names)
    outputs = []
    for k, node in enumerate(graph.outputs):
        name = f"{node.name or 'output'}_{k}" if node.name in taken or not node.name else node.name
        taken.add(name)
        writer.nodes.append(helper.make_node("Identity", [names[id(node)]], [name]))
        outputs.append(_value_info(name, node))
    inputs = [_value_info(names[id(node)], node) for node in graph.inputs]
    body = helper.make_graph(
        writer.nodes, "autograd_mini", inputs, outputs, initializer=writer.constants
    )
    made = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def _written(writer: Writer, node: Node, names: dict[int, str]) -> str:
    op = node.op
    if node.dtype.kind == "c" or (op.name not in RULES and op.name not in ONE_TO_ONE):
        what = "complex numbers" if node.dtype.kind == "c" else f"the operation {op.name}"
        line = f" ({node.source})" if node.source else ""
        raise ValueError(f"ONNX export has nothing for {what}{line}")
    operands = [_operand(writer, node, each, names) for each in node.inputs]
    if op.name in RULES:
        return RULES[op.name](writer, node, operands)
    return writer.call(ONE_TO_ONE[op.name], *operands)


def _value_info(name: str, node: Node) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(node.dtype)
    return helper.make_tensor_value_info(name, kind, list(node.shape))


def write(graph: BaseGraph, path: str | os.PathLike[str]) -> None:
    """Write `graph` as an ONNX model; see ``Graph.to_onnx``."""
    content = model(graph).SerializeToString()
    with atomic(path) as draft:
        draft.write_bytes(content)
