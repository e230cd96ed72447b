"""HTML as a person sees the page: `read.py` chooses the content, `walk.py` goes through it, `builder.py` makes blocks.

The other files know one kind of thing each: tables, numbers of lists, note boxes, formulas, styles. No script runs, and
nothing is loaded.
"""

from ingest.readers.html.read import read_html as read_html
