"""The training loop: batches, steps, what is remembered of them, and when to stop."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nets.beginning import Beginning
from nets.checkpoint import Checkpoint
from nets.errors import DivergedError
from nets.optimizers import Optimizer
from nets.progress import Interrupts, progress_bar

__all__ = ["Examples", "History", "Step", "cost_text", "dropout_masks", "train"]

Array = NDArray[Any]
Masks = list["Array | None"]

Step = Callable[[Any, Any, "Masks | None"], tuple[float, int, dict[str, Array]]]
"""From X, Y and masks: the cost, how many examples were right, and the gradients."""


@dataclass
class History:
    """What training saw, one entry an epoch.

    Attributes
    ----------
    costs : list of float
        The cost on the training data before each step, averaged over the batches of the epoch.
    accuracies : list of float
        Share of training examples that were right, likewise.
    validation_costs, validation_accuracies : list of float
        On the validation data after the epoch: NaN for an epoch without, empty if all are.
    seconds : float
        Time spent.
    interrupted : bool
        Whether Ctrl-C ended it.
    data : str
        A checksum of the training data; empty if unknown.
    """

    costs: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)
    validation_costs: list[float] = field(default_factory=list)
    validation_accuracies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    data: str = ""

    @property
    def epochs(self) -> int:
        """Number of completed epochs."""
        return len(self.costs)

    def add(self, seen: tuple[float, float], validated: tuple[float, float] | None = None) -> None:
        """Add an epoch: its cost and accuracy, and those on the validation data.

        Examples
        --------
        >>> history = History()
        >>> history.add((0.7, 0.5))
        >>> history
        History(1 epoch, cost 0.7000  accuracy 50.0%)
        """
        before = self.epochs
        self.costs.append(seen[0])
        self.accuracies.append(seen[1])
        if validated is None and not self.validation_costs:
            return
        cost, accuracy = validated or (math.nan, math.nan)
        missing = [math.nan] * (before - len(self.validation_costs))
        self.validation_costs += [*missing, cost]
        self.validation_accuracies += [*missing, accuracy]

    def __repr__(self) -> str:
        if not self.costs:
            return "History(no epoch completed)"
        ended = ", interrupted" if self.interrupted else ""
        return f"History({self.epochs} epoch{'s' * (self.epochs > 1)}, {self.summary()}{ended})"

    def summary(self) -> str:
        """Return where the last epoch stood, in one line."""
        text = f"cost {cost_text(self.costs[-1])}  accuracy {self.accuracies[-1]:.1%}"
        if self.validation_costs and not math.isnan(self.validation_accuracies[-1]):
            cost, accuracy = self.validation_costs[-1], self.validation_accuracies[-1]
            text += f"  validation {cost_text(cost)} {accuracy:.1%}"
        return text


def cost_text(cost: float) -> str:
    """Return a cost as it is shown: with four places, or in powers of ten if it has exploded.

    Examples
    --------
    >>> cost_text(0.25), cost_text(2.5e60)
    ('0.2500', '2.5000e+60')
    """
    return f"{cost:.4f}" if abs(cost) < 1e6 else f"{cost:.4e}"


@dataclass
class Examples:
    """The training data, given out in batches.

    Each epoch has random numbers of its own, made from `seed` and its number, so that training
    that was interrupted and resumed sees the same batches and masks as if it had not been.

    Attributes
    ----------
    X, Y : numpy.ndarray
        Columns are examples.
    batch_size : int or None
        None for all at once.
    hidden_dims : sequence of int
        Units of the hidden layers, for dropout.
    keep_prob : float
    seed : int
    """

    X: Array
    Y: Array
    batch_size: int | None
    hidden_dims: Sequence[int]
    keep_prob: float
    seed: int

    def __post_init__(self) -> None:
        if self.batch_size is None:
            self._whole = self.X, self.Y
        else:  # examples as rows: to pick some is then to copy whole rows
            self._rows = np.ascontiguousarray(self.X.T), np.ascontiguousarray(self.Y.T)

    @property
    def checksum(self) -> str:
        """What tells these data from others, whatever their order in memory."""
        found = 0
        for each in (self.X, self.Y):
            found = zlib.crc32(np.ascontiguousarray(each).data, found)
        return f"{found:08x}"

    @property
    def m(self) -> int:
        """Number of examples."""
        return int(self.Y.shape[1])

    def epoch(self, number: int) -> Iterator[tuple[Any, Any, Masks | None]]:
        """Yield (X, Y, masks) for each batch of an epoch."""
        if self.batch_size is None:
            rng = np.random.default_rng([self.seed, number]) if self.keep_prob < 1 else None
            yield *self._whole, self._masks(self.m, rng)
            return
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(self.m)
        X, Y = self._rows
        for k in range(0, self.m, self.batch_size):
            chosen = order[k : k + self.batch_size]
            batch = X[chosen].T, Y[chosen].T
            yield *batch, self._masks(len(chosen), rng)

    def _masks(self, m: int, rng: np.random.Generator | None) -> Masks | None:
        if self.keep_prob == 1 or rng is None:
            return None
        return dropout_masks(self.hidden_dims, m, self.keep_prob, rng, self.X.dtype)


def dropout_masks(
    hidden_dims: Sequence[int], m: int, keep_prob: float, rng: np.random.Generator, dtype: Any
) -> Masks:
    """Return what to multiply each hidden layer by: 0, or 1/keep_prob with that probability.

    Examples
    --------
    >>> import numpy as np
    >>> [D] = dropout_masks([2], 3, 0.5, np.random.default_rng(0), float)
    >>> sorted(set(D.ravel().tolist()))
    [0.0, 2.0]
    """
    return [((rng.random((n, m)) < keep_prob) / keep_prob).astype(dtype) for n in hidden_dims]


def train(
    step: Step,
    parameters: dict[str, Array],
    examples: Examples,
    optimizer: Optimizer,
    history: History,
    *,
    epochs: int,
    validate: Callable[[], tuple[float, float]] | None = None,
    callbacks: Sequence[Callable[[History], Any]] = (),
    checkpoint: Checkpoint | None = None,
    progress: bool | None = None,
) -> None:
    """Take steps until `history` has `epochs` entries, Ctrl-C is pressed or a callback says stop.

    An epoch that Ctrl-C breaks off is undone: gone on with, it gives what it would have given.

    Parameters
    ----------
    step : callable
        See :data:`Step`.
    parameters : dict
        Changed in place.
    examples : Examples
    optimizer : Optimizer
    history : History
        Filled.
    epochs : int
    validate : callable, optional
        Returns cost and accuracy on the validation data.
    callbacks : sequence of callable
        Each sees the history after every epoch, and ends training by returning True.
    checkpoint : Checkpoint, optional
        Where the network is kept, now and then and at the end.
    progress : bool, optional
        Whether to show a bar; by default on a terminal only.

    Raises
    ------
    DivergedError
        If the cost stops being finite, or ends where no checkpoint should be replaced by it.
    """
    started = time.perf_counter() - history.seconds
    beginning = Beginning(parameters, optimizer)
    with (
        Interrupts() as interrupts,
        progress_bar(epochs, progress) as show,
        np.errstate(over="ignore", invalid="ignore", divide="ignore"),  # seen in the cost
    ):
        try:
            kept = time.perf_counter()
            while history.epochs < epochs and not interrupts.asked:
                beginning.note()
                try:
                    seen = _steps(step, parameters, examples, optimizer, history.epochs, interrupts)
                    validated = None if validate is None or seen is None else validate()
                except BaseException:  # a second Ctrl-C comes anywhere
                    beginning.restore()
                    raise
                if seen is None:
                    beginning.restore()
                    break
                history.add(seen, validated)
                history.seconds = time.perf_counter() - started
                show(history.epochs, history.summary)
                answers = [callback(history) for callback in callbacks]
                if any(isinstance(each, (bool, np.bool_)) and each for each in answers):
                    break
                if checkpoint is not None and time.perf_counter() - kept > _BETWEEN_CHECKPOINTS:
                    checkpoint.keep()
                    kept = time.perf_counter()
        except KeyboardInterrupt:  # a second Ctrl-C, or one that a callback raised
            interrupts.asked = True
    history.interrupted = interrupts.asked
    if not all(np.isfinite(each).all() for each in parameters.values()):
        raise _diverged("a parameter is no longer a finite number", history.epochs, optimizer)
    if checkpoint is not None:
        with Interrupts():  # of two quick ones the second comes here, and should cost nothing
            fit = checkpoint.finish()
        if not fit:
            raise _diverged("the cost has grown beyond all measure", history.epochs, optimizer)


_BETWEEN_CHECKPOINTS = 30.0  # seconds


def _steps(
    step: Step,
    parameters: dict[str, Array],
    examples: Examples,
    optimizer: Optimizer,
    epoch: int,
    interrupts: Interrupts,
) -> tuple[float, float] | None:
    """Take the steps of one epoch; return cost and accuracy, or None if it was broken off."""
    total, right = 0.0, 0
    for X, Y, masks in examples.epoch(epoch):
        if interrupts.asked:
            return None
        cost, correct, grads = step(X, Y, masks)
        if not math.isfinite(cost):
            raise _diverged("the cost is no longer a finite number", epoch + 1, optimizer)
        optimizer.update(parameters, grads)
        total += cost * Y.shape[1]
        right += correct
    return total / examples.m, right / examples.m


def _diverged(what: str, epoch: int, optimizer: Optimizer) -> DivergedError:
    return DivergedError(
        f"{what} in epoch {epoch}, with learning rate {optimizer.learning_rate:g}: try "
        f"{optimizer.learning_rate / 10:g}, inputs scaled to about -1 … 1, or smaller "
        "initial weights; the parameters are those from before training"
    )
