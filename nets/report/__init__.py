"""The report of a training: one page that works offline.

`plots` draws, `formulas` writes mathematics, `page` puts everything into ``page.html``.
"""
