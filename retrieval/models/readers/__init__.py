"""The reader, one model that reads question and text together: `open` chooses it, one file for each runtime.

The weights that are shipped are in a folder beside them.
"""
