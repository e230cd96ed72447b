"""A generator's words: the prompt, the check of each sentence against its sources, the last screen.

Knows no model: any `Generator` may write, and nothing unchecked is shown.
"""
