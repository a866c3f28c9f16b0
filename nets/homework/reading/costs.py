"""Which methods compute a cost, by what they are called and take."""

from __future__ import annotations

import ast
import re

from nets.homework.reading.names import function_role, role_of

__all__ = ["is_cost"]

_VALUE = re.compile(r"fn|f|value|compute|calc(ulate)?|evaluate|call|forward|__call__")


def is_cost(function: ast.FunctionDef) -> bool:
    """Return whether a method takes a prediction and labels, and is called like a cost.

    Parameters
    ----------
    function : ast.FunctionDef
    """
    arguments = [each.arg for each in function.args.args if each.arg != "self"]
    named = function_role(function.name) == "cost" or _VALUE.fullmatch(function.name)
    return bool(named) and len(arguments) == 2 and any(role_of(each) == "Y" for each in arguments)
