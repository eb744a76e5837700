"""Lets the test suite see the requests of the Python processes it starts.

The plugin puts this folder on PYTHONPATH, and Python imports a module of this name at every start. Nothing is loaded
until the process itself imports `requests`; a process that never does so is not touched.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import pathlib
import sys


class _AfterRequests(importlib.abc.MetaPathFinder):
    """Finds `requests.sessions` as usual, and installs the recorder once it has run."""

    def __init__(self, log_path):
        self._log_path = log_path

    def find_spec(self, name, path=None, target=None):
        if name != "requests.sessions":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self._install(module)

        spec.loader.exec_module = exec_module
        return spec

    def _install(self, sessions):
        source = pathlib.Path(__file__).parent.parent / "recorder.py"
        spec = importlib.util.spec_from_file_location("_contract_recorder", source)
        recorder = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = recorder  # dataclasses look their module up
        spec.loader.exec_module(recorder)
        recorder.install(recorder.append_to(self._log_path), sessions.Session)


if os.environ.get("SYNCD_CONTRACT_LOG"):
    sys.meta_path.insert(0, _AfterRequests(os.environ["SYNCD_CONTRACT_LOG"]))
