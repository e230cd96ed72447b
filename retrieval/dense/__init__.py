"""The FAISS index: an immutable base on a CPU or GPU, a fresh part over it, and the dead.

Knows vectors and ids; which chunks they belong to stands in the database.
"""
