"""The Tensor: a value, and the node that remembers how it was made."""

from __future__ import annotations

import copy
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini import protocols
from autograd_mini.array_methods import ArrayMethods
from autograd_mini.context import current
from autograd_mini.differentiate.backward import backpropagate
from autograd_mini.errors import (
    DataDependentError,
    GradientLostWarning,
)
from autograd_mini.graph.collector import track
from autograd_mini.graph.tape import forgive, refuse, refuse_question
from autograd_mini.memory import guard
from autograd_mini.operators import Operators
from autograd_mini.ops import gathering, indexing, shaping
from autograd_mini.ops.alias import stop_gradient
from autograd_mini.ops.leaf import LEAF
from autograd_mini.pickling import flattened, restored
from autograd_mini.recording import inplace, selection
from autograd_mini.recording.hooks import HookHandle
from autograd_mini.recording.leaves import is_updated_leaf, leaf
from autograd_mini.recording.operands import refuse_masked
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import looks, marked, origin_of
from autograd_mini.recording.recorded import wrap as wrap_as
from autograd_mini.ufuncs import call_ufunc
from autograd_mini.values import Values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["Tensor", "asarray", "tensor", "wrap"]

_ndarray = np.ndarray

_LEAVE_OUT = "leave .data and .numpy() out: NumPy's functions take tensors, t.detach() is constant"
_TRANSFORM = (
    "take gradients with ag.grad or ag.value_and_grad of a function, in place of backward() and of "
    "tensors that require one"
)
"""What to write where tensors stand for others."""


class Tensor(Operators, ArrayMethods, Values):
    """A NumPy array that can remember what was done to it.

    Make one with :func:`tensor`; plain NumPy code then works on it unchanged.

    Attributes
    ----------
    data : numpy.ndarray
        The values.  Assign to it, or write into that of a leaf, to change them unrecorded.
    grad : Tensor or None
        What ``backward`` has added up so far, with this tensor's shape and dtype; leaves only,
        unless :meth:`retain_grad` was called.
    requires_grad : bool
        Whether operations on it are recorded.
    name : str or None
        How pictures, formulas and errors call it.
    op : str or None
        Name of the operation that made it; None where nothing was recorded.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> W = ag.tensor([[1.0, 2.0]], requires_grad=True, name="W")
    >>> J = np.sum(W**2)
    >>> J.backward()
    >>> W.grad
    Tensor([[2., 4.]])
    """

    __slots__ = ()

    __array_priority__ = 1000.0

    def __init__(self, data: ArrayLike, **options: Any) -> None:
        made = tensor(data, **options)
        self._value, self._node, self._exposed = made._value, None, made._exposed
        self._origin = made._origin
        self.name = made.name
        self.requires_grad = made.requires_grad

    # -- what it is ---------------------------------------------------------------------------

    @property
    def data(self) -> NDArray[Any]:
        """Return the values as an array; see the class for when it may be written to."""
        value, node = self._peek("reading a tensor's values", _LEAVE_OUT), self._node
        if value.__class__ is _ndarray:
            if node is None and value.base is None and value.nbytes <= guard.COPY_LIMIT:
                self._exposed = True  # the usual case: nobody guards it
                return value
            guard.note_known(value)
        if node is not None and node.op is not LEAF:
            view = np.asarray(value).view()
            view.flags.writeable = False  # backward depends on it
            return view
        if value.__class__ is not np.ndarray:
            value = self._value = np.asarray(value)
        held = guard.holding(value)
        if held is not None:
            held.release()
        if node is not None and not getattr(self, "_exposed", True):
            node.value = value.copy()  # graphs so far keep the values they were made with
        self._exposed = True
        return value  # type: ignore[no-any-return]

    @data.setter
    def data(self, values: ArrayLike) -> None:
        if self._node is not None and self._node.op is not LEAF:
            raise ValueError(
                f"{self._called()} is a result, and backward depends on its values; "
                "assign to the data of a leaf, or detach() first"
            )
        array = values.numpy() if isinstance(values, Tensor) else np.asarray(values)
        if array is self._value:  # what `t.data -= …` ends with
            return
        if array.shape != self.shape:
            raise ValueError(f"{self._called()} has shape {self.shape}, the new data {array.shape}")
        self._value = array.astype(self.dtype, copy=False)
        self._exposed = True

    @property
    def requires_grad(self) -> bool:
        """Return whether operations on this tensor are recorded."""
        if self._is_example():
            refuse_question("t.requires_grad", "ask outside, and pass a flag")
        return self._is_varied()

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not wanted:
            if self._node is not None and self._node.op is not LEAF:
                raise ValueError(f"{self._called()} is a result: use detach() to stop recording")
            name, self._node = self.name, None
            self.name = name
        elif self._node is None:
            _require_float(self._value.dtype)
            self._node = leaf(self, getattr(self, "_name", None))

    # -- gradients ----------------------------------------------------------------------------

    @property
    def grad(self) -> Tensor | None:
        """Return the gradient that ``backward`` has added up, or None."""
        found: Tensor | None = getattr(self, "_grad", None)
        if found is None and is_updated_leaf(self._node):
            warnings.warn(
                f"{self._called()} is a result, whose gradient backward does not keep: "
                "W = W - rate * W.grad makes one of a parameter, which stays one if it is updated "
                "by W.data -= rate * W.grad",
                GradientLostWarning,
                stacklevel=2,
            )
        return found

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if gradient is None:
            self._grad = None
            return
        value = gradient if isinstance(gradient, Tensor) else wrap(np.asarray(gradient))
        if value.shape != self.shape:
            raise ValueError(f"{self._called()} has shape {self.shape}, the gradient {value.shape}")
        if not np.can_cast(value.dtype, self.dtype, "same_kind"):
            raise TypeError(f"{self._called()} holds {self.dtype}, the gradient {value.dtype}")
        self._grad = value if value.dtype == self.dtype else value.astype(self.dtype)

    def zero_grad(self) -> None:
        """Forget the gradient added up so far.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> w = ag.tensor(3.0, requires_grad=True)
        >>> (w * w).backward()
        >>> w.zero_grad()
        >>> w.grad is None
        True
        """
        self._grad = None

    def retain_grad(self) -> Tensor:
        """Make ``backward`` fill ``grad`` of this result too; return the tensor.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> w = ag.tensor(3.0, requires_grad=True)
        >>> z = (2 * w).retain_grad()
        >>> (z * z).backward()
        >>> z.grad, w.grad
        (Tensor(12.), Tensor(24.))
        """
        node = self._node
        if node is None:
            raise ValueError(f"{self._called()} is not recorded, it has no gradient to keep")
        if node.op is not LEAF:
            node.extra = {**(node.extra or {}), "target": weakref.ref(self)}
        return self

    def register_hook(self, hook: Callable[[Tensor], Any]) -> HookHandle:
        """Call ``hook(gradient)`` when the gradient of this tensor is complete.

        What the hook returns, unless None, replaces the gradient: of the same shape, and real
        where the tensor is.

        Parameters
        ----------
        hook : callable
            Takes a Tensor of this tensor's shape.

        Returns
        -------
        HookHandle
            Removes the hook: by its ``remove()``, or when called.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> w = ag.tensor(3.0, requires_grad=True)
        >>> handle = w.register_hook(lambda g: g.clip(-1, 1))
        >>> (w * w).backward()
        >>> w.grad
        Tensor(1.)
        """
        if not callable(hook):
            raise TypeError(f"a hook is a function of the gradient, not {type(hook).__name__}")
        node = self._node
        if node is None:
            raise ValueError(f"{self._called()} is not recorded, no gradient arrives at it")
        node.extra = {**(node.extra or {})}
        node.extra["hook_class"] = type(self)
        handle = HookHandle(node.extra.setdefault("hooks", {}), hook)
        track(node)  # a hook may know its own tensor
        return handle

    def backward(self, gradient: Any = None, *, create_graph: bool = False) -> None:
        """Add the derivative of this tensor to ``grad`` of every leaf it depends on.

        Parameters
        ----------
        gradient : array_like, optional
            The cotangent to start from, of this tensor's shape; 1 for a scalar.
        create_graph : bool
            Record the derivatives themselves, so that they can be differentiated again; inside
            ``ag.grad`` and its like, those of what depends on their inputs always are.

        Raises
        ------
        NotRecordedError
            If nothing was recorded.
        ValueError
            If `gradient` is missing for a tensor that is not a scalar, or of another shape.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> w = ag.tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).backward([1.0, 10.0])
        >>> w.grad
        Tensor([ 2., 40.])
        """
        if self._is_example():
            refuse("backward()", _TRANSFORM)
        backpropagate(self, gradient, create_graph)

    def detach(self) -> Tensor:
        """Return the same values as a tensor that is not recorded.

        Examples
        --------
        >>> import autograd_mini as ag
        >>> w = ag.tensor(3.0, requires_grad=True)
        >>> (w * w.detach()).backward()
        >>> w.grad
        Tensor(3.)
        """
        if self._is_example():
            return apply(stop_gradient, [self], {})  # type: ignore[no-any-return]
        result = self._unrecorded()
        origin = origin_of([self], "detach")
        if origin is not None:
            result._origin = origin.ended()
        return result

    def _unrecorded(self) -> Tensor:
        """Return the same values under the same name, without what they come from."""
        value = self._value
        if isinstance(value, np.ndarray) and self._node is not None:
            value = value.view()
            value.flags.writeable = False  # shared with the graph: writing copies first
        result = wrap(value)
        if self.name is not None:
            result._name = self.name
        return result

    def numpy(self) -> NDArray[Any]:
        """Return the values as an array; read-only where the graph depends on them."""
        return self.data

    # -- copies -------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        if self._node is not None and self._node.op is not LEAF:
            if self._is_example():
                refuse("pickling a tensor")
            records, constants, _ = flattened([self._node])
            return _rebuild_result, (np.asarray(self._value).copy(), records, constants)
        return _rebuild, (np.asarray(self._value).copy(), self.requires_grad, self.name)

    def __copy__(self) -> Tensor:
        return self.copy("K") if self._node is not None and not self.is_leaf else _deep_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self._is_example():  # what stands for other values is copied as each of them will be
            return self.copy("K")  # type: ignore[no-any-return]
        if self.is_leaf:
            return _deep_copy(self)
        rebuild, arguments = self.__reduce__()
        return rebuild(*copy.deepcopy(arguments, memo))  # type: ignore[no-any-return]

    # -- NumPy's protocols --------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return call_ufunc(Tensor, ufunc, method, inputs, kwargs)

    def __array_function__(
        self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        return protocols.call_function(function, args, kwargs)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"the array API is offered up to 2024.12, not as {api_version!r}")
        return sys.modules[__name__.partition(".")[0]]

    _record = staticmethod(apply)  # how operations find out that they are given tensors

    # -- indexing -----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Tensor]:
        if self.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        before = looks.count
        try:
            plain = inplace.plain_index(index)
        except DataDependentError as error:
            forgive(error)
            masked = selection.masked(self, index)
            if masked:
                return selection.selected(*masked)  # type: ignore[no-any-return]
            return gathering.take(self, index)  # type: ignore[no-any-return]
        made = apply(indexing.getitem, (self,), {"index": plain})
        if looks.count != before:
            marked(made, "an index")
        return made  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> None:
        before = looks.count
        try:
            plain = inplace.plain_index(index)
        except DataDependentError as error:
            forgive(error)
            masked = selection.masked(self, index)
            if masked:
                inplace.assign_where(*masked, value)
            else:
                inplace.assign_at(self, index, value)
            return
        inplace.assign(self, plain, value)
        if looks.count != before:
            marked(self, "an index")


def wrap(value: Any) -> Tensor:
    """Return a Tensor of `value`, not recorded."""
    return wrap_as(Tensor, value)  # type: ignore[no-any-return]


def _rebuild(value: NDArray[Any], requires_grad: bool, name: str | None) -> Tensor:
    return tensor(value, requires_grad=requires_grad, name=name)


def _rebuild_result(value: NDArray[Any], records: list[Any], constants: list[Any]) -> Tensor:
    made = wrap(value)
    made._node = restored(records, constants, Tensor)[-1]
    return made


def _deep_copy(source: Tensor) -> Tensor:
    rebuild, arguments = source.__reduce__()
    return rebuild(*arguments)  # type: ignore[no-any-return]


def _require_float(dtype: np.dtype[Any]) -> None:
    if dtype.kind not in "fc":
        raise TypeError(
            f"requires_grad needs a float or complex tensor, this one holds {dtype}; "
            "pass dtype=float"
        )


def tensor(
    data: ArrayLike | Tensor,
    *,
    dtype: DTypeLike | None = None,
    requires_grad: bool = False,
    name: str | None = None,
) -> Tensor:
    """Make a tensor.

    Parameters
    ----------
    data : array_like or Tensor
        An array is shared, not copied, unless `dtype` asks for another.
    dtype : dtype, optional
        NumPy's choice for `data` if not given.
    requires_grad : bool
        Whether to record what is done to it; it is then a leaf, whose ``grad`` ``backward``
        fills.
    name : str, optional
        How pictures, formulas and errors call it.

    Returns
    -------
    Tensor

    Raises
    ------
    TypeError
        If `requires_grad` is asked of integers or bools, or `data` holds objects.
    NotDifferentiableError
        If `data` is a list of recorded tensors; ``ag.asarray`` or ``np.stack`` join those.

    Warns
    -----
    GradientLostWarning
        If `data` is a recorded result, whose gradient ends here; with `requires_grad` only
        inside a function that is being transformed.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.tensor([1.0, 2.0], requires_grad=True, name="b1")
    Tensor([1., 2.], requires_grad=True, name='b1')
    """
    shared = data._peek("ag.tensor(t)", _TRANSFORM) if isinstance(data, Tensor) else data
    meant = requires_grad and not current().depth  # an input of a graph of its own
    if isinstance(data, Tensor) and not (data.is_leaf or meant):
        warnings.warn(
            f"ag.tensor takes the values of {data._called()} alone, and no gradient flows through "
            "it: write t.detach() if that is meant, ag.asarray(t) if not",
            GradientLostWarning,
            stacklevel=2,
        )
    refuse_masked(shared)
    value = np.asarray(shared, dtype=dtype)
    if value.dtype.kind not in "fciub":
        raise TypeError(f"a tensor holds numbers, not {value.dtype}: {_short_repr(data)}")
    made = wrap(value)
    made._exposed, made._name = isinstance(shared, np.ndarray), None
    if requires_grad:
        _require_float(value.dtype)
        made._node = leaf(made, None)
    elif isinstance(data, Tensor) and (origin := origin_of([data], "ag.tensor")):
        made._origin = origin
    if name is not None:
        made.name = name
    return made


def _short_repr(value: Any) -> str:
    """Return the beginning of ``repr(value)``."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def asarray(
    obj: Any,
    /,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    copy: bool | None = None,
) -> Tensor:
    """Return `obj` as a Tensor; nested lists of Tensors are stacked differentiably.

    Parameters
    ----------
    obj : array_like, Tensor, or nested sequence of them
    dtype : dtype, optional
    device : {None, "cpu"}
    copy : bool, optional
        True always copies, False raises where a copy would be needed.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> a = ag.tensor(2.0, requires_grad=True)
    >>> ag.asarray([a, a * a])
    Tensor([2., 4.], op=stack)
    """
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', got {device!r}")
    if isinstance(obj, (list, tuple)) and _holds_tensor(obj):
        if copy is False:
            raise ValueError("joining tensors needs a copy")
        made: Tensor = apply(shaping.stack, [asarray(each) for each in obj], {"axis": 0})
        return made if dtype is None or made.dtype == dtype else made.astype(dtype)
    if isinstance(obj, Tensor):
        if dtype is not None and obj.dtype != dtype:
            if copy is False:
                raise ValueError(f"cannot turn {obj.dtype} into {np.dtype(dtype)} without a copy")
            return obj.astype(dtype)  # type: ignore[no-any-return]
        return obj.copy("K") if copy else obj
    if copy is False and not isinstance(obj, np.ndarray) and not hasattr(obj, "__array__"):
        raise ValueError("cannot make a tensor of Python numbers without a copy")
    refuse_masked(obj)
    return tensor(np.array(obj, dtype=dtype, copy=copy))


def _holds_tensor(items: Any) -> bool:
    pending = [items]
    while pending:
        for each in pending.pop():
            if isinstance(each, Tensor):
                return True
            if isinstance(each, (list, tuple)):
                pending.append(each)
    return False
