"""The bodies of requests and responses. Knows core's values and no database."""
