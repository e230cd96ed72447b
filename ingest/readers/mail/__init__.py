"""Reads the body of a mail: what is new first, then the mails that it quotes, each in a block of its own.

`ingest.readers.email` opens the message. Nothing here knows MIME.
"""
