"""Public holidays by country and region.

The library is imported only for a calendar that names a country: it takes 0.1 s.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import ModuleType
from typing import Final

YEARS: Final = range(2015, 2051)
"""Whose holidays are known: the history that lead times are measured on, and all that anybody plans."""
_ENGLISH: Final = ("en_US", "en_GB")


@lru_cache(maxsize=64)
def holidays_of(country: str, region: str | None) -> Mapping[date, str]:
    """Each public holiday of YEARS and its English name, or its own one where there is none."""
    holidays = _library()
    known = holidays.country_holidays(country.upper(), subdiv=region)
    english = next((language for language in _ENGLISH if language in known.supported_languages), None)
    found = holidays.country_holidays(country.upper(), subdiv=region, years=YEARS, language=english)
    return dict(sorted(found.items()))


@lru_cache(maxsize=64)
def make_up_days_of(country: str, region: str | None) -> frozenset[date]:
    """The days of the weekend on which a country works, to make up for a bridge day (China)."""
    holidays = _library()
    found = holidays.country_holidays(country.upper(), subdiv=region, years=YEARS)
    return frozenset(found.weekend_workdays)


def weekend_of(country: str) -> frozenset[int]:
    """The days off in every week of a country, Monday = 0."""
    return frozenset(_library().country_holidays(country.upper()).weekend)


def country_problem(country: str) -> str | None:
    """What is wrong with the code of a country; None when its holidays are known."""
    holidays = _library()
    if country.upper() in holidays.list_supported_countries():
        return None
    return f"no holidays are known for country {country!r}; expected a code such as DE, US or GB"


def region_problem(country: str, region: str) -> str | None:
    """What is wrong with a region of a known country; None when its holidays are known."""
    holidays = _library()
    known = holidays.country_holidays(country.upper())
    names = [*known.subdivisions, *known.subdivisions_aliases]
    if region in names:
        return None
    if not names:
        return f"all regions of {country} have the same holidays here; leave `region` out"
    plain = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(region.casefold(), plain, n=1)
    hint = f"did you mean {plain[near[0]]!r}?" if near else f"known: {', '.join(known.subdivisions)}"
    return f"no region of {country} is called {region!r}; {hint}"


def _library() -> ModuleType:
    """The library, which is not to tell on the terminal that India's movable holidays are known until 2035 only."""
    import holidays

    warnings.filterwarnings("ignore", "Requested Holidays are available only")
    return holidays
