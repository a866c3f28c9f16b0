"""Build graphs in which nothing is computed twice, and every rewriting rule has been tried."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Constant, Node, Written, value_of
from autograd_mini.ops.operation import Op, registry

__all__ = [
    "Builder",
    "Rule",
    "has_dtype",
    "is_full",
    "is_given",
    "is_number",
    "made_by",
    "only_new_axes",
    "proposed",
    "shape_of",
    "size_of",
]

Rule = Callable[["Builder", Node], Any]
"""``rule(builder, node) -> operand or None``: what to use instead of a node just proposed."""

FOLD_LIMIT = 4096
"""Constants of up to this many entries are computed ahead."""


def shape_of(operand: Any) -> tuple[int, ...]:
    """Return the shape of an operand; () of a number."""
    return getattr(operand, "shape", ())


def size_of(operand: Any) -> int:
    """Return the number of entries of an operand, which is one result."""
    return math.prod(shape_of(operand))


def has_dtype(operand: Any, dtype: Any) -> bool:
    """Return whether an operand is an array of `dtype`: a plain number takes that of others.

    The dtype of such a number is not None either, since for NumPy None is float64.
    """
    found = getattr(operand, "dtype", None)
    return found is not None and found == dtype


def is_given(node: Node) -> bool:
    """Return whether a leaf is a constant that was lifted: its values are what they are."""
    return node.extra is not None and "given" in node.extra


def is_number(operand: Any, value: float | None = None) -> bool:
    """Return whether an operand is one constant number throughout, and that one if given."""
    if operand.__class__ is Node:
        return False
    if operand.__class__ is float:
        return value is None or bool(operand == value)
    plain = value_of(operand)
    if np.size(plain) != 1:
        return False
    return value is None or bool(np.all(plain == value))


def is_full(operand: Any, value: float) -> bool:
    """Return whether an operand is a constant of any shape that is `value` throughout.

    Data that have a name are not: they may be all 1 by chance.
    """
    if operand.__class__ is Node or getattr(operand, "name", None) is not None:
        return False
    plain = np.asarray(value_of(operand))
    return plain.size > 0 and plain.flat[0] == value and bool(np.all(plain == value))


def only_new_axes(index: Any) -> bool:
    """Return whether an index takes everything, and puts axes of length 1 in."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        each is None or each is Ellipsis or (isinstance(each, slice) and each == slice(None))
        for each in parts
    )


def made_by(operand: Any, name: str) -> bool:
    """Return whether an operand is the result of the operation `name`."""
    return operand.__class__ is Node and operand.op.name == name


class Builder:
    """Makes nodes, each combination of operation, operands and parameters once.

    Parameters
    ----------
    *rules : mapping of str to list of rules
        Tables, the first to be tried first: by name of the operation whose nodes they look at.
    """

    def __init__(self, *rules: Mapping[str, list[Rule]]) -> None:
        self._tables = rules
        self._rules: dict[str, list[Rule]] = {}  # those of all tables, where they were asked for
        self._known: dict[Any, Any] = {}
        self._constants: dict[Any, Constant] = {}

    def turn_to(self, *rules: Mapping[str, list[Rule]]) -> None:
        """Go on with other rules: known is only what stayed as proposed, and will with these."""
        new = {name for table in rules if table not in self._tables for name in table}
        self._tables, self._rules = rules, {}
        self._known = {
            key: made
            for key, made in self._known.items()
            if made_by(made, key[0].name) and made.op.name not in new
        }

    def constant(self, operand: Any) -> Any:
        """Return the one operand that stands for all constants of these values and this name."""
        if not isinstance(operand, Constant):
            return operand
        return self._constants.setdefault(self._constant_key(operand), operand)

    @staticmethod
    def _constant_key(operand: Constant) -> Any:
        value = operand.value
        if operand.is_held:
            return id(value)
        return (value.dtype.str, value.shape, value.tobytes(), operand.is_made, operand.name)

    def call(self, name: str, *operands: Any, **params: Any) -> Any:
        """Return ``name(*operands, **params)`` for an elementwise operation."""
        op = registry[name]
        shapes = {shape_of(each) for each in operands} - {()}
        shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
        return self.make(op, operands, params, shape, _result_dtype(op, operands))

    def known(self, name: str, *operands: Any) -> Any:
        """Return what ``name(*operands)`` has become, if it was made already."""
        return self._known.get(
            _key(registry[name], tuple(self.constant(each) for each in operands), {})
        )

    def make(
        self,
        op: Op,
        operands: tuple[Any, ...],
        params: dict[str, Any],
        shape: Any,
        dtype: np.dtype[Any],
        origin: Node | None = None,
    ) -> Any:
        """Return an operand that has the value of ``op(*operands, **params)``.

        Parameters
        ----------
        op, operands, params
            What to compute; operands are nodes of this builder, constants or numbers.
        shape, dtype
            Of the result.
        origin : Node, optional
            The node of the old graph it stands for, whose name, scope and line it takes.
        """
        for each in operands:
            if each.__class__ is Constant:
                operands = tuple([self.constant(each) for each in operands])
                break
        key = _key(op, operands, params)
        if op.random:  # two draws are two, whatever they are made of
            key = (*key, origin)
        known = self._known.get(key)
        if known is None:
            folded = self._folded(op, operands, params, shape)
            known = folded if folded is not None else self._rewritten(
                proposed(op, operands, params, shape, dtype)
            )  # fmt: skip
            self._known[key] = known
        if origin is not None and known.__class__ is Node:
            _inherit(known, origin)
        return known

    def _rewritten(self, node: Node) -> Any:
        name = node.op.name
        rules = self._rules.get(name)
        if rules is None:
            tables = self._tables
            rules = self._rules[name] = [rule for table in tables for rule in table.get(name, ())]
        for rule in rules:
            better = rule(self, node)
            if better is not None and _fits(better, node):
                return better
        return node

    def _folded(self, op: Op, operands: tuple[Any, ...], params: dict[str, Any], shape: Any) -> Any:
        """Return the value of an operation on constants, computed now."""
        for each in operands:
            if each.__class__ is Node or isinstance(each, Written):
                return None
        if op.random or not operands:
            return None
        if shape and (isinstance(shape[0], tuple) or math.prod(shape) > FOLD_LIMIT):
            return None
        with np.errstate(all="ignore"):
            value = _kernel(op, [np.asarray(value_of(each)) for each in operands], params)
        if isinstance(value, tuple):
            return None
        return self.constant(Constant(np.asarray(value)))


def _fits(operand: Any, node: Node) -> bool:
    """Return whether an operand has the shape and dtype of the node that it is to stand for."""
    return shape_of(operand) == node.shape and getattr(operand, "dtype", node.dtype) == node.dtype


def _kernel(op: Op, values: list[Any], params: dict[str, Any]) -> Any:
    return op.kernel(values, **params) if op.variadic else op.kernel(*values, **params)


def proposed(
    op: Op, operands: tuple[Any, ...], params: dict[str, Any], shape: Any, dtype: np.dtype[Any]
) -> Node:
    """Return a new node, which has no name, no values and no place in the user's code."""
    node = object.__new__(Node)
    node.op, node.inputs, node.params, node.value = op, operands, params, None
    node.shape, node.dtype, node.name, node.scope = shape, dtype, None, ""
    node.code, node.lasti, node.extra = None, 0, None
    return node


def _inherit(node: Node, origin: Node) -> None:
    """Take over what the old node was called and where it came from."""
    if node.name is None:
        node.name = origin.name
    if node.code is None:
        node.scope, node.code, node.lasti = origin.scope, origin.code, origin.lasti


def _key(op: Op, operands: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
    # not by its name, which operations of a user's may share
    for each in operands:
        if each.__class__ is not Node:
            operands = tuple([_operand_key(each) for each in operands])
            break
    return (op, operands, _params_key(params) if params else ())


def _operand_key(operand: Any) -> Any:
    if operand.__class__ is Node or operand.__class__ is Constant:
        return operand
    return (type(operand).__name__, repr(operand))


def _params_key(params: dict[str, Any]) -> Any:
    return tuple(sorted([(key, _value_key(each)) for key, each in params.items()]))


def _value_key(value: Any) -> str:
    """Return text that is equal for equal parameters only; data of two names may become unequal."""
    if isinstance(value, np.ndarray):
        return f"array {index_name(value)} {value.dtype} {value.shape} {value.tobytes().hex()}"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_value_key(each) for each in value)
        return f"{type(value).__name__}({inner})"
    if value is None or isinstance(value, (bool, int, float, complex, str, slice, np.generic)):
        return repr(value)
    return f"{type(value).__name__} {value if isinstance(value, np.dtype) else id(value)}"


def _result_dtype(op: Op, operands: tuple[Any, ...]) -> np.dtype[Any]:
    """Return the dtype of an elementwise result."""
    plain = [float(each) if isinstance(each, Written) else each for each in operands]
    return _dtype_made(op, *[getattr(each, "dtype", each) for each in plain])


@functools.lru_cache(maxsize=1024, typed=True)
def _dtype_made(op: Op, *operands: Any) -> np.dtype[Any]:
    """Return it for operands of these dtypes, or these numbers, by computing one entry."""
    single = [np.ones((), each) if isinstance(each, np.dtype) else each for each in operands]
    with np.errstate(all="ignore"):
        return np.asarray(op.kernel(*single)).dtype
