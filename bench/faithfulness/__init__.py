"""Whether a sentence says what its source says: pairs to measure on, pairs to learn from, and a model tried on them."""
