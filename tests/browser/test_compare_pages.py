"""Pages about compared gradients in a browser: verdicts, lines and maps, by pointer and keys."""

from contextlib import contextmanager
from itertools import pairwise

import pytest
from playwright.sync_api import expect

import autograd_mini as ag
from nets.homework.inspecting import Request, inspect
from nets.homework.report.page import as_html
from tests.browser.test_report import CONTRAST
from tests.check.planting import Net
from tests.documentation.examples import EXAMPLES
from tests.homework import examinations as made

SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write a page about files and one about arrays."""
    folder = tmp_path_factory.mktemp("pages")
    homework = folder / "homework.html"
    homework.write_text(as_html([make() for make in made.ALL]), encoding="utf-8")
    drawn = folder / "drawn.html"
    source = folder / "homework.py"
    source.write_text(EXAMPLES["missing_activation_derivative"].source, encoding="utf-8")
    found = inspect(Request(str(source), drawn=True))
    drawn.write_text(as_html([found, found]), encoding="utf-8")
    net = Net([30, 40, 2, 1], "tanh", "sigmoid", 9)
    manual = net.backward()
    manual["dW1"] = 2 * manual["dW1"]
    manual["dZ2"] = manual["dA2"]
    found = ag.compare(manual, net.cost, numerical=True)
    compared = found.to_html(folder / "compare.html")
    return {"homework": homework, "drawn": drawn, "comparison": compared}


@contextmanager
def visited(chromium, path, scheme):
    """Open a page, and see to it that it says nothing to the console and asks for nothing."""
    context = chromium.new_context(
        color_scheme=scheme,
        viewport={"width": 1280, "height": 800},
        offline=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def homework(chromium, pages):
    with visited(chromium, pages["homework"], "light") as page:
        yield page


@pytest.fixture
def comparison(chromium, pages):
    with visited(chromium, pages["comparison"], "dark") as page:
        yield page


@pytest.fixture(
    params=[(name, how) for name in ("homework", "drawn", "comparison") for how in SCHEMES]
)
def either(request, chromium, pages):
    name, scheme = request.param
    with visited(chromium, pages[name], scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        yield page


def in_view(page, selector):
    return page.evaluate(
        """(selector) => {
          const shown = document.querySelector(selector), box = shown.getBoundingClientRect();
          const pane = (shown.closest(".pane") ?? document.documentElement).getBoundingClientRect();
          return box.top >= Math.max(pane.top, 0) - 1
              && box.bottom <= Math.min(pane.bottom, innerHeight) + 1;
        }""",
        selector,
    )


def test_text_has_enough_contrast(either):
    assert either.evaluate(CONTRAST) == []


def test_a_narrow_screen_does_not_scroll_sideways(either):
    either.set_viewport_size({"width": 360, "height": 700})
    assert either.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_map_is_seen(either):
    maps = either.locator(".hm-map")
    assert maps.count() >= 21
    for k in range(maps.count()):
        box = maps.nth(k).bounding_box()
        assert min(box["width"], box["height"]) >= 7
        assert max(box["width"], box["height"]) <= 400


def test_only_what_is_wrong_of_itself_is_open_at_first(homework, comparison):
    opened = "[...document.querySelectorAll('details[data-name][open]')].map((e) => e.dataset.name)"
    assert homework.evaluate(opened) == ["dZ1", "self.grads['W1']", "dW1", "db1"]
    assert comparison.evaluate(opened) == ["dZ2", "dW1"]


def test_of_several_files_those_that_are_right_are_closed_until_asked_for(homework):
    first, second = homework.locator("details.file").nth(0), homework.locator("details.file").nth(1)
    expect(first).to_have_attribute("open", "")
    expect(second).not_to_have_attribute("open", "")
    homework.locator("#overview ~ .scroll a", has_text="right.py").click()
    expect(second).to_have_attribute("open", "")
    assert in_view(homework, "#f1 > summary")


def test_the_source_stands_beside_the_verdicts_and_below_each_other_on_a_small_screen(homework):
    source, verdicts = (homework.locator(f"#f0 {each}").first for each in (".source", ".verdicts"))
    left, right = source.bounding_box(), verdicts.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 40
    homework.set_viewport_size({"width": 700, "height": 900})
    left, right = source.bounding_box(), verdicts.bounding_box()
    assert left["y"] + left["height"] <= right["y"]


def test_the_wrong_line_is_in_sight_from_the_start(chromium, pages):
    with visited(chromium, pages["homework"], "light") as page:
        page.set_viewport_size({"width": 1280, "height": 420})
        page.reload()
        assert page.evaluate("document.querySelector('.pane').scrollTop") > 100
        assert page.evaluate(
            """() => {
              const line = document.querySelector("#f0-L24").getBoundingClientRect();
              const pane = document.querySelector(".pane").getBoundingClientRect();
              return line.top >= pane.top && line.bottom <= pane.bottom;
            }"""
        )


def test_a_verdict_leads_to_its_line(homework):
    homework.set_viewport_size({"width": 1280, "height": 420})
    homework.locator("#f0-s0-r3 a.jump", has_text="line 24").click()
    expect(homework.locator("#f0-L24.here")).to_have_count(1)
    assert in_view(homework, "#f0-L24")
    assert homework.evaluate("document.activeElement.closest('li')?.id") == "f0-L24"


def test_a_line_leads_to_its_verdict_by_keyboard(homework):
    homework.set_viewport_size({"width": 1280, "height": 420})
    link = homework.locator("#f0-L27 a.number")
    link.focus()
    homework.keyboard.press("Enter")
    expect(homework.locator("#f0-s0-r4")).to_have_attribute("open", "")
    assert in_view(homework, "#f0-s0-r4 summary")
    assert homework.evaluate("document.activeElement.parentElement.id") == "f0-s0-r4"


def test_opening_a_verdict_shows_its_line(homework):
    homework.locator("#f0-s0-r1 summary").click()
    expect(homework.locator("#f0-L22.here")).to_have_count(1)


def test_entries_can_be_read_by_keyboard_in_all_three_maps(either):
    root = either.locator("details[data-name]:has(output)").first
    told, maps = root.locator("output"), root.locator(".hm-map")
    before = told.text_content()
    assert ": manual " in before
    maps.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        either.keyboard.press(key)
    after = told.text_content()
    assert after != before
    assert "difference" in after
    assert root.locator(".hm-cursor").count() == 3


def test_entries_can_be_read_under_the_pointer(homework):
    maps = homework.locator("#f0-s0-r3 .hm-map").first
    maps.scroll_into_view_if_needed()
    box = maps.bounding_box()
    homework.mouse.move(box["x"] + 6.5 * box["width"] / 7, box["y"] + 2.5 * box["height"] / 3)
    assert homework.locator("#f0-s0-r3 output").text_content().startswith("dZ1[2, 6]: manual")
    homework.mouse.move(1, 1)
    assert homework.locator("#f0-s0-r3 .hm-cursor").count() == 0


def test_a_box_of_the_graph_leads_to_its_values(comparison):
    box = comparison.locator('.ag-node[data-name="dW2"]')
    assert "ag-ok" in box.get_attribute("class")
    values = comparison.locator('details[data-name="dW2"]')
    expect(values).not_to_have_attribute("open", "")
    box.click()
    expect(values).to_have_attribute("open", "")


def test_a_box_of_a_files_graph_leads_to_its_verdict(chromium, pages):
    with visited(chromium, pages["drawn"], "light") as page:
        graph = page.locator("figure.drawing").nth(1)
        colours = {
            name: graph.locator(f'.ag-node[data-name="{name}"]').get_attribute("class")
            for name in ("dZ1", "dW1", "dW2")
        }
        assert "ag-wrong" in colours["dZ1"]
        assert "ag-inherited" in colours["dW1"]
        assert "ag-ok" in colours["dW2"]
        row = page.locator('#f1-s0 details[data-node="dW2"]')
        expect(row).not_to_have_attribute("open", "")
        graph.locator('.ag-node[data-name="dW2"]').click()
        expect(row).to_have_attribute("open", "")
        expect(page.locator("#f1 .pane li.here")).to_have_count(1)


def test_the_graph_of_a_file_zooms_moves_and_fits(chromium, pages):
    with visited(chromium, pages["drawn"], "dark") as page:
        figure = page.locator("figure.drawing").first
        box = lambda: figure.locator("> svg").get_attribute("viewBox")  # noqa: E731
        whole = box()
        figure.get_by_role("button", name="Zoom in").click()
        near = box()
        assert float(near.split()[2]) < float(whole.split()[2])
        figure.focus()
        page.keyboard.press("ArrowRight")
        assert float(box().split()[0]) > float(near.split()[0])
        page.keyboard.press("0")
        assert box() == whole


def test_a_link_to_a_gradient_opens_it_as_often_as_it_is_followed(comparison):
    link = comparison.locator("tbody th a", has_text="dW3")
    values = comparison.locator('details[data-name="dW3"]')
    for _ in range(2):
        link.click()
        expect(values).to_have_attribute("open", "")
        assert in_view(comparison, 'details[data-name="dW3"] summary')
        values.locator("summary").click()
        expect(values).not_to_have_attribute("open", "")


def test_going_back_to_a_gradient_opens_it(comparison):
    values = comparison.locator('details[data-name="dW3"]')
    for name in ("dW3", "dW2"):
        comparison.locator("tbody th a", has_text=name).click()
    values.evaluate("(details) => { details.open = false; }")
    comparison.go_back()
    expect(values).to_have_attribute("open", "")


def test_every_control_can_be_reached_and_named(either):
    unnamed = either.evaluate(
        """[...document.querySelectorAll("a, button, [tabindex], iframe")].filter((each) =>
             !each.textContent.trim() && !each.getAttribute("aria-label")
             && !each.getAttribute("aria-labelledby") && !each.getAttribute("title")
             && !each.querySelector("[aria-label]")).map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []


def test_headings_are_in_order(either):
    levels = either.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_no_two_things_have_one_id(either):
    ids = either.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
