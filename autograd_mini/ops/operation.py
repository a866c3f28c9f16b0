"""What an operation is: its kernel, and everything known about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd_mini.graph.node import Node
from autograd_mini.ops.sampling import Sample

__all__ = ["Op", "Read", "Rule", "registry"]

Read = Callable[[Any], Any]
Rule = Callable[[Any, Node, Read], Any]
"""``rule(cotangent or tangent, node, read)``; ``read`` gives the value of an operand or node."""

registry: dict[str, Op] = {}
"""Every operation by name."""


class Op:
    """One operation: its kernel and everything known about it.

    Attributes
    ----------
    name : str
        Unique; also its name in the ``ag`` namespace where it is public.
    kernel : callable
        Computes the result from plain arrays: ``kernel(*operands, **params)``.
    kind : str
        ``elementwise``, ``linear``, ``bilinear``, ``structured``, ``constant`` or ``leaf``.
    inputs : tuple of str
        Names of the operands, in order.
    variadic : bool
        Whether the single input stands for any number of operands, passed as a sequence.
    defaults : dict
        Parameters that are not operands, with their default values.
    differentiable : frozenset of str
        The operands of an elementwise operation that have a partial derivative.
    vjps, jvps : tuple of callables or None
        One rule an input (one for all inputs where variadic).
    plain_vjps : tuple of callables
        The same vjps for plain values only, where they can be quicker; empty where an input has
        no rule of its own.
    overwriting_vjps : tuple of callables or None
        The same again, making the gradient in the memory of the cotangent; empty where that
        saves nothing.
    latex : str
        A format string over the input names.
    source : str
        A NumPy expression over the inputs and parameters; empty where the NumPy function or
        operator of that name does it.
    domain : mapping of str to (float, float)
        Where generated tests may draw inputs of elementwise operations.
    samples : sequence of callables
        ``sample(rng) -> (args, kwargs)`` for generated tests.
    wrong : mapping of str to callable
        Derivatives that people write by mistake: what they write, over {Z}, {A} and {dA}, and the
        function of x, out or g that it is (for structured operations, the whole vjp).
    random : bool
        Whether it draws: two of the same are then not one.
    quick : bool
        Whether it is recorded the quick way: one operand, or two and one result.

    The operations of the tables are in :data:`registry`; those that users make are not.
    """

    __slots__ = (
        "_direct",
        "_needed",
        "defaults",
        "differentiable",
        "domain",
        "flops",
        "inputs",
        "jvps",
        "kernel",
        "kind",
        "latex",
        "name",
        "overwriting_vjps",
        "plain_vjps",
        "quick",
        "random",
        "reads",
        "samples",
        "signature",
        "source",
        "variadic",
        "vjps",
        "wrong",
    )

    def __init__(
        self,
        name: str,
        kernel: Callable[..., Any],
        kind: str,
        inputs: Sequence[str],
        *,
        signature: Sequence[str] = (),
        defaults: Mapping[str, Any] | None = None,
        variadic: bool = False,
        latex: str = "",
        source: str = "",
        flops: float | Callable[[Node], float] = 1.0,
        domain: Mapping[str, tuple[float, float]] | None = None,
        samples: Sequence[Sample] = (),
        wrong: Mapping[str, Any] | None = None,
        random: bool = False,
        registered: bool = True,
    ) -> None:
        if registered and name in registry:
            raise ValueError(f"operation {name!r} is declared twice")
        if name in registry:
            name = f"{name}_"  # whoever looks for an operation by its name means that of the tables
        self.name, self.kernel, self.kind = name, kernel, kind
        self.inputs = tuple(inputs)
        self.signature = tuple(signature) or self.inputs
        self.defaults = dict(defaults or {})
        self.variadic = variadic
        self.latex = latex or _default_latex(name, self.inputs)
        self.source = source
        self.flops = flops
        self.domain = dict(domain or {})
        self.samples = tuple(samples)
        self.wrong = dict(wrong or {})
        self.random = random
        self.differentiable: frozenset[str] = frozenset()
        self.vjps: tuple[Rule | None, ...] = ()
        self.plain_vjps: tuple[Rule, ...] = ()
        self.overwriting_vjps: tuple[Rule | None, ...] = ()
        self.jvps: tuple[Rule | None, ...] = ()
        self.reads: tuple[frozenset[str], ...] = ()
        self._direct = not variadic and self.signature[: len(self.inputs)] == self.inputs
        # of one or two operands, always recorded, and with one result in the case of two
        self.quick = not variadic and (
            (len(self.inputs) == 1 and kind not in ("constant", "leaf"))
            or (len(self.inputs) == 2 and kind in ("elementwise", "bilinear"))
        )
        self._needed: dict[int, tuple[bool, tuple[int, ...]]] = {}
        if registered:
            registry[name] = self

    def __reduce__(self) -> Any:
        return (
            (_of_name, (self.name,)) if registry.get(self.name) is self else object.__reduce__(self)
        )

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self  # it does not change

    def __repr__(self) -> str:
        return f"<{self.kind} operation {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply to arrays, giving an array, or to Tensors, giving a recorded Tensor."""
        if len(args) == 1 and not kwargs and not self.variadic and len(self.inputs) == 1:
            record = getattr(args[0].__class__, "_record", None)
            return record(self, args, kwargs) if record is not None else self.kernel(args[0])
        operands: Any
        if self._direct and not kwargs and len(args) == len(self.inputs):
            operands, params = args, kwargs
        else:
            operands, params = self.bind(args, kwargs)
        for operand in operands:
            record = getattr(operand.__class__, "_record", None)
            if record is not None:
                return record(self, operands, params)
        return (
            self.kernel(operands, **params) if self.variadic else self.kernel(*operands, **params)
        )

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Split a call into operands and the parameters it states."""
        if self._direct and len(args) == len(self.inputs) and kwargs.keys() <= self.defaults.keys():
            return list(args), kwargs
        if len(args) > len(self.signature):
            raise TypeError(
                f"{self.name}() takes {len(self.signature)} arguments "
                f"({', '.join(self.signature)}), got {len(args)}"
            )
        given = dict(zip(self.signature, args, strict=False))
        for key, value in kwargs.items():
            if key not in self.signature:
                raise TypeError(
                    f"{self.name}() has no argument {key!r}; it has {', '.join(self.signature)}"
                )
            if key in given:
                raise TypeError(f"{self.name}() got {key!r} twice")
            given[key] = value
        missing = [name for name in self.inputs if name not in given]
        if missing:
            raise TypeError(f"{self.name}() needs {' and '.join(missing)}")
        operands = [given.pop(name) for name in self.inputs]
        return (list(operands[0]) if self.variadic else operands), given

    def needed(self, recorded: int) -> tuple[bool, tuple[int, ...]]:
        """Return what backward will read: the result?, and which operands.

        Parameters
        ----------
        recorded : int
            Bit ``k`` is set where operand ``k`` is recorded.
        """
        answer = self._needed.get(recorded)
        if answer is None:
            names: set[str] = set()
            for position in range(len(self.inputs)):
                if recorded >> position & 1 and position < len(self.reads):
                    names |= self.reads[position]
            positions = tuple(k for k, name in enumerate(self.inputs) if name in names)
            answer = self._needed[recorded] = ("out" in names, positions)
        return answer


def _of_name(name: str) -> Op:
    return registry[name]


def _default_latex(name: str, inputs: tuple[str, ...]) -> str:
    operands = ", ".join("{" + each + "}" for each in inputs)
    return rf"\operatorname{{{{{name.replace('_', chr(92) + '_')}}}}}\left({operands}\right)"
