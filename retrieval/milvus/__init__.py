"""The same index in a Milvus server, shared by all processes.

Knows collections and an alias; who may see what is never asked of the engine.
"""
