"""Tests of `ingest.readers.office`."""
