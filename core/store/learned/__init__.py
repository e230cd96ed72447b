"""Rows about what was learned: datasets, model versions, the calibration, answers that may be reused.

Knows no model and no statistics: `learning` and `generation.refusal` decide what is written.
"""
