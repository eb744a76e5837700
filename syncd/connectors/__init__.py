"""Connectors: one folder a system, the HTTP edge they share, and the registry that finds them."""
