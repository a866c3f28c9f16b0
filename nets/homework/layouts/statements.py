"""Backpropagation by statements at the top of a file, one after the other, without a loop."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from nets.homework.layouts.layered import NETWORK, function_of
from nets.homework.layouts.loops import BACKWARD, FORWARD
from nets.homework.layouts.trainings import stored
from nets.homework.reading.source import Source, definitions

__all__ = ["with_statements"]

COST = "cost"

_COST = re.compile(r"(\w*_)?(loss|cost)|J|L")
_GRADIENT = re.compile(r"d_?(?P<of>[A-Za-z]\w*)")
_READS = re.compile(
    r"(load|open|read|from_?file|memmap|genfrom|fetch|url|eval|exec|system|save|dump|to_?file|__)\w*"
    r"|input|compile|getattr|vars|globals|locals"
)
_NUMERICAL = re.compile(r"(numpy|math|cmath|random|itertools|collections|functools)(\.|$)")

Line = ast.Assign | ast.AugAssign | ast.For


@dataclass(frozen=True)
class _Sections:
    """The lines of a file that make parameters and data, go forward, and come back.

    What lines make that are not run is left out.
    """

    left_out: Set[str]
    making: Sequence[ast.stmt]
    forward: Sequence[ast.stmt]
    backward: Sequence[ast.stmt]
    parameters: Sequence[str]
    gradients: Sequence[str]


def with_statements(source: Source) -> Source:
    """Return the file with functions of its lines, where these go forward and back themselves.

    ``logits = h @ W2`` and so on to ``loss = …``; then ``dlogits = …``, ``dW2 = h.T @ dlogits``.
    It is run on the parameters and the data that lines before make with NumPy.
    """
    if any(each.name == FORWARD for each in source.functions()):
        return source
    sections = _sections(source.tree, _foreign(source.tree))
    if sections is None:
        return source
    known = _known(source) - sections.left_out
    made = {name for line in sections.making for name in stored(line)}
    made_forward = [name for line in sections.forward for name in sorted(stored(line))]
    results = [name for name in made_forward if name == COST or not _COST.fullmatch(name)]
    missing = _loaded(sections.making, known) | _loaded(sections.forward, known | made)
    if missing:
        names = ", ".join(sorted(missing))
        return replace(
            source,
            lacking=f"the lines that go forward use {names}, which NumPy alone does not make, and "
            "of a file only imports, definitions and such lines are executed: "
            "put small arrays in the file instead",
        )
    twice = {e for line in (*sections.forward, *sections.backward) for e in stored(line)} & made
    if twice := twice - set(sections.parameters):
        names = ", ".join(sorted(twice))
        return replace(
            source,
            lacking=f"the lines that go forward and back make {names} anew, which lines before "
            "have made: give it another name there",
        )
    of_forward = {*results, *sections.parameters}
    needed = _loaded(sections.backward, (known | made) - of_forward)
    functions = [
        function_of(
            NETWORK,
            [],
            [ast.Global(sorted(made)), *sections.making, _returned(sections.parameters)],
        ),
        function_of(
            FORWARD,
            sections.parameters,
            [*sections.forward, _returned(list(dict.fromkeys(results)))],
        ),
        function_of(BACKWARD, sorted(needed), [*sections.backward, _by_name(sections.gradients)]),
    ]
    return replace(source, tree=ast.Module([*source.tree.body, *functions], []))


def _sections(tree: ast.Module, foreign: Set[str]) -> _Sections | None:
    """Return the sections of a file, None where its lines do not go forward and back.

    Lines that use `foreign` packages, or read files, are left out.
    """
    written = [each for each in tree.body if isinstance(each, Line)]
    own = {name for line in written for name in stored(line)}
    lines = [each for each in written if _only_computes(each, foreign, own)]
    costs = [k for k, each in enumerate(lines) if any(map(_COST.fullmatch, stored(each)))]
    # The last one before the gradients, `loss = data_loss + reg_loss`: after them it is another's.
    for k in reversed(costs):
        before, after = lines[: k + 1], lines[k + 1 :]
        values = {name for line in before for name in stored(line)}
        if any(True for line in before for _ in _gradients(line, values)):
            continue
        back = [each for each in after if _stems(each, values) and not stored(each) & values]
        of = [stem for line in back for stem in _stems(line, values)]
        parameters, forward = _forward(before, set(of))
        if len(parameters) > 1 and lines[k] in forward:
            apart = {id(each) for each in forward}
            making = _computing([each for each in written if id(each) not in apart], foreign, own)
            making = [each for each in making if each in before]
            gradients = list(dict.fromkeys(n for each in back for n in _gradients(each, values)))
            # With what stands between, such as an update of what is used afterwards.
            whole = after[: max(after.index(each) for each in back) + 1]
            forward = [*forward, _as_cost(lines[k])]
            left_out = {name for line in written for name in stored(line)}
            left_out -= {name for line in (*making, *forward, *whole) for name in stored(line)}
            return _Sections(left_out, making, forward, whole, parameters, gradients)
    return None


def _as_cost(line: ast.stmt) -> ast.stmt:
    """Return a line that calls the cost so, and not ``total_loss``, or ``L``."""
    name = next(each for each in sorted(stored(line)) if _COST.fullmatch(each))
    made = ast.Assign([ast.Name(COST, ast.Store())], ast.Name(name, ast.Load()))
    return ast.fix_missing_locations(ast.copy_location(made, line))


def _changed(line: ast.stmt) -> set[str]:
    """Return the names that get a value, or another one in a place: ``dC[ix] += demb[k, j]``."""
    places = (e for e in ast.walk(line) if isinstance(e, ast.Subscript))
    inside = {ast.unparse(e.value) for e in places if isinstance(e.ctx, ast.Store)}
    return stored(line) | inside


def _gradients(line: ast.stmt, values: Set[str]) -> Iterator[str]:
    for name in sorted(_changed(line)):
        found = _GRADIENT.fullmatch(name)
        if found is not None and found["of"] in values and name not in values:
            yield name


def _stems(line: ast.stmt, values: Set[str]) -> list[str]:
    """Return what a line makes the gradients of: ``W2`` of ``dW2 = h.T @ dlogits``."""
    return [re.sub("^d_?", "", name) for name in _gradients(line, values)]


def _forward(before: Sequence[ast.stmt], of: Set[str]) -> tuple[list[str], list[ast.stmt]]:
    """Return what of all that has a gradient is made of nothing that has one, and what follows."""
    parameters: dict[str, None] = {}
    derived: set[str] = set()
    lines = []
    for line in before:
        if _loaded([line], set()) & (derived | set(parameters)):
            lines.append(line)
            derived |= stored(line)
        else:
            parameters |= dict.fromkeys(sorted(stored(line) & of))
    return [name for name in parameters if name not in derived], lines


def _computing(lines: Sequence[ast.stmt], foreign: Set[str], own: Set[str]) -> list[ast.stmt]:
    """Return the lines that only compute, and of nothing that lines before them have read."""
    read, found = set(foreign), []
    for line in lines:
        if _only_computes(line, read, own):
            found.append(line)
        else:
            read |= stored(line)
    return found


def _only_computes(line: ast.stmt, foreign: Set[str], own: Set[str]) -> bool:
    """Return whether a line makes arrays, and names nothing of files or of `foreign` packages."""
    nodes = list(ast.walk(line))
    named = {each.id for each in nodes if isinstance(each, ast.Name)}
    asked = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
    return named.isdisjoint(foreign) and not any(map(_READS.fullmatch, named - own | asked))


def _foreign(tree: ast.Module) -> set[str]:
    """Return what is imported from packages that do more than compute, or does more itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {e.asname or e.name for e in node.names if not _NUMERICAL.match(e.name)}
        elif isinstance(node, ast.ImportFrom):
            more = not _NUMERICAL.match(node.module or "")
            found |= {e.asname or e.name for e in node.names if more or _READS.fullmatch(e.name)}
    return {each.partition(".")[0] for each in found}


def _known(source: Source) -> set[str]:
    """Return what needs no argument: what is imported, defined, a constant or a builtin."""
    constants = {name for line in definitions(source.tree).body for name in stored(line)}
    functions = {each.name for each in source.functions()} | {e.name for e in source.classes()}
    return constants | functions | source.module_names() | set(dir(builtins))


def _loaded(lines: Sequence[ast.stmt], known: Set[str]) -> set[str]:
    """Return the names that lines use before they make them."""
    made: set[str] = set()
    found: set[str] = set()
    for line in lines:
        loop = stored(line) if isinstance(line, ast.For) else set()
        inner = {
            name
            for node in ast.walk(line)
            if isinstance(node, ast.comprehension)
            for name in stored(node.target)
        }
        used = {
            node.id
            for node in ast.walk(line)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        used |= stored(line) if isinstance(line, ast.AugAssign) else set()
        found |= used - made - loop - inner - known
        made |= stored(line)
    return found


def _returned(names: Sequence[str]) -> ast.Return:
    return ast.Return(ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load()))


def _by_name(names: Sequence[str]) -> ast.Return:
    keys: list[ast.expr | None] = [ast.Constant(name) for name in names]
    return ast.Return(ast.Dict(keys, [ast.Name(name, ast.Load()) for name in names]))
