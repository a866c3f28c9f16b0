"""The workloads, each with all who run it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks import peers
from tests.benchmarks.handtuned import chain_by_floats, handtuned, mean_by_blocks
from tests.benchmarks.networks import Contender, Network, by_hand, products_alone

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
        "the least": products_alone,
        "handwritten": by_hand,
        "handtuned": handtuned,
        **peers.NETWORKS,
    }
    bound: dict[str, Make] = {name: (lambda make=make: make(net)) for name, make in makers.items()}
    for name in _BACKENDS:
        bound[name] = lambda name=name: _ours().NETWORKS[name](net)
    tolerance = 1e-9 if net.dtype == np.float64 else 1e-3
    return Workload(title, "handwritten", _there(bound), tolerance)


_BACKENDS = {
    "ours, as recorded": None, "ours, compiled": "numpy", "ours, compiled, numba": "numba",
}  # fmt: skip


def _ours() -> Any:
    """Return the programs of the engine, which no other contender loads."""
    return import_module("tests.benchmarks.ours")


def _engines(f: Callable[[], Any], arrays: dict[str, Any]) -> dict[str, Make]:
    return {
        name: lambda backend=backend: _ours().function(f(), arrays, backend)
        for name, backend in _BACKENDS.items()
    }


def _scalars() -> Workload:
    arrays = {"a": np.float64(0.3), "b": np.float64(0.7)}
    others = {name: (lambda make=make: make(arrays)) for name, make in peers.SCALARS.items()}
    contenders: dict[str, Make] = {
        "torch": others.pop("torch"),
        "handtuned": lambda: chain_by_floats(0.3, 0.7),
        **_engines(lambda: peers.chain, arrays),
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

    def copies() -> Contender:
        written = np.empty((3, a.size))

        def step() -> float:
            for each, out in zip((a, b, c), written, strict=True):
                np.copyto(out, each)
            return float("nan")

        return Contender(step, None)

    contenders: dict[str, Make] = {
        "the least": copies,
        "handwritten": lambda: Contender(step_by_hand, found_by_hand),
        "handtuned": lambda: mean_by_blocks(a, b, c),
        **_engines(lambda: _ours().mean, arrays),
        **{name: (lambda make=make: make(arrays)) for name, make in peers.ELEMENTWISE.items()},
    }
    title = "elementwise: mean(σ(ab+c)·tanh(a)), 10⁶, float64"
    return Workload(title, "handwritten", _there(contenders), 1e-9)


WORKLOADS: dict[str, Callable[[], Workload]] = {
    **{name: (lambda each=each: _training(*each)) for name, each in NETWORKS.items()},
    "W5": _scalars,
    "W6": _elementwise,
}
