"""Answers that a generator phrases: the prompt, the check of each sentence against its sources, the last screen.

Knows no model: any `Generator` may write, and nothing unchecked is shown.
"""
