"""Rules on English words: claims, phrases, pronouns, words.

They read surface forms only and use no model.
"""
