"""Scripts behind the published figures, and the fits of the product's constants.

The product never imports them; each module says how it is run.
"""
