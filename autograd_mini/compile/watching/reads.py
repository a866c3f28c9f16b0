"""What code may read beside its arguments, seen in its bytecode."""

from __future__ import annotations

import dis
import functools
import itertools
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "BY_TEXT",
    "CHANGING",
    "DYNAMIC",
    "HOMES",
    "MAKERS",
    "MAKING",
    "TRYING",
    "Reads",
    "asked_for_its_type",
    "asks_which",
    "hands_on",
    "home_of",
    "is_fixed",
    "is_library",
    "is_pythons",
    "is_trusted",
    "keeps_warnings",
    "reads_of",
]

_CLOCKS = ["time", "perf_counter", "process_time", "thread_time", "monotonic"]
CHANGING: dict[str, set[str]] = {
    "time": {*_CLOCKS, *(f"{each}_ns" for each in _CLOCKS), "localtime", "gmtime", "ctime"},
    "datetime": {"now", "today", "utcnow"},
    "os": {
        "environ", "getcwd", "getenv", "getpid", "getrandom", "listdir", "scandir", "stat",
        "urandom", "walk",
    },
    "os.path": {"exists", "getmtime", "getsize", "isdir", "isfile"},
    "decimal": {"getcontext", "localcontext"},
    "numpy.random": {"get_state"},
    "sys": {"argv", "modules", "stdin"},
    "importlib": {"import_module", "reload"},
    "io": {"open"},
    "pathlib": {
        "cwd", "exists", "glob", "is_dir", "is_file", "iterdir", "open", "read_bytes", "read_text",
        "rglob", "stat",
    },
    "numpy": {
        "fromfile", "fromregex", "genfromtxt", "get_printoptions", "geterr", "load", "loadtxt",
        "memmap",
    },
    "_thread": {"locked"},
    "autograd_mini": {"is_grad_enabled"},
    "subprocess": {"Popen", "check_output", "getoutput", "run"},
    "secrets": {"choice", "randbelow", "randbits", "token_bytes", "token_hex", "token_urlsafe"},
    "uuid": {"uuid1", "uuid4"},
    "random": {"SystemRandom", "seed", "setstate"},
    "builtins": {"input", "open", "globals", "eval", "exec", "__import__"},
}  # fmt: skip
"""By module, what may give something else on each call though nothing that is watched changes."""

HOMES = {
    "posix": "os", "nt": "os", "posixpath": "os.path", "ntpath": "os.path",
    "genericpath": "os.path", "_io": "io", "_decimal": "decimal",
    "autograd_mini.context": "autograd_mini",
}  # fmt: skip
"""By module that something is really from, the one that people know it from."""

DYNAMIC = {
    "getattr", "setattr", "delattr", "hasattr", "vars", "dir", "__dict__", "__getattribute__",
    "attrgetter", "methodcaller", "getmembers", "asdict", "astuple", "copy", "deepcopy",
}  # fmt: skip
"""Names by which code reads attributes that it does not name."""

BY_TEXT = DYNAMIC - {"setattr", "delattr", "asdict", "astuple", "copy", "deepcopy"}
"""Names by which code may read of a module what a text names."""

TRYING = {
    "getattr", "setattr", "delattr", "hasattr", "vars", "dir", "__dict__", "__getattribute__",
    "getmembers", "AttributeError", "NameError", "Exception", "BaseException",
}  # fmt: skip
"""Names by which code tries what may not be there yet, or makes it."""

MAKING = {"type", "__class__", "replace", "make_dataclass"}
"""Names by which code makes an object of the class of another."""

HOOKS = {
    "__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__get__", "__set__",
    "__delete__", "__del__",
}  # fmt: skip
"""Methods that are called where only an attribute is mentioned."""

MAKERS = {"__new__", "__init__", "__post_init__", "__init_subclass__", "__set_name__"}
"""Methods that are called where an object or a class is made, and never again."""

_SEEDED = {"default_rng", "RandomState", "SeedSequence", "Random", "PCG64", "MT19937", "Philox"}


class Reads(NamedTuple):
    """What a piece of code, and the functions defined in it, mention.

    Attributes
    ----------
    globals, attributes, stored, modules : frozenset of str
        Names of globals; of attributes; of those that are assigned; of modules imported inside.
    chains : frozenset of tuple of str
        Names of globals with what is read of each at once: of ``np.random.normal`` all three;
        of ``np`` alone, which then may be called anything else, that one.
    texts : frozenset of str
        Constants that may name an attribute.
    unseeded : str or None
        A generator of random numbers that is made without a seed.
    """

    globals: frozenset[str]
    attributes: frozenset[str]
    stored: frozenset[str]
    modules: frozenset[str]
    chains: frozenset[tuple[str, ...]]
    texts: frozenset[str]
    unseeded: str | None


@functools.lru_cache(maxsize=4096)
def reads_of(code: types.CodeType) -> Reads:
    """Return what `code` mentions."""
    found: dict[str, set[Any]] = {"GLOBAL": set(), "ATTR": set(), "STORE": set(), "IMPORT": set()}
    found["CHAIN"] = set(_chains(code))
    found["TEXT"] = {each for each in code.co_consts if type(each) is str and each.isidentifier()}
    unseeded, latest, before = None, "", ""
    for step in dis.get_instructions(code):
        name = step.argval
        if (before, step.opname) == ("PUSH_EXC_INFO", "POP_TOP"):  # except: without a name
            found["GLOBAL"].add("BaseException")
        if step.opname == "MATCH_CLASS":  # case Layer(rate=rate)
            found["GLOBAL"].add("getattr")
            found["ATTR"].add("__match_args__")
        before = step.opname
        if step.opname == "CALL" and step.arg == 0 and latest in _SEEDED:
            unseeded = latest
        if step.opname in ("PRECALL", "PUSH_NULL", "CACHE"):
            continue
        latest = name if isinstance(name, str) else ""
        if step.opname in ("LOAD_GLOBAL", "STORE_GLOBAL", "LOAD_NAME", "DELETE_GLOBAL"):
            found["GLOBAL"].add(name)
        elif step.opname == "IMPORT_NAME":
            found["IMPORT"].add(name)
        elif step.opname in _ATTRIBUTE:
            found["ATTR"].add(name)
        if step.opname in ("STORE_GLOBAL", "STORE_ATTR"):
            found["STORE"].add(name)
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            inner = reads_of(each)
            for mine, more in zip(found.values(), inner[:6], strict=True):
                mine.update(more)
            unseeded = unseeded or inner.unseeded
    names = [frozenset(each) for each in found.values()]
    return Reads(names[0], names[1], names[2], names[3], names[4], names[5], unseeded)


@functools.lru_cache(maxsize=4096)
def asked_for_its_type(code: types.CodeType) -> tuple[str, str] | None:
    """Return the variable of which `code` asks ``type(x) is np.ndarray``, and the class."""
    steps = [each for each in dis.get_instructions(code) if each.opname not in _NO_STEPS]
    for k, step in enumerate(steps[:-1]):
        variable = steps[k + 1]
        if step.argval == "type" and variable.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
            rest = itertools.takewhile(lambda each: "_OP" not in each.opname, steps[k + 2 :])
            names = {each.argval for each in rest if isinstance(each.argval, str)}
            if names & _OF_NUMPY and "Tensor" not in names:
                return str(variable.argval), min(names & _OF_NUMPY)
    inner = (each for each in code.co_consts if isinstance(each, types.CodeType))
    return next(filter(None, map(asked_for_its_type, inner)), None)


@functools.lru_cache(maxsize=4096)
def asks_which(code: types.CodeType) -> bool:
    """Return whether `code` may ask if two arrays are one: ``a is b``, ``id(a)``."""
    if not _OF_MEMORY.isdisjoint(code.co_names):
        return True
    latest: list[str] = []  # operations since a variable was read
    for step in dis.get_instructions(code):
        name = "BINARY_SUBSCR" if step.argrepr == "[]" else step.opname  # as before Python 3.14
        if name == "IS_OP" and (not latest or latest[-1] == "BINARY_SUBSCR"):
            return True
        if name.startswith(("LOAD_FAST", "LOAD_DEREF")):
            latest = []
        elif name not in _NO_STEPS and "LOAD_ATTR" not in latest:
            latest.append(name)
    return any(asks_which(each) for each in code.co_consts if isinstance(each, types.CodeType))


@functools.lru_cache(maxsize=4096)
def keeps_warnings(code: types.CodeType) -> bool:
    """Return whether `code` has ``with warnings.catch_warnings(record=True) as w``."""
    if "catch_warnings" in code.co_names:
        steps = [each for each in dis.get_instructions(code) if each.opname not in _NO_STEPS]
        for k, step in enumerate(steps):
            names = code.co_consts[step.arg or 0] if step.opname == "KW_NAMES" else step.argval
            if type(names) is tuple and "record" in names:
                kept = (each.opname for each in steps[k:])
                if next(filter(_ENDS.__contains__, kept), "").startswith("STORE"):
                    return True
    return any(keeps_warnings(each) for each in code.co_consts if isinstance(each, types.CodeType))


_ENDS = {"STORE_FAST", "STORE_DEREF", "STORE_GLOBAL", "STORE_NAME", "STORE_ATTR", "POP_TOP"}
_OF_MEMORY = {"id", "shares_memory", "may_share_memory"}
_OF_NUMPY = {"ndarray", "float64", "float32", "int64", "int32", "bool_"}
"""Classes of what a function may be called with, and is not recorded with."""
_NO_STEPS = ("CACHE", "EXTENDED_ARG", "PUSH_NULL")


@functools.lru_cache(maxsize=4096)
def hands_on(code: types.CodeType, name: str | None = None) -> bool:
    """Return whether `code` does more with its first parameter than to use its attributes.

    With `name`, of nested code, that is a variable of the code around it.
    """
    if name is None:
        if not code.co_argcount:
            return True
        name = code.co_varnames[0]
    inner = [each for each in code.co_consts if isinstance(each, types.CodeType)]
    if any(name in each.co_freevars and hands_on(each, name) for each in inner):
        return True
    steps = [each for each in dis.get_instructions(code) if each.opname not in _NO_STEPS]
    shared = name in code.co_cellvars or name in code.co_freevars
    for step, following in itertools.pairwise(steps):
        is_plain = "LOAD_FAST" in step.opname
        if not is_plain and not (step.opname.startswith("LOAD") and "DEREF" in step.opname):
            continue
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if name not in names or (is_plain and shared):  # the latter only makes a function
            continue
        if names.index(name) < len(names) - 1 or following.opname not in _ATTRIBUTE:
            return True
    return False


def _chains(code: types.CodeType) -> Iterator[tuple[str, ...]]:
    """Yield each global that `code` reads, with the attributes that it goes on to."""
    chain: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if step.opname in _NO_STEPS:
            continue
        if chain and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chain += (step.argval,)
            continue
        if chain:
            yield chain
        chain = (step.argval,) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else ()


_ATTRIBUTE = {
    "LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "STORE_ATTR", "DELETE_ATTR", "IMPORT_FROM",
}  # fmt: skip


def is_library(module: str | None) -> bool:
    """Return whether a module is NumPy, this engine, of Python, or otherwise installed.

    What runs as ``__main__`` is a user's, also where an installed program runs it.
    """
    return _origin(module, _file_of(module)).library


def is_trusted(module: str | None) -> bool:
    """Return whether a module is NumPy, this engine or of Python."""
    return _origin(module, _file_of(module)).trusted


def is_pythons(module: str | None) -> bool:
    """Return whether a module is of Python, and not a user's file of that name: ``profile.py``."""
    return _origin(module, _file_of(module)).pythons


def _file_of(module: str | None) -> str | None:
    """Return the file of a module; None if it is built in, or ``__main__``."""
    return (
        None if module == "__main__" else getattr(sys.modules.get(module or ""), "__file__", None)
    )


class _Origin(NamedTuple):
    """What is asked of where a module comes from."""

    library: bool
    trusted: bool
    pythons: bool


@functools.lru_cache(maxsize=4096)
def _origin(module: str | None, file: str | None) -> _Origin:
    package = (module or "").partition(".")[0]
    parts = _parts_of(file or "")
    pythons = package in sys.stdlib_module_names and (
        not parts or parts[: len(_HOME)] == _HOME or not parts[-1].endswith((".py", ".pyc"))
    )
    trusted = pythons or package in {"numpy", "autograd_mini"}
    installed = {"site-packages", "dist-packages"}
    return _Origin(trusted or not installed.isdisjoint(parts), trusted, pythons)


def _parts_of(file: str) -> tuple[str, ...]:
    return Path(file).parts


_HOME = _parts_of(os.__file__)[:-1]
"""Where Python's own modules are, but for those written in C."""


def home_of(kind: type) -> str:
    """Return the module of a class, "" if that was made in none, by code that `exec` runs."""
    home: Any = kind.__module__
    if not isinstance(home, str):  # of some that are written in C
        return "builtins"
    return "" if home == "builtins" and not is_fixed(kind) else home


def is_fixed(kind: type) -> bool:
    """Return whether a class is written in C, and nobody can change it."""
    return kind.__flags__ & (_HEAP | _FIXED) != _HEAP


_HEAP, _FIXED = 1 << 9, 1 << 8
"""Of the flags of a class: it was made while Python runs; it cannot be changed."""
