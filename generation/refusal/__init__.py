"""When a question is refused, and why: support, its calibration, and the reasons for a refusal.

Uses only what was found for this caller, so that no refusal reveals what they may not see.
"""
