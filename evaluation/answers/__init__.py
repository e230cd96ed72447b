"""Ask a golden set, measure its answers, and calibrate the refusal threshold on them.

Knows no command line, and not how an answer is made: that is in `generation.answering`.
"""
