"""The FAISS index: an immutable base on a CPU or GPU, the vectors added since, and the set of removed ones.

Knows vectors and ids; the database says which chunks they belong to.
"""
