"""Notice when something that a compiled function reads, beside its arguments, has changed.

A program is recorded with the values that closures, globals and the attributes of ``self`` had
then.  Before each replay they are compared with those of now; if one differs, the function is
recorded again.  What the function changes itself would never change again in a replay: that is
refused.
"""

from __future__ import annotations

import array
import collections
import functools
import types
from collections.abc import Callable, Mapping
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.compile.calling.arguments import exactly, keys_to_compare
from autograd_mini.compile.calling.entry import defined
from autograd_mini.compile.calling.places import MISSING, Found, Place, attributes_of
from autograd_mini.compile.calling.state import NOTHING, State
from autograd_mini.compile.watching.drawing import real, stand_in
from autograd_mini.compile.watching.surroundings import PLAIN, Surroundings
from autograd_mini.errors import DataDependentError
from autograd_mini.memory.guard import COPY_LIMIT, Held, digest, hold, holding
from autograd_mini.recording.recorded import Recorded

__all__ = ["Guard"]

_GONE = "LookupError, AttributeError, ValueError"
"""What raises when something is no longer there."""
_FEW = 32
"""Containers of up to so many entries are compared entry by entry."""


class _Condition(NamedTuple):
    path: str
    places: list[Place]  # whose values are others now
    text: str
    restore: Callable[[], None]
    added: Callable[[], bool]  # whether something new is there, and all else as it was
    is_itself: Callable[[], bool] = lambda: True  # not another that equals what was there


class Guard:
    """What a function found around it before it was recorded.

    Parameters
    ----------
    around : Surroundings
    state : State
        What is no matter, as the function gets it like arguments.

    Attributes
    ----------
    holds : callable
        Returns whether everything is as it was.  All checks are one expression, since this runs
        before each replay.
    tracked : bool
        Whether there are tensors that are recorded, which need a gradient.
    arrays : list of numpy.ndarray
        Those that the function reads.
    asks_which : bool
        Whether the function may ask which array is which.
    containers : dict
        What the containers that it reads are called, by their identity.
    """

    def __init__(self, around: Surroundings, state: State = NOTHING) -> None:
        self._known: dict[str, Any] = {"exactly": exactly}
        self._names: dict[int, str] = {}
        self._conditions: list[_Condition] = []
        self.tracked, self.asks_which = False, around.asking_which
        self._locked: list[Held] = []
        self.arrays: list[Any] = []
        as_one = {id(owner) for _, owner in around.containers if _is_large(owner)}
        for found in around.found:
            if isinstance(found.value, Recorded) and found.value._node is not None:
                self.tracked = True
            if state.has(found):
                continue
            if found.place is None or id(found.place.owner) not in as_one:
                self._conditions.append(self._unchanged(found))
            elif isinstance(found.value, (np.ndarray, Recorded)):
                self._conditions.append(self._unchanged(found._replace(place=None)))
            values = found.value._value if isinstance(found.value, Recorded) else found.value
            if isinstance(values, np.ndarray):
                self.arrays.append(values)
        others = [each for each in around.containers if not state.has_entries_of(each[1])]
        self.containers = {id(owner): path for path, owner in others}
        self.containers |= {id(attributes_of(owner)): path for path, owner in around.objects}
        leading: dict[int, list[Place]] = {}
        for found in around.found:
            if found.place is not None:
                leading.setdefault(id(found.value), []).append(found.place)
        self._conditions += [
            self._entries(path, owner, leading.get(id(owner), [])) for path, owner in others
        ]
        self._conditions += [self._same_object(path, owner) for path, owner in around.objects]
        self._conditions += [self._names_in(*each) for each in around.namespaces.values()]
        self._conditions += self._bases(around)
        self._conditions += [self._kept(*each) for each in around.tables]
        self.holds: Callable[[], bool] = self._emitted([each.text for each in self._conditions])

    def _emitted(self, conditions: list[str]) -> Callable[[], bool]:
        body = " and ".join(dict.fromkeys(conditions)) or "True"
        lines = ["def holds():", "    try:", f"        return {body}"]
        lines += [f"    except ({_GONE}):", "        return False", ""]
        found: Callable[[], bool] = defined("\n".join(lines), "holds", **self._known)
        return found

    def _changed(self) -> list[_Condition]:
        """Return what a function has changed: also where it put what equals what was there."""
        if self.holds():
            return [each for each in self._conditions if not each.is_itself()]
        return [
            each
            for each in self._conditions
            if not (self._emitted([each.text])() and each.is_itself())
        ]

    def changed_places(self) -> set[Any]:
        """Return the identities of the places that hold or lead to what has changed."""
        return {place.identity for each in self._changed() for place in each.places}

    def has_grown(self) -> bool:
        """Return whether something has changed, and only in that there is more."""
        changed = self._changed()
        return bool(changed) and all(each.added() for each in changed)

    def restore(self) -> list[str]:
        """Put back what was changed, as far as possible, and return what it was."""
        changed = self._changed()
        for each in reversed(changed):  # lists get their length back before their entries
            each.restore()
        return list(dict.fromkeys(each.path for each in changed))

    def unlock(self) -> None:
        """Let everybody write again into the arrays that were locked while the function ran."""
        for held in self._locked:
            held.release()

    def refuse_changes(self) -> None:
        """Raise if the function has changed what it reads, after putting it back.

        Raises
        ------
        DataDependentError
        """
        paths = self.restore()
        if paths:
            raise DataDependentError(
                f"the function changes {', '.join(paths)}, which a program cannot do: pass it as "
                "an argument and return its new value, or update an array argument in place "
                "(params['W1'] -= ...); what it was before has been put back"
            )

    def _bound(self, value: Any) -> str:
        """Return a name for a value in the expression."""
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"v{len(self._known)}"
            self._known[name] = value
        return name

    def _unchanged(self, found: Found) -> _Condition:
        """Return the condition that what is found in a place may stand for what was there."""
        path, place, value, _ = found
        places = [] if place is None else [place]
        if place is None:
            now = self._bound(value)
        elif place.attribute:
            now = f"{self._bound(place.owner)}.{place.attribute}"
        elif _is_found_by_class(found):  # in less time than in the dict of it
            now = f"{self._bound(found.within)}.{place.key}"
        else:
            now = f"{self._bound(place.owner)}[{self._bound(place.key)}]"
        if value is MISSING and place is not None:
            if place.of is not None:  # where any new name is noticed
                return _Condition(
                    path, places, "True", place.remove, lambda: True,
                    lambda: place.now() is MISSING,
                )  # fmt: skip
            text = f"{self._bound(place.key)} not in {self._bound(place.owner)}"
            if place.attribute:
                text = f"not hasattr({self._bound(place.owner)}, {place.attribute!r})"
            return _Condition(path, places, text, place.remove, lambda: True)
        if isinstance(value, (np.ndarray, Recorded)):
            check, write = _contents(value, self._locked)

            def restore() -> None:
                write()
                _put(place, value)

            return _Condition(
                path, places, f"{self._bound(check)}({now})", restore, _never,
                lambda: place is None or place.now() is value,
            )  # fmt: skip
        text = f"{now} is {self._bound(value)}"
        if type(value) is not tuple and stand_in(value) is not None:  # while another thread records
            text = f"({text} or {self._bound(real)}({now}) is {self._bound(value)})"
        if isinstance(value, PLAIN):
            key = self._bound(exactly(value))
            same = f"exactly({now}) == {key}"
            # a row of a structured array shows what is written there
            text = same if isinstance(value, np.void) else f"({text} or {same})"
        return _Condition(path, places, text, lambda: _put(place, value), _never)

    def _same_object(self, path: str, owner: Any) -> _Condition:
        """Return the condition that an object has its class and its attributes still."""
        known = {"__class__": owner.__class__}
        if attributes_of(owner) is not None:
            known["__dict__"] = owner.__dict__
        texts = [
            f"{self._bound(owner)}.{name} is {self._bound(value)}"
            for name, value in known.items()
            if getattr(owner, name) is value  # and not made each time it is asked for
        ]

        def restore() -> None:
            for name, value in known.items():
                if getattr(owner, name) is not value:
                    setattr(owner, name, value)

        return _Condition(path, [], " and ".join(texts), restore, _never)

    def _names_in(self, path: str, owner: Any, watched: bool) -> _Condition:
        """Return the condition that there are no other names among the attributes of `owner`.

        Where it is not `watched`, only the function itself must not make one.
        """
        of = owner if isinstance(owner, type) else None
        names: Any = attributes_of(owner) if of is None else vars(of)
        known = list(names)

        text = f"[*{self._bound(names)}] == {self._bound(known)}"
        if of is None and not watched:
            text = "True"

        def restore() -> None:
            for name in set(names).difference(known):
                if not isinstance(names[name], types.ModuleType):  # which is imported only once
                    Place(names, name, of=of).remove()

        return _Condition(
            path, [], text, restore, lambda: set(known) < set(names), lambda: list(names) == known,
        )  # fmt: skip

    def _bases(self, around: Surroundings) -> list[_Condition]:
        """Return the conditions that classes inherit from the same ones still."""
        classes = [each for _, each, _ in around.namespaces.values() if isinstance(each, type)]
        inherited = {base for each in classes for base in each.__mro__[1:]}
        return [
            _Condition(
                f"the bases of {each.__name__}", [],
                f"{self._bound(each)}.__mro__ is {self._bound(each.__mro__)}",
                functools.partial(setattr, each, "__bases__", each.__bases__), _never,
            )
            for each in classes
            if each not in inherited  # which have others once their own base has
        ]  # fmt: skip

    def _kept(self, path: str, table: dict[Any, Any]) -> _Condition:
        """Return the condition that a function still has the results that it kept."""
        known = dict(table)

        def has_old() -> bool:
            return all(table.get(key) is value for key, value in known.items())

        return _Condition(
            f"what {path} keeps", [], f"{self._bound(has_old)}()", lambda: None,
            lambda: True, lambda: len(table) <= len(known),
        )  # fmt: skip

    def _entries(self, path: str, owner: Any, places: list[Place]) -> _Condition:
        """Return the condition that a container, to which `places` lead, has its entries still."""
        bound = self._bound(owner)
        by_key = isinstance(owner, Mapping)
        entries = list(owner.items()) if by_key else list(owner)
        keys = list(owner)

        def same() -> bool:
            return len(owner) == len(entries) and has_old()

        def has_old() -> bool:
            now = owner.items() if by_key else owner
            return all(map(_is_same_entry if by_key else is_, now, entries))

        if isinstance(owner, (bytearray, array.array)):
            text = f"{self._bound(bytes)}({bound}) == {self._bound(bytes(owner))}"
        elif _is_large(owner) or not isinstance(owner, (list, dict)):
            text = f"{self._bound(same)}()"
        elif isinstance(owner, dict):
            now, wanted = keys_to_compare(bound, keys)
            text = f"{now} == {self._bound(wanted)}"
        else:
            text = f"len({bound}) == {len(keys)}"

        def added() -> bool:
            return (
                isinstance(owner, (dict, set))
                and len(owner) > len(entries)
                and (isinstance(owner, set) or has_old())
            )

        return _Condition(path, places, text, lambda: _refill(owner, entries), added)


def _never() -> bool:
    return False


def _is_found_by_class(found: Found) -> bool:
    """Return whether what is found in the dict of a class is what the class has by that name."""
    place, value, kind = found.place, found.value, found.within
    plain = isinstance(value, (types.FunctionType, *PLAIN))
    return (
        plain
        and place is not None
        and place.of is not None
        and type(kind) is type
        and place.key.isidentifier()
        and getattr(kind, place.key, MISSING) is value
    )


def _is_large(owner: Any) -> bool:
    return isinstance(owner, (list, dict)) and len(owner) > _FEW


def _is_same_entry(now: tuple[Any, Any], then: tuple[Any, Any]) -> bool:
    return now[0] is then[0] and now[1] is then[1]


def _refill(owner: Any, entries: Any) -> None:
    """Give a container the entries it had."""
    if isinstance(owner, types.MappingProxyType):
        return  # whose entries belong to somebody else
    if isinstance(owner, array.array):
        owner[:] = array.array(owner.typecode, entries)
        return
    if isinstance(owner, (list, bytearray)):
        owner[:] = entries
        return
    owner.clear()
    if isinstance(owner, collections.deque):
        owner.extend(entries)
    else:
        owner.update(entries)


def _put(place: Place | None, value: Any) -> None:
    """Put a value back to where it was."""
    if place is not None:
        place.put(value)


def _contents(owner: Any, locked: list[Held]) -> tuple[Callable[[Any], bool], Callable[[], None]]:
    """Return how to see whether an array or tensor is as it was, and how to make it so again.

    There is no copy of a large one: it is locked, and what locks it added to `locked`.
    """
    values = owner._value if isinstance(owner, Recorded) else owner
    node = owner._node if isinstance(owner, Recorded) else None
    kind, tracked = type(owner), node is not None

    def of_tensor() -> None:
        if isinstance(owner, Recorded):
            owner._value, owner._node = values, node

    if not isinstance(values, np.ndarray):
        return lambda now: now is owner and now._value is values, of_tensor
    if values.nbytes > COPY_LIMIT:
        if holding(values) is None:
            locked.append(hold(values))
        known = digest(values)

        def is_known(now: Any) -> bool:
            return (
                now is owner
                and (now is values or now._value is values)
                and (now is values or (now._node is not None) is tracked)
                and digest(values) == known
            )

        return is_known, of_tensor
    copy, bits = values.copy(), values.tobytes()

    def is_same(now: Any) -> bool:
        if type(now) is not kind:
            return False
        found = now
        if isinstance(now, Recorded):
            found = now._value
            if (now._node is not None) is not tracked:
                return False
        return (
            isinstance(found, np.ndarray)
            and found.shape == copy.shape
            and found.dtype == copy.dtype
            and found.tobytes() == bits
        )

    def write() -> None:
        of_tensor()
        if values.flags.writeable:
            values[...] = copy

    return is_same, write
