"""Reads what was put onto a PDF's pages: form fields, checkboxes, typed-in text, comments, links, struck text.

Their text is not in a page's content. `added` reads it; `apply` puts it among the words of the page.
"""
