"""Write what was measured: a page of Markdown with its tables, and a plot."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CONTENDERS", "Row", "write"]

Row = tuple[str, str, dict[str, float], float]
"""Of a workload: its name, title, ratios by contender, and milliseconds of a ratio of 1."""

CONTENDERS = {
    "the least": "#e0e0e0",
    "handwritten": "#9e9e9e",
    "handtuned": "#616161",
    "ours, as recorded": "#90caf9",
    "ours, compiled": "#1e88e5",
    "ours, compiled, numba": "#0d47a1",
    "torch": "#ef6c00",
    "torch.compile": "#ffb74d",
    "jax.jit": "#6a1b9a",
    "MyGrad": "#81c784",
    "HIPS autograd": "#c5e1a5",
}
"""In the order of the page, with their colours in the plot."""

_TEXT = """# How fast, beside whom

One training step (forward, cost, backward, update) as a multiple of the time that the course's
own NumPy takes ("handwritten"; for W5, torch): **less is faster**. CPU time on one thread; each
contender has a process of its own, where nothing is loaded that it does not need. They take turns
within one run, and each ratio is one of medians over all rounds. Before anything is measured, all
must agree on the cost and, through the updated parameters, on every gradient (to 1e-9 in float64,
1e-3 in float32).

{table}

![The same numbers as bars](benchmarks.svg)

- *the least* is what nobody who multiplies with NumPy can do without: the matrix products of the
  step alone; for W6, reading three arrays and writing three.
- *handwritten* is what a learner writes: new arrays everywhere, and the gradient of the input too.
- *handtuned* is the best straight NumPy that we can write
  ([it is a page of code](../tests/benchmarks/handtuned.py)): arrays made once, `out=` everywhere,
  one vector of parameters, elementwise chains in blocks; for W5, Python floats.
- *ours* is the same mathematics as plain NumPy expressions: recorded anew at each step, or
  compiled once with `ag.compile(f)`, or with `ag.compile(f, backend="numba")`, which multiplies
  matrices by itself where the CPU has AVX-512. As recorded, the data are tensors that nobody else
  knows, as torch's are. A large array that others could write into is looked at twice in each
  step, lest it change between forward and backward: for W2, of 20 MB, that takes another tenth.
- W6 by hand takes half as long in a process that has loaded the engine: from then on the C library
  keeps up to 62 MiB of freed memory, instead of giving it back to the system after each step and
  having it cleared again. Programs that make their arrays once do not vary so.
- What small arrays cost as recorded is the work of Python. Where graphs of the same line are built
  alike, their way back is a function, which is written out after sixteen of them (those of a
  thousand nodes: after 128): that is a fifth of W1.
{absent}
## With OpenBLAS told what CPU it is on

{coretype}

## What recording costs

Microseconds of CPU for one small operation (`y = y * 1.0001`), forward and backward, in a chain:

{small}

## Memory

Peak of forward and backward for 20 layers of 64, m = 4096, with all that a program keeps between
calls, over the bytes of the activations A1 … A20:

{memory}

## Time to compile

From the first call to its result; a function is recorded again only for other shapes or dtypes,
and numba compiles a loop once in a process however many programs it stands in, and products of
matrices once for each dtype (here: from nothing, after numba itself was loaded).

{compile}

## Where and how

{machine}; Python {python}, NumPy {numpy}, {versions}. Measured {date}.

```
python -m pip install -e ".[benchmark]"
python -m tests.benchmarks --write docs
```
"""


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _table(rows: Sequence[Row]) -> str:
    names = [each for each in CONTENDERS if any(each in ratios for _, _, ratios, _ in rows)]
    body = []
    for name in names:
        cells = [_cell(name, ratios) for _, _, ratios, _ in rows]
        body.append([f"**{name}**" if name.startswith("ours") else name, *cells])
    body.append(["*1.00 is*", *(f"*{ms:.3g} ms*" for _, _, _, ms in rows)])
    return _markdown(["", *(f"{name} {title}" for name, title, _, _ in rows)], body)


def _cell(name: str, ratios: dict[str, float]) -> str:
    if name not in ratios:
        return "—"
    return f"{ratios[name]:.2f}" if ratios[name] >= 0.1 else f"{ratios[name]:.3f}"


def _plot(rows: Sequence[Row], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(13, 7.2), layout="constrained")
    for ax, (name, title, ratios, _) in zip(axes.flat, rows, strict=False):
        shown = [each for each in CONTENDERS if each in ratios]
        values = [ratios[each] for each in shown]
        bars = ax.barh(shown, values, color=[CONTENDERS[each] for each in shown])
        ax.bar_label(bars, [_cell(each, ratios) for each in shown], padding=3, fontsize=8)
        ax.axvline(1.0, color="#9e9e9e", linewidth=0.8, linestyle="--")
        if max(values) > 20 * min(values):
            ax.set_xscale("log")
        ax.invert_yaxis()
        ax.margins(x=0.15)
        ax.set_title(f"{name} {title}", fontsize=8, loc="right")  # the left has room
        ax.tick_params(labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle("CPU time of one step, handwritten NumPy (W5: torch) = 1; less is faster")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write(folder: Path, rows: Sequence[Row], extra: dict[str, Any]) -> None:
    """Write ``benchmarks.md`` and ``benchmarks.svg`` into a folder.

    Parameters
    ----------
    folder : Path
    rows : sequence of Row
    extra : dict
        ``coretype``, ``small``, ``memory``, ``compile``: lists of rows, the first of which is
        the head; ``versions``, ``absent``: text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        key: _markdown(extra[key][0], extra[key][1:]) if extra[key] else "Not measured here."
        for key in ("coretype", "small", "memory", "compile")
    }
    text = _TEXT.format(
        table=_table(rows),
        machine=_machine(),
        python=platform.python_version(),
        numpy=np.__version__,
        versions=extra["versions"],
        absent=extra["absent"],
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        **tables,
    )
    svg, page = folder / "benchmarks.svg", folder / "benchmarks.md"
    draft = svg.with_name(".benchmarks.svg")
    _plot(rows, draft)
    draft.replace(svg)
    draft = page.with_name(".benchmarks.md")
    draft.write_text(text, encoding="utf-8")
    draft.replace(page)


def _machine() -> str:
    """Return what is known of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    model = next((e.partition(":")[2].strip() for e in lines if e.startswith("model name")), "")
    flags = next((e for e in lines if e.startswith("flags")), "")
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{model or platform.machine()} ({vectors}), {os.cpu_count()} cores, of which one used"
