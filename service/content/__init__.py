"""A document's text as its readers get it: read by their rights (`read`), and written as Markdown, HTML or plain text.

The writers are pure functions of a text and its blocks; `parts` walks through them for all three.
"""
