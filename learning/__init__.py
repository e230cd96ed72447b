"""From feedback to better models, behind a gate: datasets, tuning, the gate, the registry, remembered answers.

Knows no queue and no HTTP: `service.train` and `service.review` call it.
"""
