"""How the rules of derivatives are written: as functions, or in the place where one is called.

Backward runs little else than rules: a function for each thing that a formula wants would take
longer than most formulas.  So a rule is an expression that gets its arguments itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import Op, Rule

__all__ = ["Body", "Spelling", "Unwritten", "body_of", "parameters_of"]

_NUMBERS = frozenset((bool, int, float, complex))

Body = Callable[["Spelling"], str]

_bodies: dict[Rule, Body] = {}


def parameters_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a formula's parameters, which say what it wants."""
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__signature__"):
        return tuple(inspect.signature(function).parameters)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount]  # inspect is slow
    return names


class Spelling:
    """What the expression of a rule is made of, where ``g``, ``node`` and ``read`` are given.

    Parameters
    ----------
    op : Op
    plain : bool
        Whether all values are plain, so that nobody needs to be asked for them.
    g, node : str
        What the cotangent and the node are called.

    Attributes
    ----------
    names : dict
        What other names in the expression stand for.
    """

    def __init__(self, op: Op, plain: bool, g: str = "g", node: str = "node") -> None:
        self.op, self.plain, self.g, self.node = op, plain, g, node
        self.names: dict[str, Any] = {}

    def bound(self, name: str, value: Any) -> str:
        """Return a name for `value`, such as `name`."""
        self.names[name] = value
        return name

    def __call__(self, name: str) -> str:
        """Return the expression of what a formula calls `name`: an operand, a shape, a number."""
        op = self.op
        if name in ("g", "t"):
            return self.g
        if name == "out":
            return self.result()
        if name == "out_shape":
            return self.shape()
        if op.variadic and name in ("xs", "shapes"):
            each = "read" if name == "xs" else self.bound("shape", _shape)
            return f"[{each}(each) for each in {self.node}.inputs]"
        if name in op.inputs:
            return self.operand(op.inputs.index(name))
        base, _, what = name.rpartition("_")
        if base in op.inputs and what == "shape":
            return self.shape_of(op.inputs.index(base))
        if base in op.inputs and what == "dtype":
            return f"{self.place(op.inputs.index(base))}.dtype"
        if name in op.defaults:
            defaults = self.bound("defaults", op.defaults)
            return f"{self.node}.params.get({name!r}, {defaults}[{name!r}])"
        raise ValueError(f"a rule of {op.name} wants {name!r}, which is nothing it has")

    def arguments(self, function: Callable[..., Any]) -> str:
        """Return all that `function` wants."""
        return ", ".join(map(self, parameters_of(function)))

    def result(self) -> str:
        """Return the expression of the result."""
        return f"{self.node}.value" if self.plain else f"read({self.node})"

    def shape(self) -> str:
        """Return the expression of the result's shape."""
        return f"{self.node}.shape"

    def place(self, k: int) -> str:
        """Return the expression of where the operand at `k` is stored."""
        few = len(self.op.inputs) <= 2 and not self.op.variadic
        return f"{self.node}.{('first', 'second')[k] if few else f'inputs[{k}]'}"

    def operand(self, k: int) -> str:
        """Return the expression of the operand at `k`."""
        if not self.plain:
            return f"read({self.place(k)})"
        node, constant = self.bound("Node", Node), self.bound("Constant", Constant)
        stored = f"(x := {self.place(k)}).__class__ is {node} or x.__class__ is {constant}"
        return f"(x.value if {stored} else x)"

    def shape_of(self, k: int) -> str:
        """Return the expression of the shape of the operand at `k`."""
        node, shape = self.bound("Node", Node), self.bound("shape", _shape)
        return f"(x.shape if (x := {self.place(k)}).__class__ is {node} else {shape}(x))"

    def computed_with(self, name: str) -> str:
        """Return the expression of what a formula calls `name`, in the dtype of the operation.

        A ufunc of an int8 and a float64 computes in float64: so must its derivative, where the
        logarithm of the int8 would be a float16, and the negative of an unsigned integer a large
        one.
        """
        found = self(name)
        if len(self.op.inputs) == 1 or name not in self.op.differentiable:
            return found
        numbers, as_in = self.bound("NUMBERS", _NUMBERS), self.bound("as_in", _as_in)
        return (
            f"(v if (v := {found}).__class__ in {numbers} "
            f"or getattr(v, 'dtype', None) is {self.node}.dtype else {as_in}(v, {self.node}.dtype))"
        )


class Unwritten:
    """A rule that is written out when it is first used: to write all would take too long.

    Parameters
    ----------
    body : callable
        Returns the expression of the rule, given how to spell what it is made of.
    op : Op
    plain : bool
        Whether all values are plain.
    """

    __slots__ = ("_op", "_plain", "body")

    def __init__(self, body: Body, op: Op, plain: bool) -> None:
        self.body, self._op, self._plain = body, op, plain

    def write(self) -> Rule:
        """Return the rule as a function, which takes the place of this in the tables of the op."""
        op, spelling = self._op, Spelling(self._op, self._plain)
        text = f"lambda g, node, read: {self.body(spelling)}"
        rule: Rule = eval(compile(text, f"<rule of {op.name}>", "eval"), spelling.names)
        for table in ("vjps", "jvps", "plain_vjps", "overwriting_vjps"):
            known = getattr(op, table)
            if self in known:
                setattr(op, table, tuple([rule if each is self else each for each in known]))
        _bodies[rule] = self.body
        return rule

    def __call__(self, g: Any, node: Node, read: Any) -> Any:
        """Do what the rule does."""
        return self.write()(g, node, read)


def body_of(rule: Rule) -> Body | None:
    """Return what `rule` is written from; None if it was a function from the beginning."""
    return rule.body if isinstance(rule, Unwritten) else _bodies.get(rule)


def _shape(operand: Any) -> tuple[int, ...]:
    return getattr(operand, "shape", ())


def _as_in(value: Any, dtype: Any) -> Any:
    """Return an operand in the dtype of its operation; numbers without one take on any."""
    return value if getattr(value, "dtype", dtype) == dtype else value.astype(dtype)
