"""A child process that parses hostile files with no network, little memory and little time.

Knows how to limit and replace the child; what it does with a file is `ingest.readers.parse`.
"""
