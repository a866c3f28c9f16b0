"""Assertions about gradients for your own test suites."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.check.compare import compare
from autograd_mini.check.comparison import Comparison
from autograd_mini.check.looking import looked_at
from autograd_mini.check.words import summary
from autograd_mini.differentiate.functional import grad
from autograd_mini.differentiate.tree import leaves, map_tree, rebuild
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import tensor

__all__ = ["assert_gradients_match"]

_NAME = "ag.testing.assert_gradients_match"


def assert_gradients_match(
    f_manual: Callable[..., Any],
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    rtol: float = 1e-7,
    atol: float = 1e-10,
) -> None:
    """Assert that a handwritten gradient is that of a function.

    Parameters
    ----------
    f_manual : callable
        ``f_manual(*args)`` returns the gradient: built like the argument, or a tuple of those for
        several `argnums`.
    f : callable
        ``f(*args)`` returns a scalar.
    *args : array_like, or containers of them
    argnums : int or sequence of int
        Which arguments the gradient is with respect to.
    rtol, atol : float
        As in :func:`autograd_mini.compare`.

    Raises
    ------
    AssertionError
        With the table of :func:`autograd_mini.compare`, the worst entry, and what explains it, if
        a gradient is wrong, missing, superfluous, or of another shape.
    TypeError
        If `f_manual` or `f` is no function.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.testing.assert_gradients_match(
    ...     lambda w, x: 2 * (w @ x) * x, lambda w, x: (w @ x) ** 2, np.ones(2), np.ones(2)
    ... )
    >>> try:
    ...     ag.testing.assert_gradients_match(lambda w: w, lambda w: np.sum(w**2), np.ones(3))
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[0])
    the manual gradient of <lambda> does not match: dw is wrong.
    """
    for name, given in (("f_manual", f_manual), ("f", f)):
        if not callable(given):
            raise TypeError(
                f"{name} is a function of the arguments that follow, not {type(given).__name__}: "
                "gradients that are there already go to ag.compare(manual, cost)"
            )
    manual = f_manual(*(_copied(each) for each in args))
    automatic = grad(f, argnums)(*args)
    wanted = _Wanted(f, args, argnums)
    sides = [
        wanted.by_name(side, which)
        for side, which in ((manual, "manual"), (automatic, "automatic"))
    ]
    result = compare(*sides, rtol=rtol, atol=atol)
    if _holds(result):
        return
    cost = wanted.recorded_cost()
    if cost is not None:  # which knows how the value came about, and so what may have gone wrong
        result = compare(*sides, cost=cost, rtol=rtol, atol=atol)
    said = summary(result.rows)
    raise AssertionError(f"the manual gradient of {wanted.of} does not match: {said}\n{result}")


def _holds(result: Comparison) -> bool:
    return result.ok and all(row.verdict == "ok" for row in result.rows)


def _copied(tree: Any) -> Any:
    return map_tree(lambda each: each.copy() if isinstance(each, np.ndarray) else each, tree)


class _Wanted:
    """The arguments to differentiate by, with a name for each array in them."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], argnums: int | Sequence[int]
    ) -> None:
        self.f, self.args = f, args
        self.of = getattr(f, "__name__", type(f).__name__)
        self.several = not isinstance(argnums, int)
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        self.chosen = [k % len(args) for k in chosen]
        called = _parameter_names(f, len(args))
        paths = [(k, path) for k in self.chosen for path, _ in leaves(args[k])]
        keys = [_key(path) or called[k] for k, path in paths]
        often = Counter(keys)
        self.names = {
            (k, path): key if often[key] == 1 else called[k] + path.replace("'", "")
            for (k, path), key in zip(paths, keys, strict=True)
        }
        self.called = called

    def by_name(self, gradient: Any, which: str) -> dict[str, Any]:
        """Return gradients by name, ``dW`` for that by ``W``.

        Raises
        ------
        AssertionError
            If they are not built like the arguments.
        """
        parts = tuple(gradient) if self.several and isinstance(gradient, (tuple, list)) else (
            gradient,
        )  # fmt: skip
        if len(parts) != len(self.chosen):
            raise AssertionError(
                f"the {which} gradient of {self.of} is a {type(gradient).__name__} of "
                f"{len(parts)}, but it is by {len(self.chosen)} arguments: "
                f"{', '.join(self.called[k] for k in self.chosen)}"
            )
        found = {
            (k, path): value
            for k, part in zip(self.chosen, parts, strict=True)
            for path, value in leaves(part)
        }
        missing = [self._place(*each) for each in self.names if each not in found]
        strange = [self._place(*each) for each in found if each not in self.names]
        if missing or strange:
            said = [f"{', '.join(missing)} missing"] if missing else []
            said += [f"{', '.join(strange)} not among the arguments"] if strange else []
            raise AssertionError(
                f"the {which} gradient of {self.of} is not built like its arguments: "
                f"{'; '.join(said)}"
            )
        return {
            f"d{self.names[each]}": np.asarray(looked_at(found[each], _NAME)) for each in self.names
        }

    def _place(self, k: int, path: str) -> str:
        return self.called[k] + path

    def recorded_cost(self) -> Any:
        """Return the value, recorded from tensors with these names; None if it is not."""
        args = list(self.args)
        for k in self.chosen:
            named = (
                tensor(looked_at(value, _NAME), requires_grad=True, name=self.names[k, path])
                for path, value in leaves(args[k])
            )
            args[k] = rebuild(args[k], named)
        cost = self.f(*args)
        return cost if isinstance(cost, Recorded) and cost._node is not None else None


def _key(path: str) -> str:
    """Return the last key of a path if it can stand alone."""
    last = path.rpartition("[")[2].strip("]'\"") if path.endswith("]") else path.rpartition(".")[2]
    return last if last.isidentifier() else ""


def _parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return what a function calls its arguments."""
    try:
        known = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        known = []
    named = [
        each.name for each in known if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    return [named[k] if k < len(named) else f"argument{k}" for k in range(count)]
