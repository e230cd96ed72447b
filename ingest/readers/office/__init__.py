"""Reads Office files: Word, PowerPoint, Excel and their OpenDocument sisters, each to a tree of blocks.

Knows no model and no database; runs in the sandbox's child.
"""
