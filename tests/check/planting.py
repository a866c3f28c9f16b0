"""Random networks with a handwritten backward pass in which one mistake can be planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd_mini as ag

SLOPE = 0.01


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


WRITTEN: dict[str, Callable[[Any], Any]] = {
    "relu": lambda z: np.maximum(0, z),
    "tanh": lambda z: np.tanh(z),
    "sigmoid": sigmoid,
    "leaky_relu": lambda z: np.where(z > 0, z, SLOPE * z),
    "softmax": lambda z: np.exp(z) / np.sum(np.exp(z), axis=0, keepdims=True),
    "linear": lambda z: z,
}
OPERATION: dict[str, Callable[[Any], Any]] = {
    "relu": ag.relu,
    "tanh": np.tanh,
    "sigmoid": ag.sigmoid,
    "leaky_relu": ag.leaky_relu,
    "softmax": lambda z: ag.softmax(z, axis=0),
    "linear": lambda z: z,
}
SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "relu": lambda z, a: (z > 0) * 1.0,
    "tanh": lambda z, a: 1 - a**2,
    "sigmoid": lambda z, a: a * (1 - a),
    "leaky_relu": lambda z, a: np.where(z > 0, 1.0, SLOPE),
    "linear": lambda z, a: np.ones_like(z),
}


@dataclass
class Net:
    """A network with its values, the cost recorded from them, and what is needed for backward."""

    dims: list[int]
    hidden: str
    output: str
    m: int
    l2: float = 0.0
    keep: float = 1.0
    written: bool = False
    dtype: str = "float64"
    seed: int = 0
    loss: str = "cross-entropy"
    v: dict[str, Any] = field(default_factory=dict)
    cost: Any = None

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        v = self.v
        for l in range(1, self.L + 1):
            v[f"W{l}"] = rng.normal(size=(self.dims[l], self.dims[l - 1])) / np.sqrt(
                self.dims[l - 1]
            )
            v[f"b{l}"] = rng.normal(size=(self.dims[l], 1)) * 0.5
            if l < self.L and self.keep < 1:
                v[f"D{l}"] = (rng.random((self.dims[l], self.m)) < self.keep).astype(self.dtype)
        v["A0"] = rng.normal(size=(self.dims[0], self.m))
        n = self.dims[-1]
        if self.output == "linear":
            v["Y"] = rng.normal(size=(n, self.m))
        elif n == 1:
            v["Y"] = (np.arange(self.m) % 2).reshape(1, -1).astype(float)
        else:
            v["Y"] = np.eye(n)[rng.integers(0, n, self.m)].T
        for key in v:
            v[key] = v[key].astype(self.dtype)
        self.cost = self._record()

    @property
    def L(self) -> int:
        return len(self.dims) - 1

    def activation(self, l: int) -> str:
        return self.output if l == self.L else self.hidden

    def _record(self) -> Any:
        functions = WRITTEN if self.written else OPERATION
        P = {
            key: ag.tensor(value.copy(), requires_grad=True, name=key)
            for key, value in self.v.items()
            if key[0] in "Wb"
        }
        A = self.v["A0"]
        for l in range(1, self.L + 1):
            Z = P[f"W{l}"] @ A + P[f"b{l}"]
            Z.name = f"Z{l}"
            A = functions[self.activation(l)](Z)
            self.v[f"Z{l}"], self.v[f"g{l}"] = Z.numpy(), A.numpy()
            if l < self.L and self.keep < 1:
                A = A * self.v[f"D{l}"] / self.keep
            if A is not Z:
                A.name = f"A{l}"
            self.v[f"A{l}"] = A.numpy()
        Y = self.v["Y"]
        if self.loss == "squared":
            J = np.sum((A - Y) ** 2) / (2 * self.m)
        elif self.output == "softmax":
            J = -np.sum(Y * np.log(A)) / self.m
        else:
            J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / self.m
        if self.l2:
            J = J + self.l2 / (2 * self.m) * sum(
                np.sum(np.square(P[f"W{l}"])) for l in range(1, self.L + 1)
            )
        return J

    # -- the handwritten side -----------------------------------------------------------------

    def slope(self, l: int) -> Any:
        return SLOPES[self.activation(l)](self.v[f"Z{l}"], self.v[f"g{l}"])

    def backward(
        self, fault: str | dict[str, int] = "", at: int = 0, early: bool = False
    ) -> dict[str, Any]:
        """Return all gradients, with a mistake of that name in layer `at` (0: in every layer).

        1/m stands in dW and db, or with `early` in the gradient of the last layer.
        """
        v, L, m = dict(self.v), self.L, self.m
        per, first = (1, m) if early else (m, 1)
        grads: dict[str, Any] = {}
        faults = fault if isinstance(fault, dict) else {fault: at}
        hit = lambda name, l: faults.get(name) in (l, 0)  # noqa: E731
        dA_last = None
        for l in range(L, 0, -1):
            A_prev, W = v[f"A{l - 1}"], v[f"W{l}"]
            if l == L:
                dA = self._cost_slope() / first
                dA_last = dA
                if hit("minus dA", l):
                    dA = -dA
            grads[f"dA{l}"] = dA
            dZ = self._through(faults, hit, l, dA, dA_last, first)
            if hit("in place", l):
                grads[f"dA{l}"] = dZ
            grads[f"dZ{l}"] = dZ
            dW = dZ @ self._cache(hit, l, A_prev, v).T / per
            db = self._sum(hit, l, dZ, dA, dW, per)
            grads[f"dW{l}"] = self._dW(hit, l, dW, dA, A_prev, W, per)
            if hit("L2 on bias", l):
                db = db + self.l2 / m * v[f"b{l}"]
            grads[f"db{l}"] = db
            if "stale" in faults:
                W = W - 0.3 * grads[f"dW{l}"]
            dA = self._down(hit, l, W, dZ, dA)
        grads["dA0"] = dA
        return grads

    def _cost_slope(self) -> Any:
        A, Y = self.v[f"A{self.L}"], self.v["Y"]
        if self.loss == "squared":
            return A - Y
        if self.output == "softmax":
            return -Y / A
        return -(Y / A - (1 - Y) / (1 - A))

    def _through(
        self, faults: dict[str, int], hit: Any, l: int, dA: Any, dA_last: Any, first: int
    ) -> Any:
        v = self.v
        Z, A = v[f"Z{l}"], v[f"g{l}"]
        kind = self.activation(l)
        if l < self.L and self.keep < 1:
            mask = 1.0 if hit("no mask", l) or hit("no dropout", l) else v[f"D{l}"]
            dA = dA * mask / (1.0 if hit("no keep_prob", l) or hit("no dropout", l) else self.keep)
        if l == self.L and "twice at the output" in faults:
            return (A - v["Y"]) / first * self.slope(l)
        if l == self.L and "A - Y" in faults:
            return (A - v["Y"]) / first
        if kind == "softmax":
            across = 0 if hit("softmax elementwise", l) else np.sum(dA * A, axis=0, keepdims=True)
            return dA * A * (1 - A) if np.ndim(across) == 0 else A * (dA - across)
        d = self.slope(l)
        wrong = {
            "no derivative": lambda: np.ones_like(d),
            "derivative at A": lambda: SLOPES[kind](A, WRITTEN[kind](A)),
            "function for derivative": lambda: A,
            "formula on Z": lambda: 1 - Z**2 if kind == "tanh" else Z * (1 - Z),
            "other function": lambda: SLOPES["tanh" if kind == "sigmoid" else "sigmoid"](
                Z, WRITTEN["tanh" if kind == "sigmoid" else "sigmoid"](Z)
            ),
            "twice": lambda: d * d,
            "mask of the gradient": lambda: (dA > 0) * 1.0,
            "of another layer": lambda: SLOPES[kind](
                v[f"Z{l % (self.L - 1) + 1}"], WRITTEN[kind](v[f"Z{l % (self.L - 1) + 1}"])
            ),
        }
        for name, value in wrong.items():
            if hit(name, l):
                d = value()
        if l < self.L and "dAL everywhere" in faults:
            return dA_last * d
        if hit("minus dZ", l):
            d = -d
        if hit("dZ times 2", l):
            d = 2 * d
        return dA * d

    def _cache(self, hit: Any, l: int, right: Any, v: dict[str, Any]) -> Any:
        if hit("A of the layer", l):
            return v[f"A{l}"]
        if hit("Z for A", l):
            return v[f"Z{l - 1}"]
        if hit("X for A", l):
            return v["A0"]
        return right

    def _dW(self, hit: Any, l: int, dW: Any, dA: Any, A_prev: Any, W: Any, per: int) -> Any:
        out = dW
        if hit("dW without 1/m", l):
            out = dW * self.m
        if hit("dW twice 1/m", l):
            out = dW / self.m
        if hit("dW times 2", l):
            out = dW * 2
        if hit("minus dW", l):
            out = -dW
        if hit("dW transposed", l):
            out = dW.T
        if hit("dW from dA", l):
            out = dA @ A_prev.T / per
        term = self.l2 / self.m * W
        if hit("no L2", l):
            term = 0 * term
        if hit("L2 doubled", l):
            term = 2 * term
        if hit("L2 without 1/m", l):
            term = self.m * term
        if hit("L2 subtracted", l):
            term = -term
        return out + term if self.l2 else out

    def _sum(self, hit: Any, l: int, dZ: Any, dA: Any, dW: Any, per: int) -> Any:
        db = np.sum(dZ, axis=1, keepdims=True) / per
        ways = {
            "db not summed": lambda: dZ / per,
            "db without keepdims": lambda: np.sum(dZ, axis=1) / per,
            "db over axis 0": lambda: np.sum(dZ, axis=0, keepdims=True) / per,
            "db over everything": lambda: np.sum(dZ) / per,
            "db from dW": lambda: np.sum(dW, axis=1, keepdims=True),
            "db without 1/m": lambda: db * self.m,
            "db mean": lambda: db / self.m,
            "minus db": lambda: -db,
            "db from dA": lambda: np.sum(dA, axis=1, keepdims=True) / per,
        }
        for name, way in ways.items():
            if hit(name, l):
                return way()
        return db

    def _down(self, hit: Any, l: int, W: Any, dZ: Any, dA: Any) -> Any:
        out = (W if hit("W for W.T", l) else W.T) @ dZ
        if hit("dA from dA", l):
            out = W.T @ dA
        if hit("minus next dA", l):
            out = -out
        if hit("dA with 1/m", l):
            out = out / self.m
        return out


def parameters_only(grads: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in grads.items() if key[1] in "Wb"}
