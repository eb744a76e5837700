"""A short name for all settings that influence what a sync would write."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from syncd.config.schema import Config, SyncConfig
from syncd.model.items import Side

_SIDE_KEYS = {"connection", "project", "status", "done", "due", "filter", "type", "levels"}


def config_version(config: Config, sync: SyncConfig) -> str:
    """Twelve hex digits: equal while nothing changes that decides about writes, whatever file it stands in."""
    data: dict[str, Any] = {
        "mapping": sync.mapping.model_dump(mode="json"),
        "people": config.people.model_dump(mode="json", exclude={"file", "map", "not_people"})
        | {"map": config.people.accounts()},
    }
    for side in Side:
        mine = sync.side(side)
        data[side] = mine.model_dump(mode="json", include=_SIDE_KEYS)
        data[f"{side} zone"] = config.calendar_of(mine.calendar).timezone
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
