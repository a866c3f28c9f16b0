"""A recorded cost as a source of right gradients, automatic and numerical, by name."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Anatomy
from autograd_mini.check.looking import looked_at
from autograd_mini.check.names import match
from autograd_mini.check.numerical import along, entry_line, has_kink, step_for
from autograd_mini.check.rerun import Rerun
from autograd_mini.differentiate.sweep import pull
from autograd_mini.errors import NotRecordedError
from autograd_mini.graph.node import Constant, Node
from autograd_mini.recording.recorded import Recorded

__all__ = ["SAMPLE", "Recording"]

Array = NDArray[Any]

SAMPLE = 64
"""Of an array larger than this, so many entries are checked numerically, the worst among them."""


class Recording:
    """The graph of a recorded cost, seen by the names of its tensors.

    Parameters
    ----------
    cost : Tensor
        Recorded, of shape ``()``.

    Attributes
    ----------
    root : Node
    gradients : dict
        Automatic gradients by the name of the tensor.
    nodes : dict
        Node by name.
    versions : dict
        All nodes by name, or constants: an input written into between two uses has several.
    """

    def __init__(self, cost: Recorded) -> None:
        if cost._node is None:
            raise NotRecordedError(
                "the cost passed to compare() was not recorded: compute it from tensors made with "
                "ag.tensor(..., requires_grad=True, name=...)"
            )
        cost_value = looked_at(cost, "ag.compare")
        if cost_value.shape != ():
            raise ValueError(
                f"compare() needs a scalar cost, this one has shape {cost_value.shape}: "
                "reduce it (np.sum, np.mean, np.squeeze)"
            )
        self.root: Node = cost._node
        self.nodes: dict[str, Node] = {}
        self.versions: dict[str, list[Any]] = {}
        self.gradients: dict[str, Array] = {}
        pull([self.root], [np.ones((), self.root.dtype)], None, None, self._visit)

    def _visit(self, node: Node, g: Any) -> None:
        """Note the gradient of a named tensor; versions of one leaf share theirs."""
        if node.name is None or not isinstance(g, (np.ndarray, np.generic)):
            return
        value = np.array(g)
        known = self.nodes.get(node.name)
        if known is None:
            self.nodes[node.name], self.gradients[node.name] = node, value
            self.versions[node.name] = [node]
        elif known.is_leaf and node.is_leaf and _owner(known) is _owner(node) is not None:
            self.gradients[node.name] = self.gradients[node.name] + value
            self.versions[node.name].append(node)

    def add_unrecorded(self) -> None:
        """Add gradients of arrays that are not differentiated, such as X, and of the last A."""
        self._add_inputs()
        self._add_last()

    def _add_inputs(self) -> None:
        named: dict[str, list[Constant]] = {}
        for node in self.rerun.nodes:
            for each in node.inputs if not node.op.variadic else ():
                if isinstance(each, Constant) and each.name and each.dtype.kind in "fc":
                    named.setdefault(each.name, []).append(each)
        layers = self.anatomy.layers
        fed = layers[0].input if layers else None
        if isinstance(fed, Constant) and not {"X", "x", "A0"} & {*named, *self.nodes}:
            named["A0"] = [fed]
        for name in [name for name in named if name not in self.nodes]:
            self.versions[name] = list(dict.fromkeys(named[name]))
            self.rerun.watched.update(self.versions[name])
        found = self.rerun.backward() if self.rerun.watched else {}
        for name, versions in self.versions.items():
            known = [found[each] for each in versions if each in found]
            if name not in self.nodes and known:
                self.gradients[name] = np.asarray(sum(known[1:], known[0]))

    def _add_last(self) -> None:
        """Let the last A stand for Z where the output has no activation."""
        for layer in self.anatomy.layers[-1:]:
            name, z = f"A{layer.number}", layer.z.name
            if layer.activation is None and z in self.gradients and name not in self.gradients:
                self.gradients[name] = self.gradients[z]
                self.versions[name] = self.versions[z]

    @cached_property
    def rerun(self) -> Rerun:
        """The graph with all its values."""
        return Rerun(self.root)

    @cached_property
    def anatomy(self) -> Anatomy:
        """The layers and activations of the cost."""
        return Anatomy(self.rerun)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tensors that have a gradient, in the order of backward."""
        return tuple(self.gradients)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the inputs that are differentiated."""
        return tuple(name for name, node in self.nodes.items() if node.is_leaf)

    def node(self, name: str) -> Node | None:
        """Return the node that a gradient called `name` belongs to."""
        found = match(name, self.nodes)
        return self.nodes[found] if found is not None else None

    # -- the referee --------------------------------------------------------------------------

    def numerical(self, name: str, first: tuple[int, ...] | None = None) -> Array | None:
        """Return central differences of the cost, NaN at entries not chosen.

        Parameters
        ----------
        name : str
            Of a tensor.
        first : tuple of int, optional
            An entry that must be among those chosen.
        """
        node = self.nodes.get(name)
        if node is None or node.dtype.kind != "f":
            return None
        x = np.asarray(self.rerun.values[node], np.float64)
        estimates = np.full(x.shape, np.nan)
        with np.errstate(all="ignore"):
            precision = np.asarray(self.rerun.cost(node, x)).dtype
            for entry in _chosen(x.shape, first):
                line = entry_line(lambda moved: self.rerun.cost(node, moved), x, entry)
                estimates[entry] = along(line, step_for(float(abs(x[entry])), precision))
        return estimates

    def kink(self, name: str, entry: tuple[int, ...]) -> bool:
        """Return whether the cost bends within a step of one entry."""
        node = self.nodes.get(name)
        if node is None or node.dtype.kind != "f":
            return False
        x = np.asarray(self.rerun.values[node], np.float64)
        line = entry_line(lambda moved: self.rerun.cost(node, moved), x, entry)
        with np.errstate(all="ignore"):
            precision = np.asarray(self.rerun.cost(node, x)).dtype
            return bool(has_kink(line, step_for(float(abs(x[entry])), precision)))


def _owner(node: Node) -> Any:
    target = (node.extra or {}).get("target")
    return target() if target is not None else None


def _chosen(shape: tuple[int, ...], first: tuple[int, ...] | None) -> list[tuple[int, ...]]:
    """Return all entries of a small array, some of a large one."""
    size = int(np.prod(shape))
    if size <= SAMPLE:
        return list(np.ndindex(shape))
    drawn = np.random.default_rng(0).choice(size, SAMPLE - 1, replace=False)
    entries = [tuple(int(k) for k in np.unravel_index(j, shape)) for j in drawn]
    return list(dict.fromkeys([*([first] if first is not None else []), *entries]))
