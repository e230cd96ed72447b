"""Replaces personal data with typed placeholders: the policy, Presidio, and the rules for names.

Knows only texts, not the files that they come from.
"""
