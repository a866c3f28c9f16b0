"""What the current context asks of the engine: record or not, under which scope, watched or not.

Everything here lives in one :class:`contextvars.ContextVar`, so threads and asyncio tasks each
see their own settings.  The settings are one immutable record, because every operation reads
them and one lookup is all it can afford.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

__all__ = ["Settings", "detect_anomaly", "enable_grad", "is_grad_enabled", "no_grad", "scope"]

F = TypeVar("F", bound=Callable[..., Any])


class Settings(NamedTuple):
    """What every operation asks before it records.

    Attributes
    ----------
    recording : bool
        Whether results remember how they were made.
    scope : str
        Names of the enclosing ``ag.scope`` blocks, joined by ``/``; empty outside.
    anomaly : bool
        Whether every value and gradient is checked for NaN and infinity.
    depth : int
        How many transformations (``grad``, ``jvp``, …) enclose the running code.
    keep : bool
        Whether nodes keep every value, not only those that backward needs.
    tapes : tuple of Tape
        Where ``vmap`` notes what is done to the example that stands for a batch.
    """

    recording: bool = True
    scope: str = ""
    anomaly: bool = False
    depth: int = 0
    keep: bool = False
    tapes: tuple[Any, ...] = ()


_settings: ContextVar[Settings] = ContextVar("autograd_mini", default=Settings())  # noqa: B039 (immutable)

current = _settings.get
"""Return the :class:`Settings` of this context."""


class _Change:
    """A change of settings, for a ``with`` block or, as a decorator, for each call.

    As a decorator it may do without parentheses.
    """

    def __new__(cls, *args: Any, **_: Any) -> Any:
        if len(args) == 1 and callable(args[0]):
            return cls()(args[0])
        return super().__new__(cls)

    def __init__(self) -> None:
        self._tokens: list[Token[Settings]] = []

    def _changed(self, now: Settings) -> Settings:
        raise TypeError(f"{type(self).__name__} does not say what it changes in {now}")

    def _copy(self) -> _Change:
        return type(self)()

    def __enter__(self) -> None:
        self._tokens.append(_settings.set(self._changed(_settings.get())))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _settings.reset(self._tokens.pop())

    def __call__(self, function: F) -> F:
        """Decorate `function` (plain, ``async`` or a generator): calls run under the change.

        A generator does while it runs, not while its caller does.
        """
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return await function(*args, **kwargs)

            return awaited  # type: ignore[return-value]

        if inspect.isgeneratorfunction(function):
            return self._stepped(function)  # type: ignore[return-value]

        if inspect.isasyncgenfunction(function):
            return self._async_stepped(function)  # type: ignore[return-value]

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._copy():
                return function(*args, **kwargs)

        return called  # type: ignore[return-value]

    def _stepped(
        self, function: Callable[..., Generator[Any, Any, Any]]
    ) -> Callable[..., Generator[Any, Any, Any]]:
        """Return a generator function that does what `function` does, under the change."""

        def under(resume: Callable[..., Any], *given: Any) -> Any:
            with self._copy():
                return resume(*given)

        @functools.wraps(function)
        def stepped(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            steps = function(*args, **kwargs)
            try:
                made = under(steps.send, None)
                while True:
                    try:
                        sent = yield made
                    except GeneratorExit:
                        under(steps.close)
                        raise
                    except BaseException as error:  # noqa: BLE001 - whatever the caller throws
                        made = under(steps.throw, error)
                    else:
                        made = under(steps.send, sent)
            except StopIteration as end:
                return end.value

        return stepped

    def _async_stepped(
        self, function: Callable[..., AsyncGenerator[Any, Any]]
    ) -> Callable[..., AsyncGenerator[Any, Any]]:
        """Return an async generator function that does what `function` does, under the change."""

        async def under(resume: Callable[..., Awaitable[Any]], *given: Any) -> Any:
            with self._copy():
                return await resume(*given)

        @functools.wraps(function)
        async def stepped(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            steps = function(*args, **kwargs)
            try:
                made = await under(steps.asend, None)
                while True:
                    try:
                        sent = yield made
                    except GeneratorExit:
                        await under(steps.aclose)
                        raise
                    except BaseException as error:  # noqa: BLE001 - whatever the caller throws
                        made = await under(steps.athrow, error)
                    else:
                        made = await under(steps.asend, sent)
            except StopAsyncIteration:
                return

        return stepped


class no_grad(_Change):
    """Stop recording, inside a ``with`` block or a decorated function.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> with ag.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def _changed(self, now: Settings) -> Settings:
        return now._replace(recording=False)


class enable_grad(_Change):
    """Record again inside a :class:`no_grad` block.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor([1.0, 2.0], requires_grad=True)
    >>> with ag.no_grad(), ag.enable_grad():
    ...     y = x * 2
    >>> y.requires_grad
    True
    """

    def _changed(self, now: Settings) -> Settings:
        return now._replace(recording=True)


class detect_anomaly(_Change):
    """Raise at the first non-finite value or gradient, naming operation, tensor and line.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> with np.errstate(divide="ignore"), ag.detect_anomaly():  # doctest: +ELLIPSIS
    ...     ag.log(ag.tensor([1.0, 0.0], requires_grad=True, name="p"))
    Traceback (most recent call last):
    ...
    autograd_mini.errors.AnomalyError: log(p (2,)) made -inf at entry (1,) of shape (2,)...
    """

    def _changed(self, now: Settings) -> Settings:
        return now._replace(anomaly=True)


class scope(_Change):
    """Group what is recorded inside the block under `name`, for pictures and reports.

    Scopes nest: ``layer1`` inside ``encoder`` is ``encoder/layer1``.

    Parameters
    ----------
    name : str
        Not empty and without ``/``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> with ag.scope("layer1"):
    ...     y = x * x
    >>> ag.graph(y).nodes[-1].scope
    'layer1'
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"a scope needs a name without '/', got {name!r}")
        self.name = name

    def _copy(self) -> scope:
        return scope(self.name)

    def _changed(self, now: Settings) -> Settings:
        return now._replace(scope=f"{now.scope}/{self.name}" if now.scope else self.name)


class at_scope(_Change):
    """Record under exactly the scope `path`, wherever the code runs.

    Parameters
    ----------
    path : str
    watched : bool
        Whether values are looked at for anomalies; a rule may compute infinities it does not use.
    """

    def __init__(self, path: str, watched: bool = True) -> None:
        super().__init__()
        self.path, self.watched = path, watched

    def _copy(self) -> at_scope:
        return at_scope(self.path, self.watched)

    def _changed(self, now: Settings) -> Settings:
        return now._replace(scope=self.path, anomaly=now.anomaly and self.watched)


class unwatched(_Change):
    """Compute, without looking for anomalies, entries that the result leaves out."""

    def _changed(self, now: Settings) -> Settings:
        return now._replace(anomaly=False)


class transformation:
    """Mark that a transformation runs the code inside: inner derivatives are recorded too.

    Parameters
    ----------
    keep : bool
        Whether the nodes recorded inside keep every value.
    """

    # No decorator: it stands around every call of a gradient's function, and must be quick.
    __slots__ = ("_keep", "_token")

    _token: Token[Settings]

    def __init__(self, keep: bool = False) -> None:
        self._keep = keep

    def _changed(self, now: Settings) -> Settings:
        _, scope, anomaly, depth, keep, tapes = now
        return Settings(True, scope, anomaly, depth + 1, self._keep or keep, tapes)

    def __enter__(self) -> None:
        self._token = _settings.set(self._changed(_settings.get()))

    def __exit__(self, *_: object) -> None:
        _settings.reset(self._token)


class taping(transformation):
    """Note on `tape` what is done.

    Parameters
    ----------
    tape : Tape
    watched : bool
        Whether values are looked at for anomalies; those of an example stand for others.
    """

    __slots__ = ("_tape", "_watched")

    def __init__(self, tape: Any, watched: bool = False) -> None:
        super().__init__(keep=True)
        self._tape, self._watched = tape, watched

    def _changed(self, now: Settings) -> Settings:
        anomaly = now.anomaly and self._watched
        return super()._changed(now)._replace(anomaly=anomaly, tapes=(*now.tapes, self._tape))

    def __exit__(self, kind: object = None, *_: object) -> None:
        super().__exit__()
        if kind is None and self._tape.refused is not None:
            raise self._tape.refused  # which the code inside has caught, and gone another way


def is_grad_enabled() -> bool:
    """Return whether operations are being recorded here.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> ag.is_grad_enabled()
    True
    """
    return _settings.get().recording
