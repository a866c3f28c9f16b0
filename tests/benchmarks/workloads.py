"""The workloads, each with all who run it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

import autograd_mini as ag
from tests.benchmarks import peers
from tests.benchmarks.handtuned import chain_by_floats, handtuned, mean_by_blocks
from tests.benchmarks.networks import Contender, Network, by_hand, compiled, named, recorded

__all__ = ["NETWORKS", "WORKLOADS", "Workload"]

Make = Callable[[], Contender]


class Workload(NamedTuple):
    """What is done, to whom it is compared, and by whom.

    Attributes
    ----------
    title : str
    base : str
        The contender whose time is 1.
    contenders : dict
        Makers by name.
    tolerance : float
        How far results may differ, relative to the largest entry.
    """

    title: str
    base: str
    contenders: dict[str, Make]
    tolerance: float


NETWORKS = {
    "W1": ("planar: 2-4-1 tanh, m=400, float64", Network([2, 4, 1], 400, "tanh", 1.2, np.float64)),
    "W2": (
        "cats: 12288-20-7-5-1 relu, m=209, float64",
        Network([12288, 20, 7, 5, 1], 209, "relu", 0.0001, np.float64),
    ),
    "W3": (
        "deep: 64-20×64-1 relu, m=256, float64",
        Network([64] + [64] * 20 + [1], 256, "relu", 0.001, np.float64),
    ),
    "W4": (
        "wide: 784-512-512-10 softmax, m=128, float32",
        Network([784, 512, 512, 10], 128, "relu", 0.01, np.float32),
    ),
}
_PACKAGES = {
    "torch": "torch", "torch.compile": "torch", "jax.jit": "jax", "HIPS autograd": "autograd",
    "MyGrad": "mygrad", "ours, compiled, numba": "numba",
}  # fmt: skip


def _there(contenders: dict[str, Make]) -> dict[str, Make]:
    """Leave out what is not installed."""
    return {
        name: make
        for name, make in contenders.items()
        if name not in _PACKAGES or find_spec(_PACKAGES[name])
    }


def _training(title: str, net: Network) -> Workload:
    makers: dict[str, Callable[[Network], Contender]] = {
        "handwritten": by_hand,
        "handtuned": handtuned,
        "ours, as recorded": recorded,
        "ours, compiled": compiled("numpy"),
        "ours, compiled, numba": compiled("numba"),
        **peers.NETWORKS,
    }
    bound = {name: (lambda make=make: make(net)) for name, make in makers.items()}
    tolerance = 1e-9 if net.dtype == np.float64 else 1e-3
    return Workload(title, "handwritten", _there(bound), tolerance)


def _with_engine(f: Any, arrays: dict[str, Any], through: Callable[[Any], Any]) -> Contender:
    both = through(ag.value_and_grad(f, argnums=tuple(range(len(arrays)))))
    given = list(arrays.values())
    return Contender(
        lambda: float(both(*given)[0].item()),
        lambda: named(arrays, [each.numpy() for each in both(*given)[1]]),
    )


def _engines(f: Any, arrays: dict[str, Any]) -> dict[str, Make]:
    return {
        "ours, as recorded": lambda: _with_engine(f, arrays, lambda g: g),
        "ours, compiled": lambda: _with_engine(f, arrays, ag.compile),
        "ours, compiled, numba": lambda: _with_engine(f, arrays, ag.compile(backend="numba")),
    }


def _scalars() -> Workload:
    arrays = {"a": np.float64(0.3), "b": np.float64(0.7)}
    others = {name: (lambda make=make: make(arrays)) for name, make in peers.SCALARS.items()}
    contenders: dict[str, Make] = {
        "torch": others.pop("torch"),
        "handtuned": lambda: chain_by_floats(0.3, 0.7),
        **_engines(peers.chain, arrays),
        **others,
    }
    contenders.pop("ours, compiled, numba")  # it is the same program of Python floats
    return Workload("scalars: 1000 operations", "torch", _there(contenders), 1e-9)


def _elementwise() -> Workload:
    rng = np.random.default_rng(2)
    arrays = dict(zip("abc", rng.standard_normal((3, 1_000_000)), strict=True))
    a, b, c = arrays.values()

    def by_hand() -> float:
        s = 1 / (1 + np.exp(-(a * b + c)))
        t = np.tanh(a)
        cost = np.mean(s * t)
        ds = t / a.size
        dt = s / a.size
        dz = ds * s * (1 - s)
        grads["da"], grads["db"], grads["dc"] = dz * b + dt * (1 - t**2), dz * a, dz
        return float(cost)

    grads: dict[str, Any] = {}

    def step_by_hand() -> float:
        cost = by_hand()
        grads.clear()
        return cost

    def found_by_hand() -> dict[str, Any]:
        by_hand()
        return dict(grads)

    def f(a: Any, b: Any, c: Any) -> Any:
        return np.mean(ag.sigmoid(a * b + c) * np.tanh(a))

    contenders: dict[str, Make] = {
        "handwritten": lambda: Contender(step_by_hand, found_by_hand),
        "handtuned": lambda: mean_by_blocks(a, b, c),
        **_engines(f, arrays),
        **{name: (lambda make=make: make(arrays)) for name, make in peers.ELEMENTWISE.items()},
    }
    title = "elementwise: mean(σ(ab+c)·tanh(a)), 10⁶, float64"
    return Workload(title, "handwritten", _there(contenders), 1e-9)


WORKLOADS: dict[str, Callable[[], Workload]] = {
    **{name: (lambda each=each: _training(*each)) for name, each in NETWORKS.items()},
    "W5": _scalars,
    "W6": _elementwise,
}
