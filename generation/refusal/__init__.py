"""When there is no answer, and why: support, its calibration, and the reasons that are told.

Looks only at what was found for this caller, so no refusal tells of what is hidden from them.
"""
