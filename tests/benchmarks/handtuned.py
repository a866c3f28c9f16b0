"""The best straight NumPy we can write by hand: what a person does who knows where time goes.

Every array is made once and written with ``out=``; all parameters lie in one vector and all
gradients in another, so that the update is two calls; relu and its mask are in place; the cost
comes from logits, its gradient is (A − Y) / m; dA of the input is not computed; sums over the
examples are products with ones; long elementwise chains go block by block, within the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.networks import Contender, Network

__all__ = ["chain_by_floats", "handtuned", "mean_by_blocks"]


def _views(flat: Any, like: dict[str, Any]) -> dict[str, Any]:
    """Return pieces of one vector, shaped like each parameter."""
    made, start = {}, 0
    for name, each in like.items():
        made[name] = flat[start : start + each.size].reshape(each.shape)
        start += each.size
    return made


def handtuned(net: Network) -> Contender:
    """Return the training step of a network."""
    start, (X, Y) = net.parameters(), net.data()
    m, dtype, depth = net.m, net.dtype, len(start) // 2
    flat = np.concatenate([each.ravel() for each in start.values()])
    dflat, scaled = np.empty_like(flat), np.empty_like(flat)
    p, g = _views(flat, start), _views(dflat, start)
    W = [p[f"W{k}"] for k in range(1, depth + 1)]
    b = [p[f"b{k}"] for k in range(1, depth + 1)]
    dW = [g[f"W{k}"] for k in range(1, depth + 1)]
    db = [g[f"b{k}"].reshape(-1) for k in range(1, depth + 1)]
    WT = [each.T for each in W]
    A = [X, *(np.empty((n, m), dtype) for n in net.dims[1:])]
    AT = [each.T for each in A]
    spare: dict[tuple[int, int], Any] = {}
    for n in net.dims[1:-1]:
        for turn in (0, 1):
            spare[n, turn] = np.empty((n, m), dtype)
    masks = {n: np.empty((n, m), bool) for n in net.dims[1:]}
    zeros = {n: np.zeros((n, m), dtype) for n in net.dims[1:]}
    ones, part = np.ones(m, dtype), np.empty_like(A[-1])
    one, per_example = np.array(1, dtype), np.array(1 / m, dtype)
    rate, minus = np.array(net.rate, dtype), np.array(-1, dtype)
    hidden = net.hidden

    def binary() -> Any:
        """Turn logits into (A − Y) / m, and return the cost."""
        Z = A[-1]
        np.copysign(Z, minus, part)
        np.exp(part, part)
        np.log1p(part, part)
        zeros_here = zeros[1]
        loss = part
        loss += np.maximum(Z, zeros_here)
        cost = (loss.sum() - np.vdot(Y, Z)) / m
        np.subtract(Z, loss, Z)  # z - softplus(z) = log(sigmoid(z))
        np.exp(Z, Z)
        np.subtract(Z, Y, Z)
        np.multiply(Z, per_example, Z)
        return cost

    def classes() -> Any:
        """Do the same for several classes."""
        Z = A[-1]
        np.subtract(Z, Z.max(axis=0), Z)
        shifted = np.vdot(Y, Z)
        np.exp(Z, Z)
        total = Z.sum(axis=0)
        cost = (np.log(total).sum() - shifted) / m
        np.divide(Z, total, Z)
        np.subtract(Z, Y, Z)
        np.multiply(Z, per_example, Z)
        return cost

    last = binary if net.dims[-1] == 1 else classes

    def step() -> float:
        for k in range(depth):
            Z = A[k + 1]
            W[k].dot(A[k], Z)
            np.add(Z, b[k], Z)
            if k < depth - 1:
                if hidden == "tanh":
                    np.tanh(Z, Z)
                else:
                    np.maximum(Z, zeros[Z.shape[0]], out=Z)
        cost = last()
        dZ = A[-1]
        for k in range(depth - 1, -1, -1):
            dZ.dot(AT[k], dW[k])
            dZ.dot(ones, db[k])
            if k:
                H = A[k]
                n = H.shape[0]
                dA = spare[n, k % 2]
                WT[k].dot(dZ, dA)
                if hidden == "tanh":
                    np.multiply(H, H, H)
                    np.subtract(one, H, H)
                    np.multiply(dA, H, dA)
                else:
                    np.greater(H, zeros[n], masks[n])
                    np.multiply(dA, masks[n], dA)
                dZ = dA
        np.multiply(dflat, rate, scaled)
        np.subtract(flat, scaled, flat)
        return float(cost)

    return Contender(step, lambda: p)


def chain_by_floats(a: float, b: float) -> Contender:
    """Return W5: the chain and its derivative in plain Python."""
    found = {"da": 0.0, "db": 0.0}

    def step() -> float:
        x, seen = a, []
        for _ in range(250):
            seen.append(x)
            x = (x * b + a) * 0.5 - b
        da, db, dx = 0.0, 0.0, 1.0
        for before in reversed(seen):
            db -= dx
            dx *= 0.5
            da += dx
            db += dx * before
            dx *= b
        found["da"], found["db"] = da + dx, db
        return x

    return Contender(step, lambda: found)


def mean_by_blocks(a: Any, b: Any, c: Any, block: int = 16_384) -> Contender:
    """Return W6, block by block."""
    da, db, dc = np.empty_like(a), np.empty_like(a), np.empty_like(a)
    s, t, u = np.empty(block), np.empty(block), np.empty(block)
    n = a.size

    def step() -> float:
        total = 0.0
        for start in range(0, n, block):
            x, y, z = (each[start : start + block] for each in (a, b, c))
            dx, dy, dz = (each[start : start + block] for each in (da, db, dc))
            k = x.size
            S, T, U = s[:k], t[:k], u[:k]
            np.multiply(x, y, S)
            np.add(S, z, S)
            np.negative(S, S)
            np.exp(S, S)
            np.add(S, 1.0, S)
            np.divide(1.0, S, S)
            np.tanh(x, T)
            total += S.dot(T)
            np.subtract(1.0, S, U)
            np.multiply(U, S, U)
            np.multiply(U, T, U)
            np.multiply(U, 1 / n, dz)
            np.multiply(dz, x, dy)
            np.multiply(T, T, T)
            np.subtract(1.0, T, T)
            np.multiply(T, S, T)
            np.multiply(T, 1 / n, T)
            np.multiply(dz, y, dx)
            np.add(dx, T, dx)
        return float(total / n)

    return Contender(step, lambda: {"da": da, "db": db, "dc": dc})
