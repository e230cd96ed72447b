"""What every part shares: values, ports, settings, errors, the database and the weights' manifest.

Knows no document format, model or route: whatever imports a heavy library stands above it.
"""
