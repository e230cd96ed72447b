"""Rules on English words: claims, conditions, quantities, opposites, phrases.

They read surface forms only and use no model.
"""
