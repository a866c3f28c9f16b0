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


def view_box(page):
    return page.locator("figure.graph > svg").get_attribute("viewBox")


def test_says_nothing_to_the_console_and_asks_for_nothing_else(opened):
    opened.wait_for_load_state("load")
    assert opened.said == []
    outside = [url for url in opened.asked if not url.startswith(("file:", "data:"))]
    assert outside == []
    assert len([url for url in opened.asked if url.startswith("file:")]) == 1


def test_every_picture_is_visible(opened):
    pictures = opened.locator("figure > svg")
    assert pictures.count() >= 3
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


def test_the_graph_zooms_moves_and_fits(opened):
    whole = view_box(opened)
    opened.get_by_role("button", name="Zoom in").click()
    near = view_box(opened)
    assert float(near.split()[2]) < float(whole.split()[2])
    opened.locator("figure.graph").focus()
    opened.keyboard.press("ArrowRight")
    assert float(view_box(opened).split()[0]) > float(near.split()[0])
    opened.keyboard.press("0")
    assert view_box(opened) == whole


def test_a_drag_moves_the_graph_with_the_pointer(opened):
    box = opened.locator("figure.graph > svg").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.locator("figure.graph").scroll_into_view_if_needed()
    box = opened.locator("figure.graph > svg").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = float(view_box(opened).split()[0])
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x - 100, y, steps=4)
    opened.mouse.up()
    assert float(view_box(opened).split()[0]) > before


def test_a_narrow_screen_does_not_scroll_sideways(opened):
    opened.set_viewport_size({"width": 360, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
