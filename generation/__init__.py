"""From passages to a checked answer or a refusal: `answering` is the way, the rooms are its steps.

Knows no index and no database: passages come in, an answer goes out.
"""
