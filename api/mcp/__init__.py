"""Vouch for assistants that use the Model Context Protocol: three tools that call the public routes.

`tools` defines the tools, `service` calls the API, `server` connects both to the protocol. `route` mounts it in the API
at `/mcp`; `stdio` is the process that a desktop client starts. Knows no database and no rights.
"""
