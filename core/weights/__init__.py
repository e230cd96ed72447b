"""The weights that Vouch uses: which files, from where, and proof that they are right.

Knows no runtime: a model is opened where it is used.
"""
