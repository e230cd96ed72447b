"""Reads presentations slide by slide."""
