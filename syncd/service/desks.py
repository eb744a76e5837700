"""The departments of every sync as the configuration has them, without asking any server."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncd.engine.watch.portfolio import Desk, Desks
from syncd.model.items import Side
from syncd.service.calendars import work_calendar
from syncd.service.installation import Installation
from syncd.service.layout import SideSpec


def desks_of(installation: Installation) -> Desks:
    """Both sides of every configured sync."""
    sides = {name: installation.assembly.layout.sides(name) for name in installation.syncs}
    return {name: {side: _desk(installation, specs[side]) for side in Side} for name, specs in sides.items()}


def _desk(installation: Installation, spec: SideSpec) -> Desk:
    calendar = installation.loaded.config.calendar_of(spec.settings.calendar)
    tool = installation.assembly.connections.type_of(spec.connection).capitalize()
    return Desk(spec.settings.name, tool, ZoneInfo(calendar.timezone), work_calendar(calendar), spec.feed)
