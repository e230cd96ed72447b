"""The dense index in a Milvus server, shared by all processes.

Knows collections and an alias; the engine never decides who may see what.
"""
