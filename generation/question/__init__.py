"""The question: its checks, follow-ups, product names, and when two questions are the same.

Knows no index and no model.
"""
