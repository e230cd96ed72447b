"""Finds text that a person who reads the page does not see, format by format; it is left out and counted.

Knows no chunk: `ingest.suspect` turns the counts into warnings for the knowledge manager.
"""
