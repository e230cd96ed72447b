"""Answers that are given again: found by like questions, checked anew, and used as examples.

Nothing is shown from memory alone: passages are read back for the caller who asks.
"""
