"""The report as a person meets it: in a browser, offline, in light and dark, by keyboard."""

from itertools import pairwise

CONTRAST = """
() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *:not(svg *):not(script)")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const [a, b] = [light(colour(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${element.tagName} ${element.textContent.trim()}: ${ratio}`);
  }
  return low;
}
"""


def graph_in(page):
    return page.frame_locator("figure.graph iframe")


def test_says_nothing_to_the_console_and_asks_for_nothing_else(opened):
    opened.wait_for_load_state("load")
    assert opened.said == []
    outside = [url for url in opened.asked if not url.startswith(("file:", "data:"))]
    assert outside == []
    assert len([url for url in opened.asked if url.startswith("file:")]) == 1


def test_every_picture_is_visible(opened):
    pictures = opened.locator("figure > svg")
    assert pictures.count() >= 2
    for k in range(pictures.count()):
        box = pictures.nth(k).bounding_box()
        assert box["width"] > 200, k
        assert box["height"] > 100, k
        shapes = pictures.nth(k).locator("path, rect, circle, ellipse, polygon, use")
        assert shapes.count() > 3
    loaded = opened.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert loaded


def test_text_has_enough_contrast(opened):
    assert opened.evaluate(CONTRAST) == []


def test_headings_are_in_order_and_pictures_described(opened):
    levels = opened.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    undescribed = "figure > svg:not([aria-label]):not([aria-labelledby])"
    assert opened.locator(undescribed).count() == 0
    assert opened.locator("img:not([alt])").count() == 0
    ids = opened.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_links_within_the_page_lead_somewhere(opened):
    for target in opened.eval_on_selector_all("a[href^='#']", "a => a.map(e => e.hash)"):
        assert opened.locator(target).count() == 1


def test_the_graph_steps_and_closes_its_scopes(opened):
    graph = graph_in(opened)
    assert graph.locator(".ag-node").count() >= 20
    graph.get_by_role("button", name="Next step").click()
    graph.locator("#where", has_text="1 of").wait_for()
    graph.get_by_role("button", name="Close scopes").click()
    graph.locator(".ag-node.ag-group:visible").nth(2).wait_for()


def test_the_graph_says_that_each_gradient_agrees(opened):
    graph = graph_in(opened)
    graph.locator("[data-name=dW1]").click()
    assert "agrees" in graph.locator("#panel .verdict").inner_text()
    graph.get_by_role("heading", name="Chain rule").wait_for()


def test_the_wheel_over_the_graph_scrolls_the_report(opened):
    opened.locator("figure.graph").scroll_into_view_if_needed()
    before = opened.evaluate("scrollY")
    box = opened.locator("figure.graph").bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    opened.mouse.wheel(0, 300)
    opened.wait_for_function("y => scrollY > y", arg=before)


def test_a_narrow_screen_does_not_scroll_sideways(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
