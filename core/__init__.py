"""What all parts share: values, ports, settings, errors, the database and the manifest of weights.

Knows no document format, model or route. Code that imports a heavy library is in the packages above.
"""
