"""OpenAI's protocol: chat completions, embeddings, models, and its shape of errors.

Asks by the same way as `/v1/answers`; only the words around an answer differ.
"""
