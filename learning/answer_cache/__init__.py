"""The answer cache: answers to similar questions are found, checked again, and returned or used as examples.

No answer is returned from the cache alone: its passages are read again with the caller's rights.
"""
