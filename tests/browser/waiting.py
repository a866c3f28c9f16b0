"""What a browser does in its own time: a test waits for it, and never guesses how long."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

VIEW = "document.querySelector('main svg').getAttribute('viewBox')"


def painted(page: Page) -> None:
    """Wait until the page has been painted, and has seen how large it is."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


@contextmanager
def changed(page: Page, expression: str) -> Iterator[None]:
    """Do something to the page, and wait until the expression says so."""
    before = page.evaluate(expression)
    yield
    page.wait_for_function(f"(before) => {expression} !== before", arg=before)
