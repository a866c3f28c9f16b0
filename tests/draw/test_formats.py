"""Every format is valid, says the same, and can be had with whatever is installed."""

import importlib.util
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pygraphviz
import pytest

import autograd_mini as ag
from autograd_mini.draw import engines

from .networks import PICTURES, chain, expression, network

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def picture():
    return ag.draw(network([3, 4, 1])[0])


def without_wheel(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "pygraphviz" else found(name)
    )


def without_any_graphviz(monkeypatch):
    monkeypatch.setenv("PATH", "")
    without_wheel(monkeypatch)


# -- SVG ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_svg_is_valid_and_holds_every_box_and_edge_once(name):
    picture = PICTURES[name]()
    root = ET.fromstring(picture.to_svg("p"))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert all(each.startswith("p") for each in ids)
    nodes = [g for g in root.iter(f"{SVG}g") if "ag-node" in (g.get("class") or "")]
    assert {g.get("id") for g in nodes} == {f"p-{key}" for key in picture.view.boxes}
    edges = [p for p in root.iter(f"{SVG}path") if "ag-edge" in (p.get("class") or "")]
    drawn = sorted((p.get("data-from"), p.get("data-to")) for p in edges)
    assert drawn == sorted(picture.view.edges)
    assert all(each.find(f"{SVG}title") is not None for each in (*nodes, *edges))


def test_svg_text_is_text_in_the_notation_of_the_course(picture):
    root = ET.fromstring(picture.to_svg())
    box = next(g for g in root.iter(f"{SVG}g") if g.get("data-name") == "W2")
    title = box.find(f"{SVG}text")
    assert "".join(title.itertext()) == "W[2]"
    raised = title.find(f"{SVG}tspan")
    assert raised.text == "[2]"
    assert float(raised.get("dy")) < 0
    assert "1 × 4" in "".join(box.itertext())


def test_svg_follows_light_and_dark_and_keeps_pictures_apart(picture):
    text = picture.to_svg("one")
    assert "prefers-color-scheme:dark" in text
    references = re.findall(r"url\(#([^)]+)\)", text)
    assert references
    assert all(each.startswith("one-") for each in references)


def test_two_pictures_in_one_notebook_share_no_id(picture):
    first, second = (set(re.findall(r' id="([^"]+)"', picture._repr_svg_())) for _ in range(2))
    assert first
    assert not first & second


def test_names_that_are_markup_stay_names():
    x = ag.tensor(1.0, requires_grad=True, name='<b> & "c"')
    with ag.scope('a"b<c>'):
        y = x * 2
        y.name = "x<y"
    picture = ag.draw(y, values=True)
    assert "<b>" not in picture.to_svg().replace("&lt;b&gt;", "")
    ET.fromstring(picture.to_svg())
    assert len(pygraphviz.AGraph(string=picture.to_dot()).nodes()) == len(picture.view.boxes)
    assert picture.to_bytes("png").startswith(b"\x89PNG")


# -- DOT ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_dot_is_valid_with_a_cluster_for_each_scope(name):
    picture = PICTURES[name]()
    graph = pygraphviz.AGraph(string=picture.to_dot())
    assert set(graph.nodes()) == set(picture.view.boxes)
    assert len(graph.edges()) == len(picture.view.edges)
    clusters = re.findall(r'subgraph "?cluster_([^" ]+)"? \{', picture.to_dot())
    assert sorted(clusters) == sorted(picture.view.scopes())


def test_dot_draws_backward_edges_in_reverse_and_lets_caches_not_pull(picture):
    graph = pygraphviz.AGraph(string=picture.to_dot())
    for source, target in picture.view.edges:
        kind = picture.view.kind((source, target))
        if kind == "backward":
            assert graph.get_edge(target, source).attr["dir"] == "back"
        else:
            edge = graph.get_edge(source, target)
            assert edge.attr["dir"] in (None, "")
            assert (edge.attr["constraint"] == "false") == (kind == "cache")


# -- text -----------------------------------------------------------------------------------------


TREE = """\
J = −Σ(Y ⊙ log(A2) + (1 − Y) ⊙ log(1 − A2)) / 5  (scalar)  [cost]
├─ A2 = σ(Z2)  (1 × 5)  [layer 2]
│  └─ Z2 = W2 A1 + b2  (1 × 5)  [layer 2]
│     ├─ W2  (1 × 3)
│     ├─ A1 = tanh(Z1)  (3 × 5)  [layer 1]
│     │  └─ Z1 = W1 X + b1  (3 × 5)  [layer 1]
│     │     ├─ W1  (3 × 2)
│     │     ├─ X  (2 × 5)
│     │     └─ b1  (3 × 1)
│     └─ b2  (1 × 1)
└─ Y  (1 × 5)
dW1 = dZ1 Xᵀ  (3 × 2)  [layer 1 backward]
├─ dZ1 = dA1 ⊙ (1 − (A1)²)  (3 × 5)  [layer 1 backward]
│  ├─ A1  (above)
│  └─ dA1 = W2ᵀ dZ2  (3 × 5)  [layer 2 backward]
│     ├─ W2  (1 × 3)
│     └─ dZ2 = dA2 ⊙ A2 ⊙ (1 − A2)  (1 × 5)  [layer 2 backward]
│        ├─ A2  (above)
│        └─ dA2 = dJ · ((1 − Y) / (1 − A2) − Y / A2) / 5  (1 × 5)  [cost backward]
│           ├─ A2  (above)
│           ├─ dJ  (scalar)
│           └─ Y  (1 × 5)
└─ X  (2 × 5)
db1 = Σ[axis 1] dZ1  (3 × 1)  [layer 1 backward]
└─ dZ1  (above)
dW2 = dZ2 A1ᵀ  (1 × 3)  [layer 2 backward]
├─ A1  (above)
└─ dZ2  (above)
db2 = Σ[axis 1] dZ2  (1 × 1)  [layer 2 backward]
└─ dZ2  (above)"""


def test_text_is_a_tree_that_shows_shared_steps_once():
    assert ag.draw(network([2, 3, 1], "tanh")[0]).to_text() == TREE


def test_a_deep_tree_does_not_run_off_the_page():
    text = ag.draw(chain(1500), full=True, expand=True, backward=False).to_text()
    assert len(text.splitlines()) == 1501
    assert max(map(len, text.splitlines())) < 120


# -- files ----------------------------------------------------------------------------------------

SIGNATURES = {
    "svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph", "txt": b"J = ",
    "html": b"<!doctype html>",
}  # fmt: skip


@pytest.mark.parametrize("suffix", SIGNATURES)
def test_the_suffix_says_what_file_to_write(tmp_path, suffix):
    path = tmp_path / f"graph.{suffix}"
    ag.draw(network([3, 4, 1])[0], path)
    assert path.read_bytes().startswith(SIGNATURES[suffix])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_unknown_suffix_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="suffix must be one of"):
        ag.draw(expression(), tmp_path / "graph.jpeg")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*absent'"):
        ag.draw(expression(), tmp_path / "absent" / "graph.svg")


def test_a_failed_drawing_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "graph.svg"
    path.write_text("old")
    picture = ag.draw(expression())
    picture.save(path)
    whole = path.read_bytes()
    monkeypatch.setattr(Path, "replace", lambda self, target: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        picture.save(path)
    assert path.read_bytes() == whole
    assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_the_wheel_draws_with_an_empty_path(form, monkeypatch, picture):
    monkeypatch.setenv("PATH", "")
    called = engines._commands("nop2", form)
    assert [command[0] for command in called] == [sys.executable]
    assert picture.to_bytes(form).startswith(SIGNATURES[form])


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_matplotlib_draws_where_there_is_no_graphviz(form, monkeypatch):
    without_any_graphviz(monkeypatch)
    picture = ag.draw(network([3, 4, 1])[0], values=True)
    assert picture.to_bytes(form).startswith(SIGNATURES[form])


def test_with_neither_the_error_says_what_to_install(monkeypatch, picture):
    without_any_graphviz(monkeypatch)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"autograd_mini\[pictures\]"):
        picture.to_bytes("png")
    assert picture.to_svg().startswith("<svg")
    assert picture.to_html().startswith("<!doctype html>")


def test_graphviz_that_takes_too_long_is_not_waited_for(monkeypatch, picture):
    def slow(*args, timeout, **options):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(subprocess, "run", slow)
    assert engines.run_graphviz("digraph {}", "dot", "plain", 0.1) is None
    assert picture.to_bytes("png").startswith(b"\x89PNG")  # matplotlib takes over


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_the_program_on_the_path_comes_first(form, monkeypatch, tmp_path, picture):
    """A stand-in for ``dot`` that understands -K and -T, and leaves a trace."""
    program = tmp_path / "dot"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "open(os.path.join(os.path.dirname(__file__), 'called'), 'w').close()\n"
        "sys.argv = ['', *(each[2:] for each in sys.argv[1:])]\n" + engines._WHEEL
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert picture.to_bytes(form).startswith(SIGNATURES[form])
    assert (tmp_path / "called").exists()


def test_a_program_that_fails_gives_way_to_the_next(monkeypatch, tmp_path):
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = engines.run_graphviz("digraph { a -> b }", "dot", "plain")
    assert answer is not None
    assert answer.startswith(b"graph")


# -- the page and the notebook --------------------------------------------------------------------


def test_the_page_needs_nothing_from_elsewhere(picture):
    text = picture.to_html()
    assert "<svg" in text
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", text)


def test_graphs_and_tensors_show_themselves_in_a_notebook():
    J, _ = network([3, 4, 1])
    graph = ag.graph(J)
    assert ET.fromstring(graph._repr_svg_()).tag == f"{SVG}svg"
    assert "<svg" in graph._repr_html_()
    assert "<svg" in J._repr_html_()
    assert "<svg" not in ag.tensor([1.0, 2.0])._repr_html_()


def test_drawing_is_loaded_only_when_something_is_drawn():
    program = (
        "import sys, autograd_mini as ag; "
        "heavy = [m for m in sys.modules if m.startswith(('graphviz', 'autograd_mini.draw.'))]; "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_summary_counts_what_each_node_costs():
    J, _ = network([3, 4, 1])
    table = ag.graph(J).summary()
    rows = {row.node: row for row in table.rows}
    assert len(table.rows) == len(ag.graph(J))
    assert (rows["t1"].op, rows["t1"].shape, rows["t1"].flops) == ("matmul", (4, 5), 2 * 4 * 3 * 5)
    assert (rows["A1"].op, rows["A1"].bytes, rows["A1"].flops) == ("relu", 160, 20)
    assert rows["W1"].source == ""
    assert rows["Z1"].source.startswith("networks.py:")
    assert table.bytes == sum(row.bytes for row in table.rows)
    assert str(table).splitlines()[0].split() == [
        "node", "op", "shape", "dtype", "bytes", "flops", "source"
    ]  # fmt: skip
    assert f"{table.flops:,}" in str(table).splitlines()[-1]
    ET.fromstring(table._repr_html_())


def test_summary_of_a_long_graph_prints_its_ends():
    table = ag.graph(chain(5000)).summary()
    assert len(table.rows) == 5001
    assert "… 4,801 more …" in str(table)
    assert len(str(table).splitlines()) < 220
    assert table.flops == 5000
    assert np.all([row.dtype == "float64" for row in table.rows])


def test_lines_of_text_keep_apart_in_pictures_of_graphviz_as_in_svg() -> None:
    with ag.scope("cell"):
        h = np.tanh(ag.tensor(np.ones(3), requires_grad=True, name="x_t"))
    h.name = "h_t"
    rows = re.findall(r'<TD HEIGHT="(\d+)"><FONT POINT-SIZE="([\d.]+)"', ag.graph(h).to_dot())
    assert len(rows) >= 5
    assert all(float(height) >= 1.3 * float(size) for height, size in rows)


@pytest.mark.parametrize("of", [ag.draw, ag.graph, ag.derive])
def test_a_page_is_also_written_where_a_path_is_given(of, tmp_path):
    x = ag.tensor([1.0, 2.0], requires_grad=True, name="x")
    path = tmp_path / "page.html"
    page = of(np.sum(x**2)).to_html(path)
    assert page.lower().startswith("<!doctype html>")
    assert path.read_text(encoding="utf-8") == page


def test_a_depth_that_is_no_number_is_refused() -> None:
    x = ag.tensor(3.0, requires_grad=True, name="x")
    with pytest.raises(ValueError, match="depth counts levels of scopes from 0 up, got 'all'"):
        ag.draw(x * x, depth="all")  # type: ignore[arg-type]
