"""The embedder, the reranker and the late-interaction encoder, each in ONNX or torch.

Knows vectors and scores, no index, and of the database only the stored token vectors.
"""
