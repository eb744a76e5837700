"""The Flask application of a sandbox, made quickly: tests make one each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask
from werkzeug.routing import Rule


class _LateRule(Rule):
    """A rule that learns to build its address when that is asked for the first time.

    Werkzeug compiles two functions for it at once. They took nine tenths of the time that an application of 65 rules
    takes to make, and of a few pages alone the address is ever built.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(super()._compile_builder)

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build


class Application(Flask):
    """A Flask application without static files."""

    url_rule_class = _LateRule

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
