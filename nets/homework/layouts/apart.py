"""Backward passes that are several functions, each for one gradient: made into one."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from nets.homework.reading.names import function_role
from nets.homework.reading.source import Source

__all__ = ["with_one_backward"]

TOGETHER = "gradients_of_each"
"""The function that calls the others."""

_ONE = re.compile(r"(?:d|derivatives?|deriv|grad|gradients?)_?(?P<of>[wWbBvV]\d*)$")


def with_one_backward(source: Source) -> Source:
    """Return the file with a function that calls ``derivative_w1(…)``, ``derivative_b1(…)``, ….

    It is added where at least two of them take arguments and no function does more.
    """
    functions = list(source.functions())
    single = {
        found["of"]: each
        for each in functions
        if (found := _ONE.match(each.name)) and each.args.args and not each.args.vararg
    }
    if len(single) < 2 or any(function_role(each.name) == "backward" for each in functions):
        return source
    arguments = dict.fromkeys(a.arg for each in single.values() for a in each.args.args)
    calls = {
        f"d{of}": f"{each.name}({', '.join(a.arg for a in each.args.args)})"
        for of, each in single.items()
    }
    body = ", ".join(f"{key!r}: {call}" for key, call in calls.items())
    made = ast.parse(f"def {TOGETHER}({', '.join(arguments)}): return {{{body}}}").body[0]
    last = max(each.end_lineno or each.lineno for each in single.values())
    ast.increment_lineno(made, last - 1)
    return replace(source, tree=ast.Module([*source.tree.body, made], []))
