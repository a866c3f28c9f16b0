"""Rules of derivatives: formulas with named parameters, made into functions of a node."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.ops.blocks import blockwise_into
from autograd_mini.ops.operation import Op, Read, Rule

__all__ = [
    "Partial", "bound_rule", "chosen", "elementwise_rule", "is_example",
    "overwriting_rule", "parameters_of", "plain_rule", "times", "values_read",
]  # fmt: skip

Partial = Callable[..., Any] | float | str


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a formula's parameters, which say what it wants."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__signature__"):
        return tuple(inspect.signature(function).parameters)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]  # inspect is slow
    return names


def _getter(name: str, op: Op) -> Callable[[Any, Node, Read], Any]:
    """Return how to fetch what a rule calls `name`."""
    if name in ("g", "t"):
        return lambda g, node, read: g
    if name == "out":
        return lambda g, node, read: read(node)
    if name == "out_shape":
        return lambda g, node, read: node.shape
    if name == "xs" and op.variadic:
        return lambda g, node, read: [read(operand) for operand in node.inputs]
    if name == "shapes" and op.variadic:
        return lambda g, node, read: [np.shape(operand) for operand in node.inputs]
    if name in op.inputs:
        k = op.inputs.index(name)
        if len(op.inputs) <= 2 and not op.variadic:
            return _READ_OPERAND[k]
        return lambda g, node, read: read(node.inputs[k])
    base, _, what = name.rpartition("_")
    if base in op.inputs and what in ("shape", "dtype"):
        k = op.inputs.index(base)
        if what == "shape":
            if len(op.inputs) <= 2 and not op.variadic:
                return _SHAPE_OF_OPERAND[k]
            return lambda g, node, read: _shape(node.inputs[k])
        return lambda g, node, read: node.inputs[k].dtype
    if name in op.defaults:
        default = op.defaults[name]
        return lambda g, node, read: node.params.get(name, default)
    raise ValueError(f"a rule of {op.name} wants {name!r}, which is nothing it has")


_READ_OPERAND: tuple[Rule, ...] = (
    lambda g, node, read: read(node.first),
    lambda g, node, read: read(node.second),
)


_SHAPE_OF_OPERAND: tuple[Rule, ...] = (
    lambda g, node, read: _shape(node.first),
    lambda g, node, read: _shape(node.second),
)


def _shape(operand: Any) -> tuple[int, ...]:
    return getattr(operand, "shape", ())


def bound_rule(function: Callable[..., Any], op: Op) -> Rule:
    """Turn a formula with named parameters into ``rule(g, node, read)``."""
    names = parameters_of(function)
    getters = [_getter(name, op) for name in names]
    if names[:1] == ("g",):  # written out for the usual numbers of parameters: backward is these
        if len(names) == 1:
            return lambda g, node, read: function(g)
        if len(names) == 2:
            second = getters[1]
            return lambda g, node, read: function(g, second(g, node, read))
        if len(names) == 3:
            _, second, third = getters
            return lambda g, node, read: function(g, second(g, node, read), third(g, node, read))
        if len(names) == 4:
            _, second, third, fourth = getters
            return lambda g, node, read: function(
                g, second(g, node, read), third(g, node, read), fourth(g, node, read)
            )
    return lambda g, node, read: function(*[get(g, node, read) for get in getters])


def values_read(function: Partial, op: Op) -> frozenset[str]:
    """Return the names of the *values* a rule reads: the result and operands."""
    if isinstance(function, str):
        return frozenset((function,))
    if not callable(function):
        return frozenset()
    names = set(parameters_of(function)) & {"out", "xs", *op.inputs}
    return frozenset(op.inputs if "xs" in names else ()) | names - {"xs"}


def times(g: Any, d: Any) -> Any:
    """Return ``g * d`` where nothing may flow through a singular derivative.

    Where `g` is exactly 0 *and* `d` is not finite the product is 0: a value that was not used
    cannot have made the result infinite.  `d` is replaced before multiplying, so that the
    derivative of the product is right as well.
    """
    if g.__class__ is np.ndarray:
        product = g * d
        largest = np.maximum.reduce(product, axis=None, initial=0)  # NaN, if there is one
        if largest == largest:
            return product  # nothing was 0 times infinity
    unused = ~np.isfinite(d) & (g == 0)
    if not is_example(unused) and not unused.any():
        return g * d
    return g * np.where(unused, 0, d)


def is_example(value: Any) -> bool:
    """Return whether `value` stands for a whole batch, and so decides nothing."""
    return not isinstance(value, (np.ndarray, np.generic)) and bool(value._is_example())


def chosen(g: Any, d: Any) -> Any:
    """Return ``g * d`` where an entry was chosen, and 0 where not, even if `g` is infinite."""
    if d.dtype.char != "?":
        return np.where(d != 0, g * d, 0)
    if g.__class__ is np.ndarray and g.shape == d.shape:
        bits = _BITS.get(g.dtype)
        if bits is not None:
            # The bits of any number, read as an integer, times 0 are those of 0; where() is five
            # times as slow, for the processor cannot guess which way an entry goes.
            made = np.empty_like(g)
            np.multiply(g.view(bits), d, out=made.view(bits))
            return made
    return np.where(d, g, 0)


_BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}


def elementwise_rule(partial: Partial, op: Op, product: Callable[[Any, Any], Any] | None) -> Rule:
    """Return the rule that multiplies by a partial derivative, with `product` if there is one."""
    if isinstance(partial, str):
        getter = _getter(partial, op)
        if product is not None:
            return lambda g, node, read: product(g, getter(g, node, read))
        return lambda g, node, read: g * getter(g, node, read)
    if not callable(partial):
        if partial == 1:
            return lambda g, node, read: g
        if partial == -1:
            return lambda g, node, read: -g
        return lambda g, node, read: g * partial
    names = parameters_of(partial)
    getters = [_getter(name, op) for name in names]
    if product is not None:
        return lambda g, node, read: product(g, partial(*[get(g, node, read) for get in getters]))
    if names == ("out",):
        return lambda g, node, read: g * partial(read(node))
    if len(names) == 1 and names[0] in op.inputs:
        k = op.inputs.index(names[0])
        return lambda g, node, read: g * partial(read(node.inputs[k]))
    return lambda g, node, read: g * partial(*[get(g, node, read) for get in getters])


def plain_rule(partial: Partial, op: Op) -> Rule:
    """Return the rule with the reading of plain values written out: backward runs little else."""
    if partial == "out":
        return lambda g, node, read: g * node.value
    if isinstance(partial, str) and len(op.inputs) == 2:
        return _times_first if op.inputs[0] == partial else _times_second
    if not callable(partial):
        return elementwise_rule(partial, op, None)
    names = parameters_of(partial)
    if names == ("out",):
        return lambda g, node, read: g * partial(node.value)
    if len(names) == 1 and len(op.inputs) <= 2 and names[0] in op.inputs:
        if op.inputs.index(names[0]) == 0:
            return lambda g, node, read: g * partial(value_of(node.first))
        return lambda g, node, read: g * partial(value_of(node.second))
    return elementwise_rule(partial, op, None)


def _times_first(g: Any, node: Node, read: Read) -> Any:
    d = node.first
    return g * (d.value if d.__class__ is Node or d.__class__ is Constant else d)


def _times_second(g: Any, node: Node, read: Read) -> Any:
    d = node.second
    return g * (d.value if d.__class__ is Node or d.__class__ is Constant else d)


def overwriting_rule(partial: Partial, op: Op, product: Any) -> Rule | None:
    """Return the rule that makes the gradient in the memory of the cotangent, if there is one."""
    if product is times or partial == 1:  # times() may need the cotangent again
        return None
    into = _chosen_into if product is chosen else _times_into
    if isinstance(partial, str):
        get = _getter(partial, op)
        return lambda g, node, read: into(g, get(g, node, read))
    if not callable(partial):
        if partial == -1:
            return lambda g, node, read: np.negative(g, out=g)
        return lambda g, node, read: np.multiply(g, partial, out=g)
    getters = [_getter(name, op) for name in parameters_of(partial)]
    return lambda g, node, read: blockwise_into(
        into, g, partial, [get(g, node, read) for get in getters]
    )


def _times_into(g: Any, d: Any) -> Any:
    kind = d.__class__
    if kind is float or kind is int or (kind is np.ndarray and d.dtype is g.dtype):
        return np.multiply(g, d, out=g)
    return g * d


def _chosen_into(g: Any, d: Any) -> Any:
    bits = _BITS.get(g.dtype)
    if bits is None or d.dtype.char != "?" or g.shape != d.shape:
        return chosen(g, d)
    np.multiply(g.view(bits), d, out=g.view(bits))
    return g
