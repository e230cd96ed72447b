"""OpenAI's protocol: chat completions, embeddings, models, and OpenAI's error format.

Questions are answered as at `/v1/answers`; only the request and response formats differ.
"""
