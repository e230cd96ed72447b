"""Tables of PDF pages: from rules (`grid`), from gutters (`aligned`), from the structure tree (`structure`).

`made` joins what was found on pages and makes the block.
"""
