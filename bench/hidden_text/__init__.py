"""Measures hidden text: files with one trick each, and ordinary files that must not be accused.

`cases` has the files of one trick; `html`, `pdf` and `office` make them. `python -m bench.hidden_text` prints a table.
"""
