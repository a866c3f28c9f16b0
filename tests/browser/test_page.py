"""The page of a graph as a person uses it: by mouse, by keyboard, on a phone, in the dark."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import autograd_mini as ag
from tests.draw.networks import (
    abreast,
    attention,
    expression,
    nested,
    network,
    recurrent,
    tangle,
    wide,
)

from .test_report import CONTRAST
from .waiting import VIEW, changed, painted

VISIBLE = "el => !el.classList.contains('gone') && el.getBoundingClientRect().width > 0"


class Opened:
    """A page of a graph, and what it said to the console."""

    def __init__(self, browser, path, **options):
        options = {"viewport": {"width": 1300, "height": 800}, "reduced_motion": "reduce"} | options
        self.context = browser.new_context(offline=True, **options)
        self.page = self.context.new_page()
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        painted(self.page)

    def node(self, name):
        return self.page.locator(f'.ag-node[data-name="{name}"]:not(.ag-group)')

    def group(self, name, lane="forward"):
        return self.page.locator(f'.ag-group.ag-{lane}[data-name="{name}"]')

    def shown(self, name):
        return self.node(name).evaluate(VISIBLE)

    def where(self):
        return self.page.inner_text("#where").replace("\n", "")

    def panel(self):
        return self.page.inner_text("#panel")

    def names(self, selector):
        return self.page.eval_on_selector_all(selector, "all => all.map(el => el.dataset.name)")

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Write the pages of some graphs; return their paths by name."""
    folder = tmp_path_factory.mktemp("pages")
    J, parameters = network([3, 4, 3, 1])
    J.backward()
    ag.draw(J, folder / "network.html")
    manual = {f"d{name}": each.grad.numpy().copy() for name, each in parameters.items()}
    manual["dW2"] *= 5
    ag.draw(J, folder / "compared.html", comparison=ag.compare(manual, J))
    ag.draw(network([3, 4, 1])[0], folder / "before.html", values=True)
    ag.draw(recurrent(), folder / "recurrent.html")
    ag.draw(nested(), folder / "nested.html")
    ag.draw(wide(), folder / "wide.html")
    ag.draw(network([3, 4, 1])[0], folder / "two.html", values=True)
    ag.draw(network([6, 5, 4, 3, 2, 1])[0], folder / "five.html", values=True)
    ag.draw(abreast(), folder / "abreast.html")
    ag.draw(tangle(), folder / "tangle.html")
    for name, make in {"attention": attention, "expression": expression}.items():
        (folder / f"{name}.html").write_text(ag.graph(make()).backward().to_html())
    deep, weights = network([8] * 25 + [1], "tanh")
    deep.backward()
    ag.draw(deep, folder / "deep.html")
    ag.draw(deep, folder / "all.html", expand=True)
    assert len(weights) == 50
    return {path.stem: path for path in folder.iterdir()}


@pytest.fixture
def open_page(chromium, pages):
    """Yield a function that opens a page; at the end nothing must have gone wrong."""
    opened = []

    def make(name, **options):
        opened.append(Opened(chromium, pages[name], **options))
        return opened[-1]

    yield make
    for each in opened:
        assert each.said == []
        assert all(url.startswith(("file:", "data:")) for url in each.asked)
        each.context.close()


# -- scopes ---------------------------------------------------------------------------------------


def test_a_scope_closes_and_opens_again(open_page):
    at = open_page("network")
    whole = float(at.page.get_attribute("#stage svg", "width"))
    assert at.shown("Z2")
    at.page.click('.ag-scope[data-scope="layer2"] .ag-bar')
    assert not at.shown("Z2")
    assert not at.shown("dW2")
    assert at.shown("Z1")
    assert at.group("layer 2").evaluate(VISIBLE)
    assert at.group("layer 2", "backward").evaluate(VISIBLE)
    assert float(at.page.get_attribute("#stage svg", "width")) < whole - 50
    at.group("layer 2").click()
    assert at.shown("Z2")
    assert not at.group("layer 2").evaluate(VISIBLE)
    assert float(at.page.get_attribute("#stage svg", "width")) == whole


OVERLAPS = """() => {
  const shown = [...document.querySelectorAll('#stage .ag-node')]
    .filter(el => el.getBoundingClientRect().width > 0)
    .map(el => [el.dataset.name, el.querySelector('rect').getBoundingClientRect()]);
  return shown.flatMap(([n, a], i) => shown.slice(i + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1
                    && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([o]) => `${n} on ${o}`)); }"""

OUTSIDE = """() => [...document.querySelectorAll('#stage .ag-node')]
  .filter(el => el.getBoundingClientRect().width > 0)
  .filter(node => {
    const box = node.querySelector('rect').getBBox();
    return [...node.querySelectorAll('text')].some(text => {
      const t = text.getBBox();
      return t.x < box.x + 2 || t.x + t.width > box.x + box.width - 2
          || t.y < box.y - 1 || t.y + t.height > box.y + box.height + 1; }); })
  .map(node => node.dataset.name)"""

LOOSE = """() => {
  const boxes = [...document.querySelectorAll('#stage .ag-node')]
    .map(el => el.querySelector('rect').getBoundingClientRect()).filter(r => r.width > 0);
  const svg = document.querySelector('#stage svg');
  return [...document.querySelectorAll('.ag-edge')].filter(el => !el.classList.contains('gone'))
    .filter(el => [0, el.getTotalLength()].some(s => {
      const p = el.getPointAtLength(s).matrixTransform(svg.getScreenCTM());
      return !boxes.some(r => p.x > r.left - 3 && p.x < r.right + 3
                           && p.y > r.top - 3 && p.y < r.bottom + 3); }))
    .map(el => `${el.dataset.from}-${el.dataset.to}`); }"""


@pytest.mark.parametrize(
    "name", ["network", "attention", "recurrent", "nested", "wide", "abreast", "before"]
)
def test_whatever_is_closed_nothing_overlaps_and_arrows_lead_from_box_to_box(open_page, name):
    at = open_page(name)
    bars = at.page.locator(".ag-bar")
    for k in [None, *range(bars.count()), None]:
        if k is not None:
            bars.nth(k).evaluate("bar => bar.dispatchEvent(new MouseEvent('click'))")
        assert at.page.evaluate(OVERLAPS) == [], k
        assert at.page.evaluate(OUTSIDE) == [], k
        assert at.page.evaluate(LOOSE) == [], k
    if at.page.is_enabled("#scopes"):
        at.page.click("#scopes")
    assert at.page.locator(".ag-edge.gone").count() == 0


def test_where_graphviz_placed_the_graph_things_move_together_when_scopes_close(open_page):
    at = open_page("abreast")
    size = """() => ['width', 'height']
        .map(k => +document.querySelector('#stage svg').getAttribute(k))"""
    whole = at.page.evaluate(size)
    at.page.click('.ag-scope[data-scope="mixed"] .ag-bar')
    narrower = at.page.evaluate(size)
    assert narrower[0] < whole[0] - 10
    at.page.click("#scopes")
    at.page.click("#scopes")
    closed = at.page.evaluate(size)
    assert closed[0] < narrower[0]
    assert closed[1] < whole[1] * 0.6
    at.page.click("#scopes")
    assert at.page.evaluate(size) == whole


def test_all_scopes_close_at_once_and_lanes_stay_lanes(open_page):
    at = open_page("network")
    at.page.click("#scopes")
    assert not any(at.shown(name) for name in ("Z1", "A2", "dW3", "J"))
    assert at.shown("X")
    for lane in ("forward", "backward"):
        tops = at.page.eval_on_selector_all(
            f".ag-group.ag-{lane}", "all => all.map(el => el.getBoundingClientRect().top)"
        )
        assert len(tops) == 4
        assert np.ptp(tops) < 1
    at.press("o")
    assert at.shown("J")


def test_scopes_above_150_boxes_begin_closed(open_page):
    at = open_page("deep")
    assert not at.shown("Z3")
    at.page.fill("#find", "dW3")
    assert at.shown("dW3")
    assert not at.shown("dW4")


# -- stepping -------------------------------------------------------------------------------------


def test_steps_lead_from_the_start_to_the_end_one_box_at_a_time(open_page):
    at = open_page("network")
    order = []
    while at.page.is_enabled("#next"):
        at.page.click("#next")
        assert len(at.names(".now")) == 1
        order += at.names(".now")
    assert order == [
        "Z1", "A1", "Z2", "A2", "Z3", "A3", "J", "dJ", "dA3", "dZ3",
        *order[10:],
    ]  # fmt: skip
    assert set(order[10:]) == {
        "dA2", "dZ2", "dA1", "dZ1", "dW1", "db1", "dW2", "db2", "dW3", "db3",
    }  # fmt: skip
    assert at.names(".later") == []
    assert at.where().startswith("20 of 20, backward")


def test_what_is_not_computed_yet_is_faint(open_page):
    at = open_page("network")
    at.press("n", "n", "n")
    assert at.names(".now") == ["Z2"]
    later = at.names(".ag-node.later")
    assert "A2" in later
    assert "dZ2" in later
    assert not {"Z1", "A1", "Z2", "W3", "X"} & set(later)
    at.press("p")
    assert at.names(".now") == ["A1"]
    at.press("Escape")
    assert at.names(".later") == at.names(".now") == []


def test_a_step_shows_formula_numbers_and_chain_rule(open_page):
    at = open_page("expression")
    at.press("n")
    assert "Step 1 of 6" in at.panel()
    assert "a = x · y" in at.panel()
    assert "= 1.5 · 0.5 = 0.75" in at.panel()
    at.press("n", "n", "n", "n")
    assert at.names(".now") == ["dx"]
    text = at.panel()
    assert "2 paths" in text
    assert at.page.locator("#panel .terms > li").count() == 3
    assert re.search(r"through\s+a\s+multiply\s+da · y\s+= 0.366", text)
    assert at.page.locator("#panel math mfrac").count() == 4
    assert "together" in text


def test_stepping_opens_what_is_closed_and_closes_it_behind(open_page):
    at = open_page("network")
    at.page.click("#scopes")
    at.press("n")
    assert at.shown("Z1")
    assert not at.shown("Z2")
    at.press("n", "n")
    assert at.shown("Z2")
    assert not at.shown("Z1")


def test_the_slider_and_the_last_button_go_anywhere(open_page):
    at = open_page("network")
    at.page.focus("#at")
    at.press("ArrowRight", "ArrowRight")
    assert at.names(".now") == ["A1"]
    assert at.page.get_attribute("#at", "aria-valuetext").startswith("2 of 20")
    at.page.click("#last")
    assert at.where().startswith("20 of 20")
    assert not at.page.is_enabled("#next")
    at.page.click("#first")
    assert at.where().startswith("start")


def test_play_goes_on_by_itself_until_it_is_paused(open_page):
    at = open_page("expression")
    at.page.click("#play")
    at.page.wait_for_function("document.querySelector('.now').dataset.name !== 'a'")
    at.page.get_by_role("button", name="Pause").click()
    expect(at.page.get_by_role("button", name="Play")).to_have_count(1)


# -- asking ---------------------------------------------------------------------------------------


def test_a_click_tells_all_about_a_box(open_page):
    at = open_page("network")
    at.node("W2").click()
    text = at.panel()
    assert "parameter" in text
    for heading in ("Value", "Gradient", "Chain rule", "Used by", "Facts"):
        assert at.page.get_by_role("heading", name=heading, exact=True).count() == 1
    assert "3 × 4" in text
    assert "dZ[2] A[1]T" in text
    at.page.locator("#panel .chip").first.click()
    assert at.names(".chosen") == ["dW2"]
    expect(at.page.get_by_role("heading", name="Gradient of")).to_have_count(1)
    at.node("Z1").click()
    assert re.search(r"networks\.py:\d+", at.panel())


def test_small_arrays_are_numbers_and_large_ones_heat_maps(open_page):
    at = open_page("attention")
    at.node("J").click()
    assert at.page.locator("#panel .formula.numbers").first.inner_text().strip() != ""
    at.node("P").click()
    at.page.locator("#panel td").nth(35).wait_for()
    at.node("X").click()
    canvas = at.page.locator("#panel canvas").first
    assert re.match(r"Heat map of X, 6 × 8, from −", canvas.get_attribute("aria-label"))
    colours = canvas.evaluate(
        "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    )
    assert colours > 10


def test_gradients_are_not_computed_before_backward(open_page):
    at = open_page("before")
    at.node("W1").click()
    assert "not computed" in at.panel()
    at.press("Escape")
    assert "backward has not run" in at.panel()


def test_heat_maps_on_the_boxes_are_painted(open_page):
    at = open_page("before")
    assert at.page.locator('.ag-node[data-name="W1"] image').count() == 1


def test_verdicts_are_told_with_what_to_write(open_page):
    at = open_page("compared")
    at.node("dW2").click()
    found = at.page.inner_text("#panel .verdict")
    assert "wrong" in found
    assert "scale" in found
    assert "dW2 = " in at.page.inner_text("#panel .verdict code")
    at.node("db1").click()
    assert "agrees" in at.page.inner_text("#panel .verdict")


def test_the_legend_shows_the_verdicts_there_are(open_page):
    legend = open_page("compared").page.inner_text("#panel .legend")
    assert "agrees" in legend
    assert "object" not in legend


def test_find_goes_through_the_matches(open_page):
    at = open_page("network")
    at.press("/")
    at.page.keyboard.type("relu")
    assert sorted(at.names(".found")) == ["A1", "A2"]
    at.press("Enter", "Enter")
    assert at.names(".chosen") == ["A2"]
    assert at.page.inner_text("#found") == "2 of 2"
    at.page.fill("#find", "no such thing")
    assert at.page.inner_text("#found") == "nothing"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "found", "last"),
    [("two", "dW2", "db"), ("five", "dW5", "db"), ("attention", "dR = dO", "dW"),
     ("recurrent", "dz2", "dW")],
)  # fmt: skip
def test_each_picture_of_a_lecture_can_be_shown_from_start_to_end(
    open_page, name, found, last, scheme
):
    at = open_page(name, color_scheme=scheme)
    steps = 0
    while at.page.is_enabled("#next"):
        at.press("n")
        steps += 1
        assert len(at.names(".now")) == 1
        assert at.panel().strip()
    assert at.names(".now")[0].startswith(last)
    assert at.where().startswith(f"{steps} of {steps}, backward")
    assert at.names(".later") == []
    at.page.fill("#find", found.split(" ")[-1])
    assert found in at.names(".found")
    at.press("Enter")
    assert at.page.locator(".chosen").count() == 1
    at.node(found).click()
    assert "MADE FROM" in at.panel().upper()
    at.page.click("#scopes")
    assert at.page.evaluate(OVERLAPS) == []
    at.page.click("#scopes")
    at.page.focus("#stage")
    at.press("Tab", "ArrowRight", "Enter", "Escape", "0", "+", "-", "ArrowLeft")
    assert at.page.evaluate(OUTSIDE) == []


# -- keyboard and listening -----------------------------------------------------------------------


def focused(at):
    return at.page.evaluate("document.activeElement.dataset?.name")


def test_arrow_keys_go_from_box_to_box(open_page):
    at = open_page("network")
    at.page.focus("#stage")
    at.press("Tab")
    assert focused(at) == "Z1"
    at.press("ArrowRight")
    assert focused(at) == "A1"
    at.press("ArrowRight", "ArrowDown")
    assert focused(at) == "dZ2"
    at.press("Enter")
    assert at.names(".chosen") == ["dZ2"]
    at.press("End")
    last = focused(at)
    at.press("Home")
    assert focused(at) != last


def test_a_scope_opens_and_closes_by_keyboard(open_page):
    at = open_page("network")
    at.node("Z2").evaluate("el => el.focus()")
    for _ in range(4):
        at.press("ArrowUp")
    assert at.page.evaluate("document.activeElement.dataset.scope") == "layer2"
    at.press("Enter")
    assert not at.shown("Z2")
    assert at.page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    at.press("Enter")
    assert at.shown("Z2")


def test_only_one_box_is_in_the_order_of_tabs(open_page):
    at = open_page("network")
    for _ in range(3):
        stops = at.page.locator('#stage [role="treeitem"][tabindex="0"]')
        assert stops.count() == 1
        at.press("n")


def test_every_box_says_its_name_kind_and_shape(open_page):
    at = open_page("network")
    labels = at.page.eval_on_selector_all(
        "#stage .ag-node", "all => all.map(el => el.getAttribute('aria-label'))"
    )
    assert all(labels)
    assert any(re.match(r"dW\[2\], gradient, 3 × 4, value ", each) for each in labels)
    tree = at.page.get_by_role("tree", name=re.compile("^J: "))
    assert tree.count() == 1
    assert at.page.get_by_role("treeitem").count() == 28 + 4
    scope = at.page.get_by_role("treeitem", name="scope layer 2")
    assert scope.get_attribute("aria-expanded") == "true"
    owned = scope.get_attribute("aria-owns").split()
    assert at.page.evaluate("ids => ids.every(id => document.getElementById(id))", owned)


def test_controls_have_names_and_ids_are_unique(open_page):
    at = open_page("network")
    nameless = at.page.evaluate(
        """() => [...document.querySelectorAll('button,input')].filter(el => !(
             el.getAttribute('aria-label') || el.labels?.length || el.textContent.trim())).length"""
    )
    assert nameless == 0
    ids = at.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_the_keys_are_explained(open_page):
    at = open_page("network")
    at.press("?")
    assert at.page.locator("dialog").is_visible()
    at.press("n")
    assert at.names(".now") == []
    at.press("Escape")
    assert not at.page.locator("dialog").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["W2", "dA3", "X"])
def test_text_can_be_read_in_light_and_dark(open_page, scheme, name):
    at = open_page("network", color_scheme=scheme)
    at.node(name).click()
    assert at.page.evaluate(CONTRAST) == []


# -- screens, motion, size ------------------------------------------------------------------------


def test_a_phone_shows_it_all_without_scrolling_sideways(open_page):
    at = open_page("network", viewport={"width": 360, "height": 740}, has_touch=True)
    at.page.tap("#next")
    assert at.names(".now") == ["Z1"]
    assert at.page.evaluate("document.documentElement.scrollWidth") <= 360
    stage, panel = (at.page.locator(each).bounding_box() for each in ("#stage", "#panel"))
    assert panel["y"] >= stage["y"] + stage["height"] - 1
    assert stage["height"] > 150
    box = at.node("Z1").bounding_box()
    assert 0 <= box["x"]
    assert box["x"] + box["width"] <= 360


def test_the_box_of_a_step_is_in_view_however_fast_the_keys(open_page):
    at = open_page(
        "network", reduced_motion="no-preference", viewport={"width": 900, "height": 600}
    )
    for presses in (1, 7, 6, 5):
        at.press(*"n" * presses)
        at.page.wait_for_function(
            """() => {
              const stage = document.querySelector("#stage").getBoundingClientRect();
              const box = document.querySelector(".now").getBoundingClientRect();
              return stage.left <= box.left && box.right <= stage.right
                  && stage.top <= box.top && box.bottom <= stage.bottom;
            }"""
        )


def test_the_picture_glides_only_where_motion_is_welcome(open_page):
    ran = {}
    for motion in ("reduce", "no-preference"):
        at = open_page("deep", reduced_motion=motion)
        at.page.evaluate(
            "() => { window.frames_ = 0; const ask = requestAnimationFrame;"
            " window.requestAnimationFrame = f => { window.frames_ += 1; return ask(f); } }"
        )
        at.page.click("#last")
        at.page.wait_for_timeout(100)
        ran[motion] = at.page.evaluate("window.frames_")
    assert ran["reduce"] == 0
    assert ran["no-preference"] > 0


def test_a_drag_is_no_click(open_page):
    at = open_page("network")
    box = at.node("Z2").bounding_box()
    at.page.mouse.move(box["x"] + 5, box["y"] + 5)
    at.page.mouse.down()
    at.page.mouse.move(box["x"] - 80, box["y"] + 40, steps=4)
    at.page.mouse.up()
    assert at.names(".chosen") == []
    assert at.node("Z2").bounding_box()["x"] < box["x"] - 60


def test_the_wheel_zooms_about_the_pointer(open_page):
    at = open_page("network")
    box = at.node("A2").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    at.page.mouse.move(x, y)
    with changed(at.page, VIEW):
        at.page.mouse.wheel(0, -300)
    after = at.node("A2").bounding_box()
    assert after["width"] > 1.3 * box["width"]
    assert after["x"] + after["width"] / 2 == pytest.approx(x, abs=3)


def test_two_hundred_boxes_are_there_and_can_be_stepped_through(open_page):
    at = open_page("all")
    assert at.page.locator(".ag-node").count() > 200
    at.page.click("#last")
    assert len(at.names(".now")) == 1


def test_a_page_in_a_notebook_runs_in_its_own_frame(chromium):
    J, _ = network([3, 4, 1])
    page = chromium.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.set_content(f"<body>{ag.graph(J).backward()._repr_html_()}</body>")
    frame = page.frame_locator("iframe")
    frame.locator("#next").click()
    assert frame.locator(".now").get_attribute("data-name") == "Z1"
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    assert said == []
    page.close()


def test_a_name_that_is_a_program_does_not_run(chromium, tmp_path):
    x = ag.tensor(1.0, requires_grad=True, name="</script><script>window.hit = 1</script>")
    y = x * 2
    y.name = '"><img src=x onerror="window.hit=2">'
    path = tmp_path / "evil.html"
    ag.draw(y, path)
    at = Opened(chromium, path)
    at.page.locator(".ag-node").first.click()
    at.page.click("#last")
    assert at.page.evaluate("window.hit") is None
    assert at.said == []
    at.context.close()


def test_a_picture_too_large_to_read_begins_at_its_first_step(open_page):
    at = open_page("tangle")
    first = at.page.locator('.ag-node[data-name="t4"]').bounding_box()
    stage = at.page.locator("#stage").bounding_box()
    assert stage["x"] <= first["x"] <= stage["x"] + stage["width"] - first["width"]
    assert stage["y"] <= first["y"] <= stage["y"] + stage["height"] - first["height"]
