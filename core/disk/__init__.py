"""The home folder and what is on the disk: private files, whole writes, and checks that notice damage.

Knows bytes and modes, not what a file means; `core.blobs` and `core.store` do.
"""
