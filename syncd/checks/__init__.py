"""What people are told early: pure functions from one link (or unlinked marketing item) to findings.

`run.run_checks` is the way in, `registry.CHECKS` the list, `context.CheckContext` all that a check sees. A new check is
one function and one `CheckSpec` in the file of its theme, one name in the registry, and its test; the docs are made of
these.
"""
