"""From approved feedback to lessons: triage, splits, and numbered datasets that never change.

Knows no model and trains nothing.
"""
