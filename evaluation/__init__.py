"""Measure Vouch on golden sets, through the same code that serves.

Returns figures and reports progress through a callback. Knows no command line and prints nothing.
"""
