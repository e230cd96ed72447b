"""The embedder, the reranker and the late-interaction encoder, each in ONNX or torch.

Knows vectors and scores, no index and no database but the kept vectors.
"""
