"""From feedback to better models: datasets, tuning, the promotion gate, the model registry, the answer cache.

Knows no queue and no HTTP: `service.train` and `service.review` call it.
"""
