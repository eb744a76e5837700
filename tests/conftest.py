"""Hooks of the whole suite: requests are held against published contracts; `pytester` is for the plugin's own tests."""

import logging
import os
import signal

import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "tests.contract.plugin"]

# How hypothesis tries: the same examples each time by default, so that a red build is about the change; new ones with
# HYPOTHESIS_PROFILE=explore while working, and many of them with HYPOTHESIS_PROFILE=thorough before a release.
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", parent=settings.get_profile("ci"), derandomize=False)
settings.register_profile("thorough", parent=settings.get_profile("explore"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

# A shell's job in the background ignores Ctrl-C, and so would the processes that tests end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
