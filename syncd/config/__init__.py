"""The configuration: pydantic models of both YAML files, loaded with file:line:column in every error.

`load.py` reads files and environment; everything else here is pure. Nothing here knows a connector: each brings the
schema of its own connection, handed in by the caller.
"""
