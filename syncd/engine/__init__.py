"""Poll, plan, apply, watch: the only room that joins the outside with the core.

It sees the outside through `model.ports` and `model.storage` alone; `service` and `cli` hand in connectors and store.
"""
