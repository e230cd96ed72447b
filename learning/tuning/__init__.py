"""Recipes that tune a model on lessons, and the files that an adapter is made of.

Knows no feedback and decides nothing: the gate does.
"""
