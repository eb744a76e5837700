"""Hooks of the whole suite: requests are held against published contracts; `pytester` is for the plugin's own tests."""

pytest_plugins = ["pytester", "tests.contract.plugin"]
