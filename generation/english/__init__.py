"""The word rules that remain: claims, conditions, quantities, opposites, phrases. English.

Surface forms only, no model; each rule says what it cannot tell.
"""
