"""Decides what a file is and whether it may be read: media types, encodings, office packages.

Light enough for the API; knows no reader.
"""
