"""Generators: a local one with adapters, and a remote one behind an OpenAI-compatible server.

They know chats and tokens, no sources and no checks.
"""
