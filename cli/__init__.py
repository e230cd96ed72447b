"""The command line: one file for each group of commands.

Reads arguments, calls a use case, prints what came back.
"""
