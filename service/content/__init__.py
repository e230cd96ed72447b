"""A document's text as its readers get it: read by their rights, written as Markdown, as HTML or for a terminal.

The writers are pure functions of a text and its blocks; `parts` walks through them for all three.
"""
