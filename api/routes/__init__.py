"""The routes of `/v1`, one file for each noun, and health.

Each reads a request, calls one use case and shows what came back.
"""
