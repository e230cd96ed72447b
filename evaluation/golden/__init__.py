"""Golden sets: questions with known answers, which of them are asked, and drafts of new sets.

Knows no index and no generator.
"""
