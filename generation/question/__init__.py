"""What is asked: guards, follow-ups, product names, and when two questions are the same.

Knows no passage and no model.
"""
