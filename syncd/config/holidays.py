"""Public holidays by country and region.

The library is imported only for a calendar that names a country: it takes 0.1 s.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Final

YEARS: Final = range(2015, 2051)
"""Whose holidays are known: the history that lead times are measured on, and all that anybody plans."""
_ENGLISH: Final = ("en_US", "en_GB")


@lru_cache(maxsize=64)
def holidays_of(country: str, region: str | None) -> Mapping[date, str]:
    """Each public holiday of YEARS and its English name, or its own one where there is none."""
    import holidays

    known = holidays.country_holidays(country.upper(), subdiv=region)
    english = next((language for language in _ENGLISH if language in known.supported_languages), None)
    found = holidays.country_holidays(country.upper(), subdiv=region, years=YEARS, language=english)
    return dict(sorted(found.items()))


@lru_cache(maxsize=64)
def make_up_days_of(country: str, region: str | None) -> frozenset[date]:
    """The days of the weekend on which a country works, to make up for a bridge day (China)."""
    import holidays

    found = holidays.country_holidays(country.upper(), subdiv=region, years=YEARS)
    return frozenset(found.weekend_workdays)


def country_problem(country: str) -> str | None:
    """What is wrong with the code of a country; None when its holidays are known."""
    import holidays

    if country.upper() in holidays.list_supported_countries():
        return None
    return f"no holidays are known for country {country!r}; expected a code such as DE, US or GB"


def region_problem(country: str, region: str) -> str | None:
    """What is wrong with a region of a known country; None when its holidays are known."""
    import holidays

    known = holidays.country_holidays(country.upper())
    names = [*known.subdivisions, *known.subdivisions_aliases]
    if region in names:
        return None
    if not names:
        return f"all regions of {country} have the same holidays here; leave `region` out"
    near = difflib.get_close_matches(region, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known.subdivisions)}"
    return f"no region of {country} is called {region!r}; {hint}"
