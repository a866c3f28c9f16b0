"""Graphs as the user meets them: run again, extended backward, and read in many ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini import draw, saving
from autograd_mini.differentiate.backward_graph import gradient_nodes
from autograd_mini.differentiate.tree import has_keys, leaves, rebuild
from autograd_mini.errors import NotRecordedError
from autograd_mini.formulas import arguments_of, latex_of, source_of
from autograd_mini.graph.fixed import differs, reason, refuse_if
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Node
from autograd_mini.pickling import flattened, restored
from autograd_mini.recording.recorded import Recorded
from autograd_mini.rewrite.simplify import rewritten
from autograd_mini.tensor import Tensor, wrap

if TYPE_CHECKING:
    from autograd_mini.draw.summary import Summary

__all__ = ["Graph"]


class Graph(BaseGraph):
    """What was computed, as a value: walk it, run it again, extend it backward, draw it.

    Attributes
    ----------
    nodes : tuple of Node
        Operands before results.
    inputs, outputs : tuple of Node
    forward_nodes : frozenset of Node
        In a graph with its backward part, the nodes that were there before.
    gradients : dict of Node to Node
        In a graph with its backward part, the gradient of each forward node that it reaches, in
        the order in which it does.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> g = ag.trace(lambda x: x * x + 1, 3.0)
    >>> len(g), g(5.0)
    (3, Tensor(26.))
    """

    def __init__(
        self,
        outputs: Sequence[Node],
        inputs: Sequence[Node] | None = None,
        forward: Sequence[Node] | None = None,
        structure: Any = None,
    ) -> None:
        super().__init__(outputs, inputs)
        self.forward_nodes = frozenset(self.nodes if forward is None else forward)
        self.gradients: dict[Node, Node] = {}
        self._structure = structure
        self._fixed: str | None = None
        self._paths: tuple[str, ...] = ()

    def _fixed_by(self) -> str | None:
        """Return why the graph holds for the recorded values alone; None if for others too."""
        return self._fixed or reason(self.nodes)

    def __call__(self, *args: Any) -> Any:
        """Return the outputs for other values of the inputs, as Tensors.

        Raises
        ------
        DataDependentError
            If something in the graph was computed from recorded values but not recorded: a
            comparison, ``floor``, ``detach``.  :func:`trace` records these too.  What left the
            tensors altogether (``float(t)``, ``t.numpy()``, ``if t > 0``) is a constant.
        """
        flat = self._in_order(args)
        values = [
            each if isinstance(each, Recorded) else np.asarray(each, node.dtype)
            for each, node in zip(flat, self.inputs, strict=False)
        ]
        values += flat[len(values) :]
        if len(values) == len(self.inputs) and differs(self.inputs, values):
            refuse_if(self._fixed_by(), "calling the graph")
        results = [
            each if isinstance(each, Recorded) else wrap(np.asarray(each))
            for each in self.run(values)
        ]
        if self._structure is not None:
            return rebuild(self._structure, iter(results))
        return results[0] if len(results) == 1 else tuple(results)

    def _in_order(self, args: tuple[Any, ...]) -> list[Any]:
        """Return values in the order of the inputs: keys and fields may have another."""
        given = dict(leaves(args))
        if given.keys() == set(self._paths):
            return [given[path] for path in self._paths]
        by_name = [f"[0][{node.name!r}]" for node in self.inputs]
        if sorted(given) == sorted(by_name):
            return [given[path] for path in by_name]
        if has_keys(args):
            raise ValueError(
                f"the graph was recorded for arguments {', '.join(self._paths or by_name)}, got "
                f"{', '.join(given)}"
            )
        return list(given.values())

    def backward(
        self, wrt: Tensor | str | Node | Sequence[Tensor | str | Node] | None = None
    ) -> Graph:
        """Return the graph with its gradients as further nodes and outputs.

        Parameters
        ----------
        wrt : Tensor, str, Node or a sequence of them, optional
            Tensors, names of tensors, or nodes, to differentiate by; all float inputs if not
            given.

        Returns
        -------
        Graph
            Its outputs are those of this graph and then one gradient for each of `wrt`; the
            gradient of a tensor named ``W1`` is named ``dW1``.

        Notes
        -----
        The steps are those a person would write: a product of a gradient that is 0 and a slope
        that is infinite is taken for 0 only where the recorded values have such a product.  Run
        at other values the graph gives NaN there, never another number.  Where such values are
        to be expected, differentiate first and trace then: ``ag.trace(ag.grad(f), x)`` holds
        that rule for all values, and has more nodes for it.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> g = ag.trace(lambda x: x * x, 3.0)
        >>> g.backward()(5.0)
        (Tensor(25.), Tensor(10.))
        """
        targets = self.find_all(wrt) if wrt is not None else [
            node for node in self.inputs if node.dtype.kind in "fc"
        ]  # fmt: skip
        gradients, reached = gradient_nodes(self, targets)
        extended = Graph((*self.outputs, *gradients), self.inputs, self.nodes)
        extended.gradients, extended._fixed = reached, self._fixed
        extended._paths = self._paths
        return extended

    def simplify(self) -> Graph:
        """Return a graph with fewer nodes and the same values, but for rounding.

        Common subexpressions are computed once and constants ahead; steps that do nothing go;
        naive formulas such as ``log(sigmoid(z))`` give way to stable ones.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> g = ag.trace(lambda x: (x * 1.0 + 0.0) * (x * 1.0), 3.0)
        >>> len(g), len(g.simplify())
        (5, 2)
        """
        replaced = rewritten(self.outputs)
        forward = [
            replaced[node] for node in self.nodes if node in self.forward_nodes and node in replaced
        ]
        outputs = [replaced[node] for node in self.outputs]
        # What was merged with a forward node is one; what only backward needs is not.
        simple = Graph(outputs, self.inputs, forward, self._structure)
        simple._fixed, simple._paths = self._fixed_by(), self._paths
        simple.gradients = {
            replaced[node]: replaced[g]
            for node, g in self.gradients.items()
            if node in replaced and g in replaced
        }
        return simple

    # -- reading it ---------------------------------------------------------------------------

    def to_text(self, **options: Any) -> str:
        """Return a tree for the terminal; options as for :func:`autograd_mini.draw`.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> print(ag.trace(lambda x: x * x, 3.0).to_text())
        t1 = input 0 · input 0  (scalar)
        └─ input 0  (scalar)
        """
        return draw.picture_of(self, **options).to_text()

    def to_dot(self, **options: Any) -> str:
        """Return DOT source for Graphviz; options as for :func:`autograd_mini.draw`."""
        return draw.picture_of(self, **options).to_dot()

    def to_svg(self, prefix: str = "ag", **options: Any) -> str:
        """Return an SVG document whose ids begin with `prefix`; options as for ``ag.draw``."""
        return draw.picture_of(self, **options).to_svg(prefix)

    def to_html(self, path: str | PathLike[str] | None = None, **options: Any) -> str:
        """Return a page of its own that works offline; options as for ``ag.draw``.

        Parameters
        ----------
        path : path-like, optional
            A file to write the page to, complete or not at all.
        """
        return draw.picture_of(self, **options).to_html(path)

    def to_latex(self) -> str:
        r"""Return the computation as LaTeX, one line a named or shared value.

        What was made of recorded values without being recorded, such as a mask, is a letter.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> x = ag.tensor(3.0, requires_grad=True, name="x")
        >>> print(ag.graph(ag.exp(x * x)).to_latex())
        \begin{aligned}
        y &= e^{x x}
        \end{aligned}
        """
        return latex_of(self)

    def to_source(self) -> str:
        """Return a NumPy function that computes the same, and needs nothing of this package.

        It takes the inputs in order, then by name the arrays it would be long to write down, and
        for gradients the dJ that they start from; :attr:`arguments` holds those.

        Raises
        ------
        ValueError
            If there is no NumPy source for an operation.
        DataDependentError
            If it would hold for the recorded values alone; see :meth:`__call__`.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> print(ag.trace(lambda x: ag.exp(x * x) + 1.0, 3.0).to_source())
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def graph(x1):
            return np.exp(x1 * x1) + 1
        <BLANKLINE>

        With what it was recorded with:

        >>> g = ag.trace(lambda x: x * x, 3.0).backward()
        >>> scope = {}
        >>> exec(g.to_source(), scope)
        >>> y, dx = scope["graph"](5.0, **g.arguments)
        """
        refuse_if(self._fixed_by(), "the source")
        return source_of(self)

    @property
    def arguments(self) -> dict[str, Any]:
        """What the function of :meth:`to_source` takes beside the inputs, by name."""
        return arguments_of(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Take the graph apart into a list, so that no depth is too deep to pickle or copy.

        Hooks stay behind.
        """
        records, constants, nodes = flattened((*self.inputs, *self.nodes))
        number = {node: k for k, node in enumerate(nodes)}
        structure = self._structure
        if structure is not None:
            structure = rebuild(structure, iter([0.0] * len(self.outputs)))
        return _graph_again, (
            records, constants,
            [number[node] for node in self.outputs],
            [number[node] for node in self.inputs],
            [number[node] for node in nodes if node in self.forward_nodes],
            [(number[a], number[b]) for a, b in self.gradients.items()
             if a in number and b in number],
            structure, self._fixed, self._paths,
        )  # fmt: skip

    def to_json(self) -> str:
        """Return the graph as JSON, from which :meth:`from_json` makes the same again.

        Raises
        ------
        TypeError
            If an operation is defined by your program.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> g = ag.trace(lambda x: x * x, 3.0)
        >>> ag.Graph.from_json(g.to_json())(5.0)
        Tensor(25.)
        """
        order = [node for node in self.nodes if node in self.forward_nodes]
        data = saving.packed(self, order, self.gradients, self._structure)
        return json.dumps({**data, "fixed": self._fixed_by(), "arguments": self._paths})

    @classmethod
    def from_json(cls, text: str) -> Graph:
        """Return the graph that :meth:`to_json` wrote; nothing in `text` is executed.

        Raises
        ------
        ValueError
            If `text` is not what ``to_json`` writes.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"this is not JSON: {error}") from error
        outputs, inputs, forward, gradients, structure = saving.unpacked(data)
        made = cls(outputs, inputs, forward, structure)
        made.gradients = gradients
        fixed = data.get("fixed")
        made._fixed = None if fixed is None else str(fixed)
        paths = tuple(map(str, data.get("arguments") or ()))
        made._paths = paths if len(paths) == len(made.inputs) else ()
        return made

    def to_onnx(self, path: str | PathLike[str]) -> None:
        """Write the graph as an ONNX model (extra ``onnx``).

        Parameters
        ----------
        path : path-like
            Replaced as a whole once it is written.

        Raises
        ------
        ImportError
            If the package ``onnx`` is not installed.
        ValueError
            If ONNX has no operation for one of the graph's.
        """
        from autograd_mini.onnx import export  # noqa: PLC0415 - an extra

        refuse_if(self._fixed_by(), "the model")
        export.write(self, path)

    def summary(self) -> Summary:
        """Return the table of nodes: op, shape, dtype, bytes, flops and source line.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> table = ag.trace(lambda x: x * x, 3.0).summary()
        >>> table.rows[1].op, table.bytes, table.flops
        ('multiply', 16, 1)
        """
        return draw.summarise(self)

    def _repr_svg_(self) -> str:
        return draw.picture_of(self)._repr_svg_()

    def _repr_html_(self) -> str:
        return draw.picture_of(self)._repr_html_()

    def find_all(self, wanted: Tensor | str | Node | Sequence[Tensor | str | Node]) -> list[Node]:
        """Return the nodes of tensors or names; one alone need not stand in a list."""
        if isinstance(wanted, (Tensor, str, Node)):
            return [self.find(wanted)]
        return [self.find(each) for each in wanted]

    def find(self, wanted: Tensor | str | Node) -> Node:
        """Return the node of a tensor, or of that name.

        Raises
        ------
        NotRecordedError, KeyError
            If there is none.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> x = ag.tensor(2.0, requires_grad=True, name="x")
        >>> ag.graph(x * x).find("x").op.name
        'leaf'
        """
        if isinstance(wanted, Recorded):
            if wanted._node is None:
                raise NotRecordedError(f"{wanted.name or 'a tensor'} in wrt is not recorded")
            return wanted._node
        if isinstance(wanted, Node):
            if wanted not in self:
                raise KeyError(f"{wanted!r} is not in the graph")
            return wanted
        for node in self.nodes:
            if node.name == wanted:
                return node
        names = sorted({node.name for node in self.nodes if node.name})
        raise KeyError(f"no tensor named {wanted!r} in the graph; it has {', '.join(names)}")


def _graph_again(
    records: list[Any], constants: list[Any], outputs: list[int], inputs: list[int],
    forward: list[int], gradients: list[tuple[int, int]], structure: Any, fixed: str | None,
    paths: tuple[str, ...],
) -> Graph:  # fmt: skip
    nodes = restored(records, constants, Tensor)
    outs, ins, before = ([nodes[k] for k in each] for each in (outputs, inputs, forward))
    made = Graph(outs, ins, before, structure)
    made.gradients = {nodes[a]: nodes[b] for a, b in gradients}
    made._fixed, made._paths = fixed, paths
    return made
