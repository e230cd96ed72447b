"""The gate: decides from two reports on the same lessons whether a candidate may replace the active model.

It promotes nothing: `learning.registry` does.
"""
