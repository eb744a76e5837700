"""A Jira and an Asana that run in this process, for `syncd demo`, tests and trying things.

The sandbox is a stranger: it imports nothing of the product, so it cannot share the product's
misunderstandings. It behaves as the vendors' published contracts and documentation say.

`serve` starts servers with or without the spring campaign of `campaign`; `instances` holds the
servers and empty instances for tests. A running server has `url`, `faults` to switch on,
`requests` to count, and its state as `jira` or `asana`, whose `person(name)` acts like somebody
in the browser. A user's token is the user's name followed by `-token`.
"""
