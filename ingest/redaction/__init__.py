"""Personal data out, typed placeholders in: the policy, Presidio, and what counts as a name.

Knows texts alone, not the documents they come from.
"""
