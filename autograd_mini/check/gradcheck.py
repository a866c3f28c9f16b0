"""Check the derivatives of a function, in every mode, against its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.looking import looked_at
from autograd_mini.check.numerical import along, entry_line, has_kink, noise, step_for
from autograd_mini.differentiate.functional import grad, jvp, vjp
from autograd_mini.differentiate.tree import leaves, rebuild
from autograd_mini.errors import GradcheckError
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["gradcheck"]

Array = NDArray[Any]

_RTOL = {2: 3e-2, 4: 2e-3}
_ATOL = {2: 3e-2, 4: 2e-4}


def gradcheck(
    f: Callable[..., Any],
    *args: Any,
    order: int = 1,
    modes: Sequence[str] = ("reverse", "forward"),
    rtol: float | None = None,
    atol: float | None = None,
) -> bool:
    """Compare the derivatives of `f` with central differences.

    Every float argument is varied entry by entry, and results of any shape are projected onto
    fixed random cotangents.  An entry where `f` bends within the step, as relu does at 0, has no
    numerical derivative and is not judged.

    Parameters
    ----------
    f : callable
        Returns an array, a Tensor, or a container of them.
    *args : array_like, Tensor, or containers of them
        Integer and bool arguments are held constant.
    order : int
        2 checks the derivatives of the gradient as well, and so on.
    modes : sequence of {"reverse", "forward"}
    rtol, atol : float, optional
        Equal means: no entry differs by more than ``atol + rtol * (largest entry)``.  1e-5 and
        1e-8 if not given, more for single and half precision.

    Returns
    -------
    bool
        True.

    Raises
    ------
    GradcheckError
        Says which argument, which mode, the worst entry, and its two values.
    TypeError
        If no argument holds floats.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.gradcheck(lambda x, y: np.tanh(x) * y, np.array([0.5, 1.0]), 2.0)
    True
    """
    unknown = set(modes) - {"reverse", "forward"}
    if unknown or not modes:
        raise ValueError(f"modes are 'reverse' and 'forward', not {tuple(modes)!r}")
    if order < 1:
        raise ValueError(f"order counts from 1, got {order}")
    check = _Check(f, args, rtol, atol)
    for mode in dict.fromkeys(modes):
        if mode == "reverse":
            check.reverse()
        else:
            check.forward()
    if order > 1:
        second, flat = check.gradient_function()
        gradcheck(second, *flat, order=order - 1, modes=modes, rtol=rtol, atol=atol)
    return True


@dataclass
class _Leaf:
    """One array to vary: what to call it, and its values."""

    path: str
    position: int
    values: Array


class _Check:
    """A function at a point, as a function of its float arguments only, projected to a scalar."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], rtol: float | None, atol: float | None
    ) -> None:
        self.f, self.args = f, args
        self.name = getattr(f, "__name__", type(f).__name__)
        self.flat = [value for _, value in leaves(args)]
        self.leaves = [
            _Leaf(_path(path), k, np.array(looked_at(value, "ag.gradcheck")))
            for k, (path, value) in enumerate(leaves(args))
            if _is_float(value)
        ]
        if not self.leaves:
            raise TypeError(f"gradcheck varies float arguments, and {self.name} was given none")
        self.outputs = self._outputs(*(leaf.values for leaf in self.leaves))
        rng = np.random.default_rng(0)
        self.cotangents = [_drawn(rng, each) for each in self.outputs]
        self.tangents = [_drawn(rng, leaf.values) for leaf in self.leaves]
        used = [*self.outputs, *(leaf.values for leaf in self.leaves)]
        coarsest = min(_real_bytes(each.dtype) for each in used if each.dtype.kind in "fc")
        self.rtol = _RTOL.get(coarsest, 1e-5) if rtol is None else rtol
        self.atol = _ATOL.get(coarsest, 1e-8) if atol is None else atol
        for each in self.outputs:
            if not np.isfinite(each).all():
                raise GradcheckError(
                    f"{self.name} returns {each[~np.isfinite(each)].flat[0]} here, so there is no "
                    "derivative to check: choose arguments inside its domain"
                )

    def _call(self, *values: Any) -> Any:
        """Return f's result for other values of its float arguments."""
        flat = list(self.flat)
        for leaf, value in zip(self.leaves, values, strict=True):
            flat[leaf.position] = value
        return self.f(*rebuild(self.args, iter(flat)))

    def _outputs(self, *values: Any) -> list[Array]:
        """Return all results as arrays."""
        given = [
            wrap(np.array(value))
            if isinstance(self.flat[leaf.position], Tensor)
            else np.array(value)
            for leaf, value in zip(self.leaves, values, strict=True)
        ]
        return [
            np.asarray(looked_at(each, "ag.gradcheck")) for _, each in leaves(self._call(*given))
        ]

    def _projected(self, *values: Any) -> Any:
        """Return the real part of <cotangent, f>."""
        outputs = [each for _, each in leaves(self._call(*values))]
        total: Any = 0.0
        for cotangent, out in zip(self.cotangents, outputs, strict=True):
            if cotangent is not None:
                total = total + np.real(np.sum(np.conj(cotangent) * out))
        return total

    def gradient_function(self) -> tuple[Callable[..., Any], list[Array]]:
        """Return the gradient of the projected function, and its arguments."""
        gradient = grad(self._projected, argnums=tuple(range(len(self.leaves))))
        gradient.__name__ = f"the gradient of {self.name}"
        return gradient, [leaf.values for leaf in self.leaves]

    # -- modes --------------------------------------------------------------------------------

    def reverse(self) -> None:
        """Check what a pullback returns, entry by entry."""
        starts = [leaf.values for leaf in self.leaves]
        out, pullback = vjp(self._call, *starts)
        seeds = [
            np.zeros(each.shape, each.dtype) if c is None else c
            for c, each in zip(self.cotangents, self.outputs, strict=True)
        ]
        gradients = pullback(rebuild(out, iter(seeds)))
        for k, leaf in enumerate(self.leaves):
            analytic = np.asarray(_plain(gradients[k]))
            if analytic.shape != leaf.values.shape:
                raise GradcheckError(
                    f"the reverse-mode gradient of {self.name} with respect to {leaf.path} has "
                    f"shape {analytic.shape}, not {leaf.values.shape}"
                )
            self._judge_entries(leaf, k, analytic)

    def _judge_entries(self, leaf: _Leaf, k: int, analytic: Array) -> None:
        starts = [np.array(each.values) for each in self.leaves]

        def value(moved: Array) -> Any:
            outputs = self._outputs(*starts[:k], moved, *starts[k + 1 :])
            return sum(
                np.real(np.sum(np.conj(c) * out.astype(np.result_type(out, np.float64))))
                for c, out in zip(self.cotangents, outputs, strict=True)
                if c is not None
            )

        x = leaf.values
        numerical = np.zeros(x.shape, np.result_type(x, np.float64))
        units = (1.0, 1j) if x.dtype.kind == "c" else (1.0,)
        with np.errstate(all="ignore"):
            for entry in np.ndindex(x.shape):
                step = self._step(x[entry])
                slopes = [along(entry_line(value, x, entry, e), step) for e in units]
                numerical[entry] = slopes[0] if len(slopes) == 1 else complex(*slopes)
            lines = [
                lambda entry, e=e: (entry_line(value, x, entry, e), self._step(x[entry]))
                for e in units
            ]
            self._judge(f"with respect to {leaf.path}", "reverse", analytic, numerical, lines)

    def forward(self) -> None:
        """Check the tangent of every result for a random tangent of each argument."""
        starts = [leaf.values for leaf in self.leaves]
        for k, leaf in enumerate(self.leaves):
            tangents = [np.zeros_like(each) for each in starts]
            tangents[k] = self.tangents[k]
            _, result = jvp(self._call, starts, tangents)
            for j, (path, analytic) in enumerate(leaves(result)):
                if self.cotangents[j] is not None:
                    self._judge_tangent(leaf, k, j, path, np.asarray(_plain(analytic)))

    def _judge_tangent(self, leaf: _Leaf, k: int, j: int, path: str, analytic: Array) -> None:
        starts = [np.array(each.values) for each in self.leaves]

        def phi(t: float) -> Array:
            moved = (leaf.values + t * self.tangents[k]).astype(leaf.values.dtype)
            out = self._outputs(*starts[:k], moved, *starts[k + 1 :])[j]
            return out.astype(np.result_type(out, np.float64))

        with np.errstate(all="ignore"):
            size = float(np.max(np.abs(leaf.values), initial=0.0))
            step = self._step(size)
            numerical = np.asarray(along(phi, step))
            lines = [lambda entry: (lambda t: phi(t)[entry], step)]
            what = f"along a tangent of {leaf.path}" + (f", result {path}" if path else "")
            self._judge(what, "forward", analytic, numerical, lines)

    # -- the verdict --------------------------------------------------------------------------

    def _step(self, value: Any) -> float:
        floats = [each.dtype for each in self.outputs if each.dtype.kind in "fc"]
        floats += [leaf.values.dtype for leaf in self.leaves]
        coarsest = min(floats, key=_real_bytes)
        return step_for(float(abs(value)), coarsest)

    def _judge(
        self,
        what: str,
        mode: str,
        analytic: Array,
        numerical: Array,
        lines: Sequence[Callable[[tuple[int, ...]], tuple[Any, float]]],
    ) -> None:
        """Raise for the worst entry that differs, unless the function has a kink there."""
        known = np.abs(numerical[np.isfinite(numerical)])
        scale = float(np.max(known, initial=0.0))
        total = sum(float(np.sum(np.abs(each))) for each in self.outputs)
        allowed = self.atol + self.rtol * scale + noise(np.float64(total), self._step(1.0))
        difference = np.abs(analytic - numerical)
        difference = np.where(np.isfinite(difference), difference, np.inf)
        kinks = []
        for flat in np.argsort(-difference, axis=None):
            entry = tuple(int(i) for i in np.unravel_index(int(flat), difference.shape))
            if difference[entry] <= allowed:
                break
            made = [line(entry) for line in lines]
            if any(has_kink(phi, step) for phi, step in made):
                kinks.append(entry)
                continue
            slopes = [along(phi, step, "richardson") for phi, step in made]
            finer = slopes[0] if len(slopes) == 1 else complex(*slopes)
            if abs(finer - analytic[entry]) > allowed:
                raise self._error(what, mode, entry, analytic[entry], finer, kinks)

    def _error(
        self,
        what: str,
        mode: str,
        entry: tuple[int, ...],
        analytic: Any,
        numerical: Any,
        kinks: Any,
    ) -> GradcheckError:
        where = f" at entry {list(entry)}" if entry else ""
        ratio = ""
        if numerical and np.isfinite(analytic):
            ratio = f" (ratio {analytic / numerical:.6g})"
        bends = f"; not judged for a kink within the step: {kinks}" if kinks else ""
        return GradcheckError(
            f"{mode} mode of {self.name} is wrong {what}{where}: analytic {analytic:.10g}, "
            f"numerical {numerical:.10g}{ratio}{bends}"
        )


def _plain(value: Any) -> Any:
    return value._value if isinstance(value, Recorded) else value


def _is_float(value: Any) -> bool:
    plain = _plain(value)
    if isinstance(plain, (float, complex)):
        return True
    return isinstance(plain, (np.ndarray, np.generic)) and plain.dtype.kind in "fc"


def _real_bytes(dtype: np.dtype[Any]) -> int:
    return dtype.itemsize // (2 if dtype.kind == "c" else 1)


def _drawn(rng: np.random.Generator, like: Array) -> Any:
    """Return random values like an array, None where it is not of floats."""
    if like.dtype.kind not in "fc":
        return None
    values = rng.standard_normal(like.shape)
    if like.dtype.kind == "c":
        values = values + 1j * rng.standard_normal(like.shape)
    return np.asarray(values, like.dtype)


def _path(path: str) -> str:
    """Return ``argument 0['W1']`` for the path ``[0]['W1']`` into the arguments."""
    number, _, rest = path[1:].partition("]")
    return f"argument {number}{rest}"
