"""Hooks of the whole suite: requests are held against published contracts; `pytester` is for the plugin's own tests."""

import logging
import os

import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "tests.contract.plugin"]

# How much hypothesis tries: HYPOTHESIS_PROFILE=dev while working, ci by default, thorough before a release.
settings.register_profile("dev", max_examples=20, deadline=None)
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
