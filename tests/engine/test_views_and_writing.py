"""A state machine: any mixture of views, copies, writing and computing is what NumPy does.

Every step is done to Tensors and to arrays.  Values must be equal after each; at the end the
gradient of everything is compared with numerical derivatives of the same steps run on arrays.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import autograd_mini as ag

VIEWS = {
    "[0]": lambda t: t[0:1], "[-1]": lambda t: t[-1:], "[::2]": lambda t: t[::2],
    "[::-1]": lambda t: t[::-1], "[..., 0:1]": lambda t: t[..., 0:1], "[None]": lambda t: t[None],
    "T": lambda t: t.T, "ravel": lambda t: t.ravel(), "reshape": lambda t: t.reshape(-1),
    "flip": lambda t: np.flip(t, 0), "swapaxes": lambda t: np.swapaxes(t, 0, -1),
    "squeeze": np.squeeze, "[...]": lambda t: t[...], "moveaxis": lambda t: np.moveaxis(t, 0, -1),
    "expand": lambda t: np.expand_dims(t, 0),
}  # fmt: skip
COPIES = {
    "tanh": np.tanh, "copy": np.copy, "[[0, 0]]": lambda t: t[[0, 0]], "* 2": lambda t: t * 2.0,
    "flatten": lambda t: t.flatten(), "mask": lambda t: np.where(t > 0.1, t, 0.5),
}  # fmt: skip
UPDATES = {
    "+= 1": lambda t: t.__iadd__(1.0), "*= 0.5": lambda t: t.__imul__(0.5),
    "-= itself": lambda t: t.__isub__(t * 0.25), "/= 2": lambda t: t.__itruediv__(2.0),
}  # fmt: skip
PLACES = {
    "[0]": 0, "[-1]": -1, "[...]": ..., "[::2]": slice(None, None, 2), "[[0]]": [0],
    "[..., 0]": (..., 0), "[[0, -1]]": [0, -1],
}  # fmt: skip


def perform(steps, x):
    """Run steps on a pool that begins with a copy of x; return the pool."""
    pool = [x * 1.0]
    for name, k, what, other in steps:
        target = pool[k]
        if name == "view":
            pool.append(VIEWS[what](target))
        elif name == "copy":
            pool.append(COPIES[what](target))
        elif name == "update":
            UPDATES[what](target)
        elif name == "write number":
            target[PLACES[what]] = 0.75
        else:
            target[PLACES[what]] = np.sum(pool[other]) * 0.1
    return pool


class Views(RuleBasedStateMachine):
    @initialize(shape=st.sampled_from([(2, 3), (3,), (2, 1, 2), (1, 2)]), seed=st.integers(0, 9))
    def begin(self, shape, seed):
        self.start = np.random.default_rng(seed).normal(size=shape)
        self.leaf = ag.tensor(self.start, requires_grad=True)
        self.steps = []
        self.tensors, self.arrays = [self.leaf * 1.0], [self.start * 1.0]

    def do(self, name, k, what, other=0):
        """Do one step to both pools, unless NumPy refuses it or it is not a view there."""
        k, other = k % len(self.arrays), other % len(self.arrays)
        step = (name, k, what, other)
        target = self.arrays[k]
        if name in ("write number", "write sum", "copy"):
            try:
                np.zeros(target.shape)[PLACES.get(what, 0)]
            except IndexError:
                return
        if name == "view" and (target.ndim == 0 or target.ndim > 3):
            return
        for pool in (self.tensors, self.arrays):
            self.one(pool, step)
        self.steps.append(step)

    @staticmethod
    def one(pool, step):
        name, k, what, other = step
        if name == "view":
            pool.append(VIEWS[what](pool[k]))
        elif name == "copy":
            pool.append(COPIES[what](pool[k]))
        elif name == "update":
            UPDATES[what](pool[k])
        elif name == "write number":
            pool[k][PLACES[what]] = 0.75
        else:
            pool[k][PLACES[what]] = np.sum(pool[other]) * 0.1

    @precondition(lambda self: len(self.arrays) < 8)
    @rule(k=st.integers(0, 7), what=st.sampled_from(sorted(VIEWS)))
    def view(self, k, what):
        self.do("view", k, what)

    @precondition(lambda self: len(self.arrays) < 8)
    @rule(k=st.integers(0, 7), what=st.sampled_from(sorted(COPIES)))
    def copy(self, k, what):
        self.do("copy", k, what)

    @rule(k=st.integers(0, 7), what=st.sampled_from(sorted(UPDATES)))
    def update(self, k, what):
        self.do("update", k, what)

    @rule(k=st.integers(0, 7), what=st.sampled_from(sorted(PLACES)))
    def write_number(self, k, what):
        self.do("write number", k, what)

    @rule(k=st.integers(0, 7), what=st.sampled_from(sorted(PLACES)), other=st.integers(0, 7))
    def write_sum(self, k, what, other):
        self.do("write sum", k, what, other)

    @invariant()
    def values_are_numpys(self):
        for t, a in zip(getattr(self, "tensors", ()), getattr(self, "arrays", ()), strict=True):
            np.testing.assert_allclose(t.detach().numpy(), a, rtol=1e-12, atol=1e-13)

    def teardown(self):
        if not getattr(self, "steps", None):
            return
        rng = np.random.default_rng(5)
        weights = [rng.normal(size=a.shape) for a in self.arrays]
        total = 0.0
        for w, t in zip(weights, self.tensors, strict=True):
            total = total + np.sum(w * t)
        total.backward()
        got = np.zeros(self.start.shape) if self.leaf.grad is None else self.leaf.grad.numpy()

        def cost(x):
            return sum(np.sum(w * a) for w, a in zip(weights, perform(self.steps, x), strict=True))

        d, h = rng.normal(size=self.start.shape), 1e-6
        slope = (cost(self.start + h * d) - cost(self.start - h * d)) / (2 * h)
        scale = max(1.0, abs(cost(self.start)))
        np.testing.assert_allclose(np.sum(got * d), slope, rtol=1e-5, atol=1e-7 * scale)


TestViews = Views.TestCase
TestViews.settings = settings(
    derandomize=True, deadline=None, max_examples=60, stateful_step_count=20
)


def test_an_entry_that_is_changed_in_place_is_written_once():
    """Python writes ``t[0] += 1`` as ``t[0] = t[0].__iadd__(1)``, which has written already."""
    x = ag.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    t = x * 1
    t[:, 0] += t[:, 1]
    t[0] = t[1]
    J = np.sum(t**2)
    J.backward()
    assert [node.op.name for node in ag.graph(J).nodes].count("setitem") == 2
    np.testing.assert_array_equal(t.numpy(), [[7, 4], [7, 4]])
    np.testing.assert_array_equal(x.grad, [[0, 0], [28, 44]])


def test_an_entry_that_is_taken_without_gradient_is_a_constant_where_it_is_put_back():
    x = ag.tensor([1.0, 2.0, 3.0], requires_grad=True)
    t = x * 2
    with ag.no_grad():
        constant = t[1:]
    t[1:] = constant
    np.sum(t).backward()
    np.testing.assert_array_equal(x.grad, [2, 0, 0])


def test_a_number_among_several_results_is_not_written_into():
    """As in NumPy, where ``logdet`` is a number: ``other += 1`` makes another one."""

    def f(A):
        _, logdet = np.linalg.slogdet(A)
        other = logdet
        other += 1
        return logdet * 1.0

    A = np.array([[2.0, 1.0], [0.0, 3.0]])
    expected = np.linalg.slogdet(A).logabsdet
    recorded = ag.tensor(A, requires_grad=True)
    for found in (
        f(A), f(ag.tensor(A)), f(recorded), ag.value_and_grad(f)(A)[0], ag.compile(f)(A),
        ag.compile(ag.value_and_grad(f))(A)[0],
    ):  # fmt: skip
        np.testing.assert_allclose(found.item(), expected)


@pytest.mark.parametrize(("subscripts", "seen"), [("ii->i", np.diagonal), ("ij->ji", np.transpose)])
def test_a_view_by_einsum_follows_what_is_written(subscripts, seen):
    leaf = ag.tensor(np.arange(9.0).reshape(3, 3), requires_grad=True)
    whole = leaf * 2
    view = np.einsum(subscripts, whole)
    whole += 1
    np.testing.assert_array_equal(view.detach().numpy(), seen(leaf.data * 2 + 1))
    np.sum(view * view).backward()
    expected = ag.grad(lambda x: np.sum(seen(x * 2 + 1) ** 2))(leaf.data)
    np.testing.assert_array_equal(leaf.grad, expected.numpy())
