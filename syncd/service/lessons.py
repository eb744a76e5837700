"""What the marketing tasks of a sync teach, for the operator: told from the store, without asking any server."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncd.engine.watch.noting import monday
from syncd.engine.watch.precedents import learn_from, source_of
from syncd.mapping.compile import compile_mapping
from syncd.model.involvement import Bounds, Lesson
from syncd.model.items import Side
from syncd.model.links import SyncName
from syncd.service.installation import Installation


def lesson_of(installation: Installation, name: SyncName) -> Lesson | None:
    """What was known on Monday morning, as the checks know it; None where nothing is to be learnt."""
    loaded, layout = installation.loaded, installation.assembly.layout
    config, of_name = loaded.config, {SyncName(sync.name): sync for sync in loaded.config.syncs}
    check = config.checks_of(of_name[name]).it_not_involved
    if not check.learn or check.severity == "off":
        return None
    spec = layout.sides(name)[Side.MARKETING]
    zone = ZoneInfo(config.calendar_of(spec.settings.calendar).timezone)
    alike = [sync for each, sync in of_name.items() if layout.sides(each)[Side.MARKETING].feed == spec.feed]
    source = source_of(spec.feed, zone, [compile_mapping(config, sync, None, loaded.document) for sync in alike])
    bounds = Bounds(check.min_history, check.min_linked, check.min_precision)
    return learn_from(installation.store, source, bounds, monday(installation.clock.now(), zone)).lesson
