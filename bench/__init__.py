"""Scripts behind the published figures, and the fits of the product's constants. Each module says how it is run.

Uses `evaluation` and what is below it, never `cli`; the product never imports a script.
"""
