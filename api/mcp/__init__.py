"""Vouch for assistants that speak the Model Context Protocol: three tools over the routes that everybody calls.

`tools` is what can be called, `service` how the API is asked, `server` puts both under the protocol. `route` mounts it
in the API at `/mcp`; `stdio` is the process that a desktop client starts. Nothing here knows a database or a right.
"""
