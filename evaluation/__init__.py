"""Measuring Vouch on golden sets, through the same code that serves.

Returns figures and writes runs; knows no terminal, and no figure decides anything here but a calibration.
"""
