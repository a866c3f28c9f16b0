"""A derivation as a document: a page, LaTeX, Markdown, a Python file or plain text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Protocol

from autograd_mini.formulas.folding import Line, Loop
from autograd_mini.formulas.mathml import formula

__all__ = ["FORMS", "document", "fragment"]


class Derived(Protocol):
    """What a document is made of."""

    @property
    def title(self) -> str:
        """What the formulas are of."""

    @property
    def given(self) -> Sequence[Line | Loop]:
        """What of the forward pass is used."""

    @property
    def lines(self) -> Sequence[Line | Loop]:
        """The backward formulas."""

    @property
    def text(self) -> str:
        """The formulas, one a line."""

    @property
    def latex(self) -> str:
        """The formulas, aligned."""

    @property
    def source(self) -> str:
        """A NumPy function."""


_STYLE = """
.ag-derivation { font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark; max-width: 100%;
  overflow-x: auto; }
.ag-derivation table { border-collapse: collapse; margin: .3em 0 1.1em; }
.ag-derivation caption { text-align: left; font-weight: 600; white-space: nowrap; padding: .4em 0; }
.ag-derivation th { text-align: left; font-weight: 600; font-size: .82em; opacity: .75; }
.ag-derivation th, .ag-derivation td { padding: .38em .9em .38em 0; vertical-align: baseline;
  border: 0; background: none; text-align: left; border-bottom: 1px solid #8884; }
.ag-derivation td.ag-name { text-align: right; padding-right: .3em; }
.ag-derivation td.ag-shape { white-space: nowrap; font-variant-numeric: tabular-nums; }
.ag-derivation td.ag-why { font-size: .88em; max-width: 34em; white-space: normal; }
.ag-derivation td.ag-why b { font-weight: 600; }
.ag-derivation td.ag-why i { font-style: normal; font-family: "Cambria Math", math, serif; }
.ag-derivation .ag-inner td:first-child { padding-left: 2em; }
.ag-derivation math { font-size: 1.12em; }
@media (max-width: 44em) {
  .ag-derivation thead { display: none; }
  .ag-derivation tr { display: flex; flex-wrap: wrap; align-items: baseline;
    border-bottom: 1px solid #8884; }
  .ag-derivation th, .ag-derivation td { border-bottom: 0; }
  .ag-derivation td.ag-shape { margin-left: auto; opacity: .75; }
  .ag-derivation td.ag-why { flex: 1 0 100%; padding-top: 0; }
}
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; background: light-dark(#fff, #0f1318);
  color: light-dark(#1b222c, #e6eaf0); }}
body {{ margin: 2em auto; max-width: 76em; padding: 0 1.5em;
  font: 15px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.4em; }} h2 {{ font-size: 1.05em; }}
pre {{ overflow-x: auto; padding: 1em; border: 1px solid #8884; border-radius: 8px; }}
</style>
<h1>{title}</h1>
{fragment}
<h2>As a NumPy function</h2>
<pre><code>{source}</code></pre>
</html>
"""


def fragment(derived: Derived) -> str:
    """Return the formulas as part of a page: each with its shape, its rule and the reason."""
    given = list(derived.given)
    backward = [line for line in derived.lines if line not in given]
    tables = [
        _table("Of the forward pass", given, explained=False) if given else "",
        _table("Backward", backward, explained=True),
    ]
    return f'<div class="ag-derivation"><style>{_STYLE}</style>{"".join(tables)}</div>'


def _table(title: str, lines: Sequence[Line | Loop], explained: bool) -> str:
    heads = ["", "Formula", "Shape", *(["Why"] if explained else [])]
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    rows = "".join(_rows(each, explained) for each in lines)
    return (
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _rows(line: Line | Loop, explained: bool) -> str:
    if isinstance(line, Line):
        return _row(line, explained)
    before = "".join(_row(each, explained) for each in line.start)
    inner = "".join(_row(each, explained, ' class="ag-inner"') for each in line.lines)
    heading = f"<math>{formula(line.latex_heading)}</math>"
    return f'{before}<tr><td colspan="{3 + explained}">{heading}</td></tr>{inner}'


def _row(line: Line, explained: bool, kind: str = "") -> str:
    left, _, right = line.latex.partition(" = ")
    why = f'<td class="ag-why">{_why(line)}</td>' if explained else ""
    return (
        f'<tr{kind}><td class="ag-name"><math>{formula(left)}</math></td>'
        f'<td><math displaystyle="true"><mo>=</mo>{formula(right)}</math></td>'
        f'<td class="ag-shape">{line.shape}</td>{why}</tr>'
    )


def _why(line: Line) -> str:
    """Return rule, local derivative and reason as one sentence of HTML."""
    parts = [f"<b>{escape(line.rule)}</b>"] if line.rule else []
    parts += [f"<i>{escape(line.local)}</i>"] if line.local else []
    parts += [escape(line.reason)] if line.reason else []
    return " · ".join(parts)


def _source(derived: Derived) -> str:
    """Return the source; why there is none, where an operation has none."""
    try:
        return derived.source
    except ValueError as problem:
        return f"# There is {problem}.\n"


def _html(derived: Derived) -> str:
    return _PAGE.format(
        title=escape(derived.title), fragment=fragment(derived), source=escape(_source(derived))
    )


_IN_TEX = str.maketrans({
    **{c: f"\\{c}" for c in "#$%&_{}"},
    **{c: f"\\text{name}{{}}" for c, name in (
        ("\\", "backslash"), ("~", "asciitilde"), ("^", "asciicircum"), ("<", "less"),
        (">", "greater"),
    )},
})  # fmt: skip
"""Characters that mean something else in LaTeX."""


def _tex(derived: Derived) -> str:
    heading = derived.title.translate(_IN_TEX)
    return (
        "\\documentclass{article}\n\\usepackage{amsmath}\n"
        "\\usepackage[margin=2cm]{geometry}\n\\pagestyle{empty}\n"
        f"\\begin{{document}}\n\\section*{{{heading}}}\n"
        f"\\[\n{derived.latex}\n\\]\n\\end{{document}}\n"
    )


def _markdown(derived: Derived) -> str:
    rows = [row for line in derived.lines for row in _markdown_rows(line)]
    return (
        f"# {derived.title}\n\n| Formula | Shape | Why |\n| --- | --- | --- |\n"
        + "\n".join(rows)
        + f"\n\n```python\n{_source(derived).rstrip()}\n```\n"
    )


def _markdown_rows(line: Line | Loop) -> list[str]:
    if isinstance(line, Line):
        why = " · ".join(part for part in (line.rule, line.local, line.reason) if part)
        return [f"| ${line.latex}$ | {line.shape} | {why} |"]
    inner = [row for each in (*line.start, *line.lines) for row in _markdown_rows(each)]
    heading = f"| ${line.latex_heading}$ | | |"
    return [*inner[: len(line.start)], heading, *inner[len(line.start) :]]


FORMS: dict[str, Callable[[Derived], str]] = {
    ".html": _html,
    ".tex": _tex,
    ".md": _markdown,
    ".py": lambda derived: derived.source,
    ".txt": lambda derived: derived.text + "\n",
}
"""What is written to a file, by its suffix."""


def document(derived: Derived, suffix: str) -> str:
    """Return what a file with this suffix holds.

    Raises
    ------
    ValueError
        If nothing is written to files of this kind.
    """
    form = FORMS.get(suffix.lower())
    if form is None:
        known = ", ".join(FORMS)
        instead = f", not as {suffix}" if suffix else ": the suffix of the file says as which"
        raise ValueError(f"formulas are written as {known}{instead}")
    return form(derived)
