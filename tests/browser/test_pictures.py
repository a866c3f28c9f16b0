"""Pictures as a browser shows them: text in its box, a page that moves, nothing fetched."""

import pytest

import autograd_mini as ag
from tests.draw.networks import PICTURES, network

from .waiting import VIEW, changed, painted

OUTSIDE = """() => [...document.querySelectorAll('.ag-node')].filter(node => {
  const box = node.querySelector('rect').getBBox();
  return [...node.querySelectorAll('text')].some(text => {
    const t = text.getBBox();
    return t.x < box.x + 2 || t.x + t.width > box.x + box.width - 2
        || t.y < box.y - 1 || t.y + t.height > box.y + box.height + 1;
  });
}).map(node => node.dataset.name)"""


@pytest.mark.parametrize("name", PICTURES)
def test_text_stays_inside_its_box(chromium, name):
    page = chromium.new_page()
    page.set_content(PICTURES[name]().to_svg())
    assert page.evaluate(OUTSIDE) == []
    page.close()


@pytest.fixture(params=["light", "dark"])
def graph_page(request, chromium, tmp_path):
    path = tmp_path / "graph.html"
    ag.draw(network([3, 4, 3, 1])[0], path)
    context = chromium.new_context(
        color_scheme=request.param, viewport={"width": 1200, "height": 700}, offline=True
    )
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(path.as_uri())
    painted(page)
    yield page
    assert page.said == []
    context.close()


def view_box(page):
    return [float(part) for part in page.get_attribute("main svg", "viewBox").split()]


def test_the_page_zooms_moves_and_fits_again(graph_page):
    start = view_box(graph_page)
    graph_page.click("#in")
    assert view_box(graph_page)[2] < start[2]
    graph_page.mouse.move(600, 400)
    graph_page.mouse.down()
    graph_page.mouse.move(500, 380)
    graph_page.mouse.up()
    moved = view_box(graph_page)
    assert moved[0] > start[0]
    graph_page.focus("#stage")
    graph_page.keyboard.press("ArrowRight")
    assert view_box(graph_page)[0] > moved[0]
    with changed(graph_page, VIEW):
        graph_page.mouse.wheel(0, 100)
    graph_page.keyboard.press("0")
    assert view_box(graph_page) == start


def test_the_page_finds_a_box_by_name(graph_page):
    graph_page.fill("#find", "dW2")
    assert graph_page.locator(".found").count() == 1
    assert graph_page.get_attribute(".found", "data-name") == "dW2"
    graph_page.fill("#find", "")
    assert graph_page.locator(".found").count() == 0


def test_text_can_be_read_against_its_box_in_light_and_dark(graph_page):
    ratios = graph_page.evaluate(
        """() => {
        const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(c => {
            c = c / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        return [...document.querySelectorAll('.ag-node')].map(node => {
            const a = light(getComputedStyle(node.querySelector('rect')).fill);
            const b = light(getComputedStyle(node.querySelector('text')).fill);
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }); }"""
    )
    assert len(ratios) > 20
    assert min(ratios) >= 7
