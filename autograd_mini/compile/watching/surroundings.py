"""Find all that a function reads beside the arrays it is given.

From a function one gets to its closure, its globals, the attributes it mentions of objects, classes
and modules, and to the functions it calls, which have all of that too.  Code of libraries is taken
to read nothing that changes.
"""

from __future__ import annotations

import array
import collections
import contextvars
import enum
import functools
import gc
import operator
import os
import queue
import random
import sys
import threading
import types
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from autograd_mini.compile.calling.arguments import beside
from autograd_mini.compile.calling.places import (
    MISSING,
    Found,
    Held,
    Place,
    attributes_of,
    slots_of,
)
from autograd_mini.compile.watching.drawing import real
from autograd_mini.compile.watching.handles import Handles
from autograd_mini.compile.watching.questions import is_stand_in
from autograd_mini.compile.watching.reads import (
    BY_TEXT,
    CHANGING,
    DYNAMIC,
    HOMES,
    MAKING,
    TRYING,
    Reads,
    asked_for_its_type,
    asks_which,
    home_of,
    is_fixed,
    is_library,
    is_pythons,
    is_trusted,
    keeps_warnings,
    reads_of,
)
from autograd_mini.compile.watching.stand_ins import REPLACED
from autograd_mini.errors import DataDependentError
from autograd_mini.recording.recorded import Recorded

__all__ = ["PLAIN", "Surroundings"]

PLAIN = (int, float, complex, bool, str, bytes, type(None), np.generic)
MUTABLE = (dict, list, set, collections.deque, bytearray, array.array)
_NUMBERS = {int, float, complex, bool, str, bytes, type(None)}
_ENDS = (Recorded, types.CodeType)
_CODE = (types.FunctionType, types.MethodType)
_METHODS = (types.FunctionType, classmethod, staticmethod)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, np.ufunc, type(np.sum))
_CONTAINER = (*MUTABLE, tuple, frozenset, types.MappingProxyType)
_UNWATCHED = (contextvars.ContextVar, threading.local, type(os.environ), queue.SimpleQueue)
_GENERATOR = (
    np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random,
)  # fmt: skip
_GETTERS = (operator.attrgetter, operator.methodcaller)
_STATE = {"bit_generator", "get_state", "getstate", "spawn"}
_RECORDS = {
    "_weakrefset", "argparse", "collections", "configparser", "contextlib", "queue", "string",
    "types", "weakref",
}  # fmt: skip
"""Modules of Python whose objects hold what users put there."""
_CACHE: type = type(functools.lru_cache(len))
_WRAPPERS: dict[type, tuple[str, ...]] = {
    functools.partial: ("func", "args", "keywords"),
    functools.partialmethod: ("func", "args", "keywords"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset"),
    functools.cached_property: ("func",),
    _CACHE: ("__wrapped__",),
    memoryview: ("obj",),
    type({}.keys()): ("mapping",),
    type({}.values()): ("mapping",),
    type({}.items()): ("mapping",),
}
"""What only leads on to something else, and by which attributes."""
_HANDLES = (weakref.ref, np.ndarray, types.BuiltinFunctionType, Held)
_MOST = 10_000


class Surroundings:
    """What is around a function.

    Parameters
    ----------
    f : callable
    arguments : iterable of (str, object)
        Arguments that are no arrays, and what they are called.

    Attributes
    ----------
    found : list of Found
    containers : list of (str, object)
        What they are called, and those whose entries may change.
    namespaces : dict of (str, object, bool)
        By identity, what may get new attributes, what it is called, and whether it matters also
        where others give it some: special methods and descriptors are called without being named.
    generators : list
        Of random numbers.
    objects : list of (str, object)
        What they are called, and those of which attributes are read.
    fixed : set of int
        The identities of what code gets hold of other than through a place.
    tables : list of (str, dict)
        What functions that keep their results are called, and where they do.
    asking : dict
        The globals of functions that call ``isinstance``, by their identity.
    asking_which : bool
        Whether a function may ask which array is which.
    asking_type : dict of (str, str)
        By the name of a function, the variable of which it asks for the type, and NumPy's class
        that it compares that with.
    """

    def __init__(self, f: Callable[..., Any], arguments: Iterable[tuple[str, Any]]) -> None:
        is_code = isinstance(f, (types.FunctionType, types.MethodType, *_WRAPPERS))
        roots = [("" if is_code else "self", f), *arguments]
        self._names: set[str] = set()  # of attributes
        self._stored: set[str] = set()
        self._texts = {value for _, value in roots if type(value) is str}
        self._handles = Handles()
        for path, value in roots:
            is_self = isinstance(f, types.FunctionType) and path in f.__code__.co_varnames[:1]
            self._handles.note(
                None, types.MethodType(f, value) if is_self else value, by_name=False
            )
        while not self._walk(roots):
            pass

    def _size(self) -> int:
        texts = len(self._texts) if self._reads_by_text() else 0
        return len(self._names) + len(self._stored) + len(self._handles) + texts

    def _reads_by_text(self) -> bool:
        """Return whether code may read of a module what a text names."""
        return not self._names.isdisjoint(BY_TEXT)

    def _walk(self, roots: list[tuple[str, Any]]) -> bool:
        """Find all; return whether it was known from the first what code mentions.

        Code comes first, therefore: only what it mentions is looked for in other objects.
        """
        self.found: list[Found] = []
        self.containers: list[tuple[str, Any]] = []
        self.objects: list[tuple[str, Any]] = []
        self.namespaces: dict[int, tuple[str, Any, bool]] = {}
        self.generators: list[Any] = []
        self.fixed = {id(value) for _, value in roots}
        self.tables: list[tuple[str, dict[Any, Any]]] = []
        self.asking: dict[int, dict[str, Any]] = {}
        self.asking_which = False
        self.asking_type: dict[str, tuple[str, str]] = {}
        seen: set[int] = set()
        kept: list[Any] = []  # what is made on the way, so that no id is used twice
        code = collections.deque(each for each in roots if isinstance(each[1], _CODE))
        others = collections.deque(each for each in roots if not isinstance(each[1], _CODE))
        known: int | None = None
        while code or others:
            if not code and known is None:
                known = self._size()
                self._dynamic = not self._names.isdisjoint(DYNAMIC)
                self._trying = not self._names.isdisjoint(TRYING)
            path, owner = (code or others).popleft()
            if id(owner) in seen or _leads_nowhere(owner):
                continue
            seen.add(id(owner))
            kept.append(owner)
            if len(seen) > _MOST:
                _refuse(f"{path or 'it'} leads to more than {_MOST} objects")
            for found in self._inside(path, owner):
                place, value = found.place, found.value
                if type(value) in _NUMBERS:
                    if type(value) is str:
                        self._texts.add(value)
                    if place is not None:
                        self.found.append(Found(found.path, place, value, owner))
                    continue
                value = real(value)
                if place is None and (id(owner) in self.fixed or not isinstance(owner, tuple)):
                    self.fixed.add(id(value))
                self._handles.note(owner, value, by_name=_is_global_of(owner, place))
                if place is not None or isinstance(value, (np.ndarray, Recorded)):
                    self.found.append(Found(found.path, place, value, owner))
                if value is not MISSING:
                    (code if isinstance(value, _CODE) else others).append((found.path, value))
        trying = not self._names.isdisjoint(TRYING)
        self.namespaces = {
            key: (path, of, tried or trying) for key, (path, of, tried) in self.namespaces.items()
        }
        return known is None or self._size() == known

    def _inside(self, path: str, owner: Any) -> Iterator[Found]:
        """Yield what may be read of `owner`."""
        if isinstance(owner, types.FunctionType):
            yield from self._of_function(path, owner)
        elif isinstance(owner, types.MethodType):
            name = path or "self"
            if isinstance(owner.__func__, types.FunctionType):
                name = path or owner.__func__.__code__.co_varnames[0]
            yield Found(name, None, owner.__self__)
            yield Found(path, None, owner.__func__)
        elif isinstance(owner, np.random.SeedSequence) and "spawn" in self._names:
            _refuse(f"{path} gives other seeds on each call")
        elif isinstance(owner, _GENERATOR):
            bits = isinstance(owner, np.random.BitGenerator) and "state" in self._names
            if bits or not self._names.isdisjoint(_STATE):
                _refuse(f"the state of {path} may be another on each call")
            self.generators.append(owner)
        elif isinstance(owner, _CONTAINER):
            yield from self._of_container(path, owner)
        elif isinstance(owner, types.ModuleType):
            yield from self._of_module(path, owner)
        elif isinstance(owner, type):
            yield from self._of_class(path, owner)
        elif type(owner) in _WRAPPERS:
            yield from self._of_wrapper(path, owner)
        elif isinstance(owner, _HANDLES) or _is_machine_code(owner):
            yield from self._of_handle(path, owner)
        else:
            yield from self._of_object(path, owner)

    def _of_held(self, path: str, container: Any) -> Iterator[Found]:
        for name, value in beside(container).items():
            if self._dynamic or name in self._names:
                yield Found(f"{path}.{name}", Place(vars(container), name), value)
        yield Found(type(container).__name__, None, type(container))

    def _of_handle(self, path: str, owner: Any) -> Iterator[Found]:
        if isinstance(owner, Held):
            yield from self._of_held(path, owner.container)
        elif isinstance(owner, weakref.ref):
            yield Found(path, None, owner())
        elif _is_machine_code(owner):
            reads = reads_of(owner.py_func.__code__)
            if "random" in reads.attributes | reads.globals:
                _refuse(f"{path} draws random numbers of numba's own")
            yield Found(path, None, owner.py_func)
        elif isinstance(owner, np.ndarray):
            for value in owner.flat if owner.dtype == object else ():
                yield Found(f"an entry of {path}", None, value)
            if not is_library(home_of(type(owner))):
                yield from self._of_object(path, owner)
        else:
            self._names |= {owner.__name__} & (DYNAMIC | TRYING)  # by whatever name it is called
            self._refuse_changing(path, owner.__module__, {owner.__name__})
            if not isinstance(owner.__self__, types.ModuleType):  # log.append, rng.random
                yield Found(path, None, owner.__self__)

    def _of_function(self, path: str, f: types.FunctionType) -> Iterator[Found]:
        module = f.__globals__.get("__name__")  # functools.wraps changes f.__module__
        library = is_library(module)
        if library:
            for each in (module, f.__module__):
                self._refuse_changing(path, each, {f.__name__})
        yield from _of_closure(f, library)
        if library:
            return
        yield Found(f"{path or f.__name__}.__code__", Place(f, None, "__code__"), f.__code__)
        for name in ("__defaults__", "__kwdefaults__"):
            if getattr(f, name):
                yield Found(f"{path or f.__name__}.{name}", Place(f, None, name), getattr(f, name))
        self.namespaces[id(f)] = path or f.__name__, f, False
        for name, value in vars(f).items():
            yield Found(f"{path or f.__name__}.{name}", Place(vars(f), name), value)
        reads = reads_of(f.__code__)
        self._note_questions(f, reads.globals)
        self._names |= reads.attributes | (reads.globals & (DYNAMIC | MAKING | TRYING))
        self._stored |= reads.stored
        self._texts |= reads.texts
        self._handles.note_chains(f.__globals__, reads.chains)
        if keeps_warnings(f.__code__):
            _refuse(f"{f.__name__} asks for warnings, which come of other values or do not")
        if reads.unseeded:
            _refuse(f"{f.__name__} makes random numbers ({reads.unseeded} without a seed)")
        yield from self._of_globals(f.__globals__, reads)

    def _of_globals(self, owner: dict[str, Any], reads: Reads) -> Iterator[Found]:
        for name in sorted(reads.globals):
            if name in owner and not is_stand_in(owner[name]):
                yield Found(name, Place(owner, name), owner[name])
                continue
            if name not in reads.stored:
                self._refuse_changing(name, "builtins", {name})
            if name != "isinstance":  # which is there while another thread records
                yield Found(name, Place(owner, name), MISSING)
        for name in sorted(reads.modules):
            if name in sys.modules:
                yield Found(name, None, sys.modules[name])
            else:  # until the function is called
                yield Found(f"import {name}", Place(sys.modules, name), MISSING)

    def _note_questions(self, f: types.FunctionType, names: Collection[str]) -> None:
        asked = asked_for_its_type(f.__code__)
        if asked:
            self.asking_type[f.__qualname__] = asked
        self.asking_which |= asks_which(f.__code__)
        if "isinstance" in names:
            self.asking[id(f.__globals__)] = f.__globals__

    def _of_container(self, path: str, owner: Any) -> Iterator[Found]:
        if isinstance(owner, (*MUTABLE, types.MappingProxyType)):
            self.containers.append((path, owner))
        if isinstance(owner, (bytearray, array.array)):
            return
        if isinstance(owner, (list, dict, tuple, types.MappingProxyType)):
            fixed = isinstance(owner, (tuple, types.MappingProxyType))
            pairs = enumerate(owner) if isinstance(owner, (list, tuple)) else owner.items()
            for key, value in pairs:
                yield Found(f"{path}[{key!r}]", None if fixed else Place(owner, key), value)
        else:
            for value in owner:
                yield Found(f"an entry of {path}", None, value)
        if not is_library(home_of(type(owner))):
            yield from self._of_object(path, owner)

    def _of_wrapper(self, path: str, owner: Any) -> Iterator[Found]:
        if type(owner) is _CACHE:
            yield from self._of_cache(path, owner)
        if isinstance(owner, classmethod):  # which is given its class
            self._names |= MAKING
        for name in _WRAPPERS[type(owner)]:
            yield Found(path, None, getattr(owner, name))

    def _of_cache(self, path: str, owner: Any) -> Iterator[Found]:
        """Yield the results that are kept, which only the garbage collector tells."""
        if "cache_info" in self._names:
            _refuse(f"{path}.cache_info() counts calls")
        inside = gc.get_referents(owner)
        is_table = [type(each) is dict and each is not vars(owner) for each in inside]
        last = len(inside) - 1 - is_table[::-1].index(True)
        self.tables.append((path, inside[last]))
        unbounded = owner.cache_parameters()["maxsize"] is None
        for value in inside[last].values() if unbounded else inside[:last]:
            if not isinstance(value, type):
                yield Found(f"what {path} keeps", None, value)

    def _of_module(self, path: str, module: types.ModuleType) -> Iterator[Found]:
        library = is_library(module.__name__)
        names = self._names | self._texts if self._reads_by_text() else self._names
        if library:
            read = self._handles.read_of(module, names)
            self._refuse_changing(path, module.__name__, read)
            for name in sorted(read & vars(module).keys()):
                inner = vars(module)[name]
                if isinstance(inner, types.ModuleType):
                    self._refuse_changing(f"{path}.{name}", inner.__name__, read)
            if is_trusted(module.__name__):
                yield from self._functions_of(path, module, read)
                return
        else:
            self.namespaces[id(module)] = path, module, False
        for name, value in list(vars(module).items()):
            code = isinstance(value, (types.FunctionType, type, types.ModuleType))
            unnamed = self._dynamic and not (library or code or name.startswith("__"))
            if unnamed or (name in names and not (library and code)):
                yield Found(f"{path}.{name}", Place(vars(module), name), value)

    def _functions_of(
        self, path: str, module: types.ModuleType, names: set[str]
    ) -> Iterator[Found]:
        """Note the functions that are read of a module, and yield those that users put there."""
        if module is np.random:  # where others stand while anyone records
            return
        for name in sorted(names & vars(module).keys() - REPLACED):
            value = vars(module)[name]
            if not isinstance(value, _FUNCTIONS):
                continue
            found = Found(f"{path}.{name}", Place(module, None, name), value, module)
            if is_library(value.__module__):
                self.found.append(found)
            else:
                yield found

    def _of_class(self, path: str, owner: type) -> Iterator[Found]:
        home = home_of(owner).partition(".")[0]
        if home in ("datetime", "pathlib") and is_pythons(home):
            self._refuse_changing(path, home, self._names)
        if is_fixed(owner):
            self._names |= {owner.__name__} & TRYING
            return
        above: type = type(owner)
        yield Found(f"type({path})", None, above)
        makes_others = not self._names.isdisjoint(MAKING)
        hiding: list[type] = []  # what has an attribute before its parents do
        for base in (*owner.__mro__, *above.__mro__):
            if is_library(home_of(base)):
                continue
            self.namespaces[id(base)] = base.__name__, base, True
            for name, value in list(vars(base).items()):
                special = name.startswith("__") and name.endswith("__")
                called = special and isinstance(value, _METHODS)
                called = called and self._handles.calls(owner, name, makes_others=makes_others)
                if name in self._names or called or (self._dynamic and not special):
                    yield Found(f"{path}.{name}", Place(vars(base), name, of=base), value)
                    for each in hiding:
                        if name not in vars(each) and not special:
                            yield Found(f"{path}.{name}", Place(vars(each), name, of=each), MISSING)
            hiding.append(base)

    def _of_object(self, path: str, owner: Any) -> Iterator[Found]:
        kind = type(owner)
        home = home_of(kind)
        opaque = issubclass(kind, Iterator) and is_library(home)
        opaque |= any(home_of(base) == "_ctypes" for base in kind.__mro__)
        if opaque or issubclass(kind, _UNWATCHED):
            _refuse(f"{path or 'it'} is a {kind.__name__}, which does not show what it will give")
        if home == "_thread":
            self._refuse_changing(path, home, self._names)
        if issubclass(kind, _GETTERS):  # which know names, and keep them to themselves
            self._names |= DYNAMIC
            yield Found(path, None, owner.__reduce__())
        kept = attributes_of(owner)
        attributes = {} if kept is None else kept
        if home.partition(".")[0] == "autograd_mini":
            for name, value in attributes.items():  # functions that it was made from
                if callable(value) or isinstance(value, (dict, tuple)):
                    yield Found(path or name, None, value)
            return
        # a logger or a lock leads to much that is not meant
        private = is_pythons(home) and home not in _RECORDS and kind is not threading.Event
        everything = not private and (
            self._dynamic
            or is_library(home)
            or (hasattr(kind, "__dataclass_fields__") and self._handles.at_hand(kind))
        )
        self.objects.append((path, owner))
        if kept is not None and (self._trying or hasattr(kind, "__getattr__")):
            self.namespaces[id(owner)] = path, owner, True
        also = {"_value_"} if isinstance(owner, enum.Enum) and "value" in self._names else set()
        for name, value in list(attributes.items()):
            if everything or name in self._names or name in also:
                yield Found(f"{path}.{name}", Place(attributes, name), value)
        for name in slots_of(kind):
            if everything or name in self._names:
                place = Place(owner, None, name)
                yield Found(f"{path}.{name}", place, place.now())
        if kept is not None:
            for name in sorted(self._hiding(kind) - attributes.keys()):
                yield Found(f"{path}.{name}", Place(attributes, name), MISSING)
        yield Found(kind.__name__, None, kind)

    def _hiding(self, kind: type) -> set[str]:
        """Return names that an instance has not, and would be read or written there."""
        values = {
            name
            for base in kind.__mro__
            if not is_library(home_of(base))
            for name in (vars(base).keys() if self._dynamic else self._names & vars(base).keys())
            if not name.startswith("__") and not hasattr(vars(base)[name], "__set__")
        }
        stored = {
            each for each in self._stored if not hasattr(getattr(kind, each, None), "__set__")
        }
        return values | (stored - set(slots_of(kind)))

    def _refuse_changing(self, path: str, module: str | None, names: Iterable[str]) -> None:
        """Raise if one of `names` in `module` gives something else on each call."""
        module = HOMES.get(module or "", module or "")
        for name in sorted(CHANGING.get(module, set()).intersection(names)):
            _refuse(f"{path} ({module}.{name}) may give something else on each call")


def _leads_nowhere(owner: Any) -> bool:
    """Return whether `owner` is a number or text, and nothing more, or something else by itself."""
    return isinstance(owner, _ENDS) or (isinstance(owner, PLAIN) and attributes_of(owner) is None)


def _is_machine_code(owner: Any) -> bool:
    """Return whether numba has made `owner` of a function, which tells what it reads."""
    kind = type(owner)
    return str(kind.__module__).startswith("numba.") and hasattr(owner, "py_func")


def _is_global_of(owner: Any, place: Place | None) -> bool:
    if place is None or not isinstance(owner, types.FunctionType):
        return False
    return place.owner is owner.__globals__


def _of_closure(f: types.FunctionType, library: bool) -> Iterator[Found]:
    for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # a name that is not bound yet
            continue
        if not (library and isinstance(value, types.BuiltinFunctionType)):
            yield Found(name, None if library else Place(cell, None, "cell_contents"), value)


def _refuse(what: str) -> NoReturn:
    raise DataDependentError(
        f"the function cannot be compiled: {what}, and the program would use for ever what it got "
        "while it was recorded; read it outside, and pass it as an argument (an array)"
    )
