"""Random programs, run here and in torch: values, gradients and Hessian products must agree.

    python -m tests.fuzz.against_torch --seconds 60 --seed 0

Runs for as long as one likes.  The seed of a program that fails is printed with the program, and
``--only SEED`` runs that one again.  The exit status is 1 if any failed.
"""

from __future__ import annotations

import collections
import sys
import warnings
from typing import Any

import numpy as np
import torch

import autograd_mini as ag
from tests.fuzz.running import arguments, failures_of
from tests.fuzz.torch_steps import TABLE, Shape, Step

SHAPES: list[Shape] = [
    (), (1,), (2,), (3,), (2, 3), (3, 2), (2, 2), (1, 3), (2, 1), (3, 3), (2, 2, 3), (2, 1, 3),
    (1, 1), (0, 2), (2, 3, 3),
]  # fmt: skip


class Program:
    """A random program: leaves, steps, and a weight for every value it makes."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.dtype = np.dtype(rng.choice([np.float64] * 7 + [np.float32, *[np.complex128] * 2]))
        self.complex = self.dtype.kind == "c"
        # what takes complex numbers has no constants in double precision of its own
        table = TABLE if self.dtype == np.float64 else [each for each in TABLE if each.complex]
        shapes = [SHAPES[rng.integers(len(SHAPES))] for _ in range(rng.integers(1, 4))]
        self.leaves = [self._noise(shape) for shape in shapes]
        self.steps: list[Step] = []
        pool = [ag.tensor(leaf, requires_grad=True) for leaf in self.leaves]
        length = int(rng.integers(1, 16))
        for _ in range(40 * length):
            if len(self.steps) == length:
                break
            operation = table[rng.integers(len(table))]
            indices = [int(rng.integers(len(pool))) for _ in range(operation.operands)]
            params = operation.draw(rng, [pool[k].shape for k in indices])
            if params is None:
                continue
            out = operation.here(*[pool[k] for k in indices], **params)
            if out.ndim > 4 or out.size > 300 or np.abs(out.detach().numpy()).max(initial=0) > 50:
                continue
            self.steps.append((operation, indices, params))
            pool.append(out)
        self.weights = [self._noise(value.shape) for value in pool]
        self.directions = [self._noise(shape) for shape in shapes]

    def _noise(self, shape: Shape) -> np.ndarray:
        made = self.rng.normal(size=shape)
        made = made + 1j * self.rng.normal(size=shape) if self.complex else made
        return np.asarray(made, self.dtype)

    def __str__(self) -> str:
        lines = [f"x{k} = leaf {leaf.shape} {leaf.dtype}" for k, leaf in enumerate(self.leaves)]
        for k, (operation, indices, params) in enumerate(self.steps, len(self.leaves)):
            operands = ", ".join(f"x{i}" for i in indices)
            lines.append(f"x{k} = {operation.name}({operands}) {params or ''}")
        return "\n".join(lines)

    def arguments(self) -> list[Any]:
        """Return copies of the leaves."""
        return [leaf.copy() for leaf in self.leaves]

    def others(self) -> list[Any]:
        """Return arguments of the same dtypes and shapes with other values."""
        return [np.asarray(leaf * 0.8) for leaf in self.leaves]

    @property
    def argnums(self) -> tuple[int, ...]:
        """Return the leaves to differentiate by: all."""
        return tuple(range(len(self.leaves)))

    def here(self, *leaves: Any) -> tuple[Any, list[Any]]:
        """Return the cost and all values."""
        pool = list(leaves)
        for operation, indices, params in self.steps:
            pool.append(operation.here(*[pool[k] for k in indices], **params))
        total: Any = 0.0
        for w, value in zip(self.weights, pool, strict=True):
            total = total + np.sum(np.real(np.conj(w) * value))
        return total, pool

    def values(self, *leaves: Any) -> list[Any]:
        """Return the leaves and what each step makes of them."""
        return self.here(*map(ag.tensor, leaves))[1]

    def there(self, *leaves: Any) -> tuple[Any, list[Any]]:
        pool = list(leaves)
        for operation, indices, params in self.steps:
            pool.append(operation.there(*[pool[k] for k in indices], **params))
        total: Any = 0.0
        for w, value in zip(self.weights, pool, strict=True):
            product = torch.conj(torch.as_tensor(w)) * value
            total = total + torch.sum(torch.real(product) if self.complex else product)
        return total, pool


def differing(what: str, ours: Any, theirs: Any, rounded: bool) -> str | None:
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return f"{what}: {ours.dtype}{ours.shape} here, {theirs.dtype}{theirs.shape} in torch"
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    few = 1e-3 if theirs.dtype == np.float32 or rounded else 1e-7
    if not np.allclose(ours, theirs, rtol=few, atol=few / 100 * scale, equal_nan=True):
        return f"{what}:\n{ours}\nin torch:\n{theirs}"
    return None


def compare(program: Program) -> str | None:
    """Return what differs between here and torch, None if nothing does."""
    outs = [torch.tensor(leaf, requires_grad=True) for leaf in program.leaves]
    total, theirs = program.there(*outs)
    gradients = torch.autograd.grad(total, outs, create_graph=True, allow_unused=True)
    tensors = [ag.tensor(leaf, requires_grad=True) for leaf in program.leaves]
    cost, ours = program.here(*tensors)
    cost.backward()
    pairs = [
        (f"value x{k}", a.detach().numpy(), b.numpy(force=True))
        for k, (a, b) in enumerate(zip(ours, theirs, strict=True))
    ]
    for k, (t, g) in enumerate(zip(tensors, gradients, strict=True)):
        pairs.append((f"gradient of x{k}", t.grad.numpy(), plain(g, program.leaves[k])))
    slope = inner([t.grad.numpy() for t in tensors], program.directions)
    _, tangent = ag.jvp(lambda *x: program.here(*x)[0], program.leaves, program.directions)
    pairs.append(("forward mode", tangent.numpy(), slope))
    if not program.complex:
        pairs += second_order(program, outs, gradients)
    rounded = any("single" in operation.name for operation, _, _ in program.steps)
    return next(filter(None, (differing(*pair, rounded) for pair in pairs)), None)


def plain(g: Any, leaf: Any) -> Any:
    nothing = g is None or g._is_zerotensor()  # of which numpy() crashes
    return np.zeros_like(leaf) if nothing else g.numpy(force=True)


def inner(gradients: Any, directions: Any) -> Any:
    parts = [np.sum(np.real(np.conj(g) * d)) for g, d in zip(gradients, directions, strict=True)]
    return sum(parts[1:], parts[0])


def second_order(program: Program, outs: Any, gradients: Any) -> list[tuple[str, Any, Any]]:
    """Return what to compare of the Hessian times the program's directions."""
    slopes = [
        torch.sum(g * torch.as_tensor(d))
        for g, d in zip(gradients, program.directions, strict=True)
        if g is not None and g.requires_grad
    ]
    if not slopes:
        return []
    theirs = torch.autograd.grad(sum(slopes), outs, allow_unused=True)
    argnums = tuple(range(len(program.leaves)))
    first = ag.grad(lambda *x: program.here(*x)[0], argnums)
    reverse = ag.grad(lambda *x: inner(first(*x), program.directions), argnums)(*program.leaves)
    forward = ag.jvp(first, program.leaves, program.directions)[1]
    expected = [plain(h, leaf) for h, leaf in zip(theirs, program.leaves, strict=True)]
    return [
        (f"{how} over reverse, x{k}", h[k].numpy(), expected[k])
        for how, h in (("reverse", reverse), ("forward", forward))
        for k in argnums
    ]


def run(seed: int) -> str | None:
    """Return what is wrong with the program of `seed`, None if nothing is."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = Program(seed)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure
            return f"drawing it raised {type(error).__name__}: {error}"
        try:
            found = compare(program)
        except Exception as error:  # noqa: BLE001
            found = f"{type(error).__name__}: {error}"
    return None if found is None else f"{program}\n{found}"


def main() -> int:
    """Run programs until the time is up; print those that are wrong, and what was never drawn."""
    options = arguments(__doc__).parse_args()
    torch.set_num_threads(1)
    ran, failed = failures_of(run, options)
    used: collections.Counter[str] = collections.Counter()
    for each in range(options.seed, options.seed + min(ran, 200)):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            used.update(operation.name for operation, _, _ in Program(each).steps)
    unused = sorted({operation.name for operation in TABLE} - set(used))
    without = f", without {', '.join(unused)}" if unused else ""
    sys.stdout.write(f"{len(used)} of {len(TABLE)} operations in the first 200{without}\n")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
