"""Configured names of things that get renamed."""

from __future__ import annotations

import pytest

from syncd.connectors.names import Names, nearest


def test_names_of_today_are_shown_and_bound_at_first_use():
    names = Names("status", {"1": "To do", "2": "Doing"}, {})
    assert names.shown == {"1": "To do", "2": "Doing"}
    assert names.bindings == {"status:To do": "1", "status:Doing": "2"}
    assert names.warnings("The section") == []


def test_a_renamed_thing_keeps_its_configured_name():
    names = Names("status", {"1": "To do", "2": "Under way"}, {"status:Doing": "2", "option:5:Doing": "1"})
    assert names.shown == {"1": "To do", "2": "Doing"}
    assert names.bindings["status:Doing"] == "2"
    assert names.warnings("The section") == ['The section "Doing" is now called "Under way": change the configuration']


def test_the_new_name_counts_once_the_configuration_speaks_of_it():
    names = Names("status", {"1": "To do", "2": "Under way"}, {"status:Doing": "2"}, {"To do", "Under way"})
    assert names.shown == {"1": "To do", "2": "Under way"}
    assert names.bindings["status:Under way"] == "2"
    assert names.warnings("The section") == []


def test_other_names_of_the_configuration_change_nothing():
    names = Names("status", {"2": "Under way"}, {"status:Doing": "2"}, {"To do"})
    assert names.shown == {"2": "Doing"}


def test_the_new_name_counts_once_it_is_bound():
    bindings = {"status:Doing": "2", "status:Under way": "2"}
    assert Names("status", {"2": "Under way"}, bindings).shown == {"2": "Under way"}


def test_a_name_that_another_thing_took_over_is_not_used_twice():
    names = Names("status", {"1": "Doing", "2": "Under way"}, {"status:Doing": "2"})
    assert names.shown == {"1": "Doing", "2": "Under way"}


@pytest.mark.parametrize(("name", "found"), [("chanel", "Channel"), ("BUDGET", "Budget"), ("zzz", None), ("", None)])
def test_the_nearest_name_is_the_one_that_was_meant(name, found):
    assert nearest(name, ["Channel", "Budget"]) == found
