"""HTTP: routes, schemas, middleware, OpenAI's and MCP's protocols, and the pages.

Translates requests into calls of `service` and back; knows no SQL and no model.
"""
