"""The weights that Vouch uses: which files, where to download them, and their hashes.

Knows no runtime: a model is opened where it is used.
"""
