"""The L-layer network as a person uses it: train, predict, compare, draw, save."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

import autograd_mini as ag
from nets import fitting, handwritten, training
from nets.inputs import check_parameters, checked_data, checked_names, checked_number
from nets.model import model
from nets.optimizers import Optimizer
from nets.outputs import OUTPUTS
from nets.saved import Saved

__all__ = ["LLayerNetwork"]

Array = NDArray[Any]
Masks = list["Array | None"]

COURSE_SEED = 3
"""What the course seeds NumPy with before it initialises a deep network; our seed 0 is that."""


class LLayerNetwork:
    """``[LINEAR -> hidden] * (L - 1) -> LINEAR -> output``, with gradients from the engine.

    Parameters
    ----------
    layer_dims : sequence of int
        Units of every layer, the input first: ``[2, 4, 1]`` has one hidden layer.
    hidden : {"relu", "tanh", "sigmoid", "leaky_relu"} or sequence of those
        Activation of the hidden layers, or one for each.
    output : {"sigmoid", "softmax"}
        One unit for labels 0 and 1, or a unit for each of several classes.
    init : {"he", "xavier"} or float
        Scale of the random weights: ``sqrt(2 / n_prev)``, ``sqrt(1 / n_prev)``, or a number.
    l2 : float
        The course's lambda: adds ``l2 / 2m`` times the sum of the squared weights to the cost.
    keep_prob : float
        Chance of a hidden unit to stay in a training step (dropout); 1 keeps all.
    seed : int
        Of the weights, of the order of batches and of dropout.
    dtype : {"float64", "float32"}
    classes : sequence of str, optional
        What the classes are called, in the order of their numbers; kept with the network.

    Attributes
    ----------
    parameters : dict
        W1, b1, …, WL, bL as plain arrays.
    classes : tuple of str or None
    history : History or None
        What the last ``fit`` saw.

    Examples
    --------
    >>> from nets import LLayerNetwork, data
    >>> flower = data.planar_flower()
    >>> net = LLayerNetwork([2, 4, 1], hidden="tanh")
    >>> history = net.fit(flower.X, flower.Y, epochs=500, learning_rate=1.2)
    >>> net.score(flower.X, flower.Y) > 0.85
    True
    """

    def __init__(
        self,
        layer_dims: Sequence[int],
        *,
        hidden: str | Sequence[str] = "relu",
        output: str = "sigmoid",
        init: str | float = "he",
        l2: float = 0.0,
        keep_prob: float = 1.0,
        seed: int = 0,
        dtype: DTypeLike = "float64",
        classes: Sequence[str] | None = None,
    ) -> None:
        self.model = model(layer_dims, hidden, output, l2)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be 'float64' or 'float32', not {self.dtype}")
        self.keep_prob = checked_number(
            keep_prob, "keep_prob", "above 0 and at most 1", lambda share: 0 < share <= 1
        )
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise ValueError(f"seed must be a whole number, 0 or more, not {seed}")
        names = () if classes is None else checked_names(classes, max(2, self.layer_dims[-1]))
        self.classes = names or None
        self.seed = int(seed)
        drawn = handwritten.initialize_parameters_deep(
            self.layer_dims, init=init, seed=COURSE_SEED + self.seed
        )
        self.init = init if isinstance(init, str) else float(init)
        self.parameters = {name: each.astype(self.dtype) for name, each in drawn.items()}
        self.history: training.History | None = None
        self.optimizer: Optimizer | None = None

    @property
    def layer_dims(self) -> list[int]:
        """Units of every layer, the input first."""
        return list(self.model.layer_dims)

    def __repr__(self) -> str:
        hidden, output = list(self.model.hidden), self.model.output
        return f"LLayerNetwork({self.layer_dims}, hidden={hidden}, output={output!r})"

    # -- what it computes ---------------------------------------------------------------------

    def _logits(self, X: ArrayLike) -> ag.Tensor:
        data = ag.tensor(checked_data(X, self.layer_dims[0], self.dtype), name="X")
        cache = self.model.propagate(data, self.model.tensors(self.parameters))
        ZL: ag.Tensor = cache[f"Z{self.model.L}"]
        return ZL

    def forward(self, X: ArrayLike) -> Array:
        """Return the output AL, shape (nL, m).

        Parameters
        ----------
        X : array_like
            Shape (n0, m).

        Raises
        ------
        ValueError
            If X has another shape, or holds NaN or infinity.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> LLayerNetwork([2, 3, 1]).forward([[0.0], [0.0]])
        array([[0.5]])
        """
        AL: Array = self.model.activated(self._logits(X)).numpy()
        return AL

    def cost(self, X: ArrayLike, Y: ArrayLike) -> float:
        """Return the cost, a mean over the examples, with the l2 term and without dropout.

        Parameters
        ----------
        X : array_like
            Shape (n0, m).
        Y : array_like
            Labels 0 and 1 of shape (1, m) or (m,); for softmax class numbers of those shapes, or
            one-hot columns.

        Raises
        ------
        ValueError
            If X or Y has another shape or holds other values.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> round(LLayerNetwork([2, 3, 1]).cost([[0.0], [0.0]], [1]), 6)
        0.693147
        """
        return self._evaluated(X, Y)[0]

    def _evaluated(self, X: ArrayLike, Y: ArrayLike) -> tuple[float, float]:
        """Return cost and accuracy."""
        examples = self.model.examples(X, Y, self.dtype)
        return self.model.evaluate(*examples, self.parameters)

    def predict(self, X: ArrayLike) -> Array:
        """Return the class of each example, shape (1, m).

        Raises
        ------
        ValueError
            As :meth:`forward` does, or if what is computed is no number.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> LLayerNetwork([2, 3, 1]).predict([[0.0], [0.0]])
        array([[0]])
        """
        ZL = self._logits(X).numpy()
        _check_answers(ZL)
        return OUTPUTS[self.model.output].predicted(ZL).astype(np.int64)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return probabilities: that of class 1, shape (1, m), or of every class, (C, m).

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> LLayerNetwork([2, 3, 4], output="softmax").predict_proba([[0.0], [0.0]]).T
        array([[0.25, 0.25, 0.25, 0.25]])
        """
        return self.forward(X)

    def score(self, X: ArrayLike, Y: ArrayLike) -> float:
        """Return the share of examples that get their label.

        Raises
        ------
        ValueError
            As :meth:`cost` does, or if what is computed is no number.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> LLayerNetwork([2, 3, 1]).score([[0.0, 0.0], [0.0, 0.0]], [0, 1])
        0.5
        """
        cost, accuracy = self._evaluated(X, Y)
        _check_answers(cost)
        return accuracy

    # -- gradients ----------------------------------------------------------------------------

    def _example_masks(self, m: int) -> Masks | None:
        """Return one fixed draw of dropout, so that everything compared sees the same."""
        if self.keep_prob == 1:
            return None
        rng = np.random.default_rng(self.seed)
        return training.dropout_masks(self.layer_dims[1:-1], m, self.keep_prob, rng, self.dtype)

    def record(self, X: ArrayLike, Y: ArrayLike, *, from_AL: bool = False) -> ag.Tensor:
        """Return the cost as a recorded tensor named J, to draw, derive from or differentiate.

        What it was computed from is named W1, b1, Z1, A1, … and grouped in scopes ``layer 1``, …,
        ``cost``.  With dropout, one fixed draw of it is applied.

        Parameters
        ----------
        X, Y : array_like
            As in :meth:`cost`.
        from_AL : bool
            Whether the cost is computed from AL, by the course's formula, rather than from ZL,
            as in training: the same, but infinite where AL is exactly 0 or 1.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> J = LLayerNetwork([2, 3, 1]).record([[0.0], [0.0]], [1])
        >>> J.name, J.shape
        ('J', ())
        """
        return self._recorded(X, Y, from_AL=from_AL)[0]

    def _recorded(
        self, X: ArrayLike, Y: ArrayLike, *, from_AL: bool = False, wrt_X: bool = False
    ) -> tuple[ag.Tensor, dict[str, ag.Tensor]]:
        """Return the recorded cost and everything it was computed from, by name."""
        data, labels = self.model.examples(X, Y, self.dtype)
        A0 = ag.tensor(data, requires_grad=wrt_X, name="X")
        parameters = self.model.tensors(self.parameters, requires_grad=True)
        drawn = self._example_masks(data.shape[1])
        masks: list[Any] | None = drawn and [
            None if mask is None else ag.tensor(mask, name=f"D{l}")
            for l, mask in enumerate(drawn, 1)
        ]
        J, cache = self.model.cost(
            A0, ag.tensor(labels, name="Y"), parameters, masks, from_AL=from_AL
        )
        return J, {"A0": A0, **parameters, **cache}

    def gradients(
        self, X: ArrayLike, Y: ArrayLike, *, intermediates: bool = False
    ) -> dict[str, Array]:
        """Return the gradients that the engine finds: dW1, db1, ….

        Parameters
        ----------
        X, Y : array_like
            As in :meth:`cost`.
        intermediates : bool
            Whether to return dZ{l} and dA{l} too, dA0 being the gradient of X.  They are gradients
            of the cost, a mean: 1/m is in them.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> sorted(LLayerNetwork([2, 3, 1]).gradients([[0.0], [0.0]], [1]))
        ['dW1', 'dW2', 'db1', 'db2']
        """
        J, found = self._recorded(X, Y, wrt_X=intermediates)
        if intermediates:
            for each in found.values():
                each.retain_grad()
        else:
            found = {name: found[name] for name in self.parameters}
        J.backward()
        return {f"d{name}": each.grad.numpy() for name, each in found.items()}  # type: ignore[union-attr]

    def manual_gradients(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        *,
        intermediates: bool = False,
        one_over_m: handwritten.OneOverM = "parameters",
    ) -> dict[str, Array]:
        """Return the gradients that the handwritten formulas give: dW1, db1, ….

        Parameters
        ----------
        X, Y : array_like
            As in :meth:`cost`.
        intermediates : bool
            Whether to return dZ{l} and dA{l} too, dA0 being the gradient of X.
        one_over_m : {"parameters", "output"}
            Where the formulas put 1/m; dZ and dA agree with :meth:`gradients` for "output".

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> sorted(LLayerNetwork([2, 3, 1]).manual_gradients([[0.0], [0.0]], [1]))
        ['dW1', 'dW2', 'db1', 'db2']
        """
        data, labels = self.model.examples(X, Y, self.dtype)
        check_parameters(self.parameters, self.layer_dims)
        options: dict[str, Any] = {
            "hidden": self.model.hidden,
            "output": self.model.output,
            "masks": self._example_masks(data.shape[1]),
        }
        AL, caches = handwritten.L_model_forward(data, self.parameters, **options)
        grads = handwritten.L_model_backward(
            AL, labels, caches, l2=self.model.l2, start="dZL", one_over_m=one_over_m, **options
        )
        if not intermediates:
            grads = {f"d{name}": grads[f"d{name}"] for name in self.parameters}
        return grads

    def compare(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        *,
        numerical: bool = True,
        one_over_m: handwritten.OneOverM = "output",
    ) -> ag.Comparison:
        """Return handwritten, automatic and numerical gradients side by side, one row for each.

        Parameters
        ----------
        X, Y : array_like
            As in :meth:`cost`.
        numerical : bool
            Whether to compute numerical gradients too; of large arrays some entries only.
        one_over_m : {"parameters", "output"}
            Where the handwritten formulas put 1/m: see :meth:`manual_gradients`.

        Examples
        --------
        >>> from nets import LLayerNetwork
        >>> LLayerNetwork([2, 3, 1]).compare([[1.0, 0.5], [0.0, 2.0]], [0, 1]).ok
        True
        """
        manual = self.manual_gradients(X, Y, intermediates=True, one_over_m=one_over_m)
        del manual["dA0"]  # X is data, it is not recorded
        return ag.compare(manual, self.record(X, Y), numerical=numerical)

    # -- training -----------------------------------------------------------------------------

    def fit(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        *,
        epochs: int,
        learning_rate: float,
        batch_size: int | None = None,
        optimizer: str = "gd",
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        callbacks: Sequence[Callable[[LLayerNetwork, training.History], Any]] = (),
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: bool | None = None,
    ) -> training.History:
        """Train on X and Y; Ctrl-C ends it early and keeps what was learned in whole epochs.

        Parameters
        ----------
        X, Y : array_like
            As in :meth:`cost`.
        epochs : int
            How often to go through the data.
        learning_rate : float
        batch_size : int, optional
            Examples in one step; all of them if not given.
        optimizer : {"gd", "momentum", "rmsprop", "adam"}
        validation : tuple of array_like, optional
            ``(X, Y)`` to evaluate after every epoch.
        callbacks : sequence of callable
            Each is called as ``callback(net, history)`` after every epoch; returning True ends
            training.  The arrays in ``net.parameters`` go on changing: copy what you keep.
        checkpoint : path, optional
            File to save the network to, at the end and every half minute unless it costs more than
            in the beginning; see :meth:`save`.
        resume : bool
            Go on with the training that this network, or the file it was loaded from, has behind
            it, until there are `epochs` in all.  On other data than before, that is warned of.
        progress : bool, optional
            Whether to show a progress bar; by default on a terminal only.

        Returns
        -------
        History
            Costs and accuracies, epoch by epoch.

        Raises
        ------
        ValueError
            If an argument makes no sense; the message says which.
        DivergedError
            If the cost stops being a finite number, or a checkpoint is to be written and the cost
            has become a thousand times that of the beginning.  The parameters are then those from
            before, and what the checkpoint holds is no worse.

        Examples
        --------
        >>> import nets
        >>> moons = nets.data.moons()
        >>> net = nets.LLayerNetwork([2, 4, 1], hidden="tanh")
        >>> history = net.fit(moons.X, moons.Y, epochs=300, learning_rate=1.0)
        >>> net.score(moons.X, moons.Y) > 0.8
        True
        """
        return fitting.fit(
            self,
            X,
            Y,
            epochs=epochs,
            learning_rate=learning_rate,
            batch_size=batch_size,
            optimizer=optimizer,
            validation=validation,
            callbacks=callbacks,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
        )

    # -- looking at it, keeping it ------------------------------------------------------------

    def draw(
        self,
        path: str | os.PathLike[str] | None = None,
        X: ArrayLike | None = None,
        Y: ArrayLike | None = None,
        **options: Any,
    ) -> Any:
        """Draw the network's graph, from X to the cost, a column for each layer.

        Parameters
        ----------
        path : path, optional
            Its suffix picks the format: svg, png, pdf, dot, html or txt.
        X, Y : array_like, optional
            What to record with, forward and backward; ten made-up examples if not given.
        **options
            For :func:`autograd_mini.draw`: ``values``, ``gradients``, ``depth``.

        Raises
        ------
        ValueError
            If X is given without Y, or Y without X.
        """
        if (X is None) != (Y is None):
            raise ValueError("a drawing is of X and Y, or of neither: give both")
        made_up = X is None
        if X is None or Y is None:
            X, Y = np.zeros((self.layer_dims[0], 10)), np.zeros((1, 10))
        with np.errstate(divide="ignore", invalid="ignore"):  # a picture shows no cost's value
            J, tensors = self._recorded(X, Y, from_AL=True)
            if options.get("gradients") or not made_up:
                for name, each in tensors.items():
                    if name != "A0":
                        each.retain_grad()
                J.retain_grad().backward()
            return ag.draw(J, path, **options)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a safetensors file: parameters, settings and training so far.

        The file appears under its name only when it is complete.  :func:`nets.load` reads it.

        Parameters
        ----------
        path : path
        """
        settings: dict[str, Any] = {
            "layer_dims": self.layer_dims,
            "hidden": list(self.model.hidden),
            "output": self.model.output,
            "init": self.init,
            "l2": self.model.l2,
            "keep_prob": self.keep_prob,
            "seed": self.seed,
            "dtype": self.dtype.name,
            "classes": self.classes,
        }
        Saved(settings, self.parameters, self.optimizer, self.history).write(path)


def _check_answers(found: Any) -> None:
    """Refuse to take what is no number for an answer; comparisons would make it class 0."""
    if np.isnan(found).any():
        raise ValueError(
            "what the network computes is no number (NaN): its parameters are not finite, or too "
            "large for these inputs"
        )
