"""May a candidate take the place of what is active? Two reports on the same lessons, and the decision.

Moves no pointer: `learning.registry` does.
"""
