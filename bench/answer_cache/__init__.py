"""Measure how often a near repetition gets another question's answer: `ask` makes runs, `judge` measures them."""
