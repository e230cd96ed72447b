"""From passages to a checked answer or a refusal: `answering` runs the steps, the sub-packages hold them.

Knows no index and no database: passages come in, an answer goes out.
"""
