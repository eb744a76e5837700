"""A Jira and an Asana that run in this process, for `syncd demo`, tests and trying things.

The sandbox is a stranger: it imports nothing of the product, so it cannot share the product's
misunderstandings. It behaves as the vendors' published contracts and documentation say.
"""
