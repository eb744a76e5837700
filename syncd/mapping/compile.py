"""From a sync's configuration to a `Mapping`: names become field ids, rows become tables, texts become expressions.

With the projects of both servers every name is proved; without them (a plain `check`) only what stands in the files.
Called by the engine when a sync is opened and by `check`; raises all problems at once.
"""

from __future__ import annotations

from collections import abc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from syncd.config.choices import Direction
from syncd.config.messages import nearest
from syncd.config.schema import Config, CreateConfig, FieldConfig, SyncConfig
from syncd.config.schema.mapping import COMMENTS
from syncd.config.version import config_version
from syncd.config.yaml import Document, KeyPath
from syncd.mapping.attachments import compile_attachments
from syncd.mapping.comments import compile_comments
from syncd.mapping.ends import End, Projects, find_end, no_field, option_names, place_of
from syncd.mapping.expr import Expr, ExpressionInvalid, custom_names
from syncd.mapping.kinds import TABLED, lens_for, merge_kind, refusal
from syncd.mapping.literals import find_unknown
from syncd.mapping.needs import filters_of
from syncd.mapping.places import Places
from syncd.mapping.rules import Adopt, CreateRule, Depends, FieldRule, Mapping
from syncd.mapping.tables import compile_default, compile_table
from syncd.model.errors import ConfigError
from syncd.model.items import Side
from syncd.model.links import RuleKey
from syncd.model.ports import StatusRules
from syncd.model.values import DUE, PARENT, STATUS, TYPE, FieldId, Kind


def compile_mapping(
    config: Config, sync: SyncConfig, projects: Projects | None = None, document: Document | None = None
) -> Mapping:
    """The mapping of one sync.

    Args:
        config: the whole configuration.
        sync: one of its syncs.
        projects: both sides as their servers know them; None = nobody was asked: the result is good for checks only.
        document: where the configuration's keys stand, for messages.

    Raises:
        ConfigError: with every problem of this mapping.
    """
    places = Places(document, ("syncs", config.syncs.index(sync), "mapping"))
    mapping = _Compiler(config, sync, projects or {}, places).compile()
    if places.problems:
        raise ConfigError(tuple(sorted(set(places.problems))))
    return mapping


def compile_filters(
    config: Config, sync: SyncConfig, projects: Projects | None = None, document: Document | None = None
) -> abc.Mapping[tuple[str, str], Expr]:
    """The expressions of the sync's checks by code and key; they look at the marketing item. Raises ConfigError."""
    index = config.syncs.index(sync)
    places = Places(document, ())
    compiler = _Compiler(config, sync, projects or {}, places)
    filters: dict[tuple[str, str], Expr | None] = {}
    for code, key, source in filters_of(config, sync):
        path = places.first_of(("syncs", index, "checks", code, key), ("checks", code, key))
        filters[code, key] = compiler.expression(source, Side.MARKETING, path)
    if places.problems:
        raise ConfigError(tuple(sorted(set(places.problems))))
    return {which: expression for which, expression in filters.items() if expression is not None}


@dataclass(slots=True)
class _Compiler:
    config: Config
    sync: SyncConfig
    projects: Projects
    places: Places

    def compile(self) -> Mapping:
        source = self.sync.mapping
        rules = {path: rule for path, each in self._sources() if (rule := self._rule(path, each))}
        self._refuse_two_writers(rules)
        creates = [self._create(index, each) for index, each in enumerate(source.links.create)]
        return Mapping(
            rules=tuple(rules.values()),
            creates=tuple(creates),
            create_for=source.links.create_for,
            since=source.links.since,
            adopt=self._adopt(),
            status_rules=self._status_rules(),
            empty=source.empty,
            config_version=config_version(self.config, self.sync),
            warnings=tuple(self.places.warnings),
            zones={side: self._zone(side) for side in Side},
            comments=compile_comments(
                source.comments, self.config.commands.prefix if self.config.commands.is_on else ""
            ),
            files=compile_attachments(source.attachments),
            depends=self._depends(),
        )

    def _zone(self, side: Side) -> ZoneInfo:
        return ZoneInfo(self.config.calendar_of(self.sync.side(side).calendar).timezone)

    # --- fields -----------------------------------------------------------------------------------------------

    def _sources(self) -> Iterator[tuple[KeyPath, FieldConfig]]:
        """The rules of the mapping, and that of `subtasks` where no rule names a parent."""
        source = self.sync.mapping
        for index, each in enumerate(source.fields):
            yield ("fields", index), each
        if source.subtasks and not any(PARENT in (each.marketing, each.it) for each in source.fields):
            yield ("subtasks",), FieldConfig(marketing=PARENT, it=PARENT)

    def _rule(self, path: KeyPath, source: FieldConfig) -> FieldRule | None:
        marketing = self._end(Side.MARKETING, source.marketing, path)
        it = self._end(Side.IT, source.it, path)
        if marketing is None or it is None:
            return None
        kind = self._kind(marketing, it, source, path)
        if kind is None:
            return None
        direction = source.direction or _default_direction(marketing.field, it.field)
        table = compile_table(source.values, (marketing, it), direction, self.places, path)
        rule = FieldRule(
            key=RuleKey(f"{marketing.field}|{it.field}"),
            marketing=marketing.field,
            it=it.field,
            kind=kind,
            direction=direction,
            conflict=source.conflict,
            lens=lens_for(marketing, it, table, source.below, self.config.people.unknown),
            default=compile_default(source.default, (marketing, it), direction, self.places, path),
            where=self.places.location(path),
            names={end.side: end.name for end in (marketing, it)},
            kinds={end.side: end.kind for end in (marketing, it) if end.kind is not None},
        )
        self._refuse_unwritable(rule, (marketing, it), path)
        return rule

    def _end(self, side: Side, name: str, path: KeyPath) -> End | None:
        written = self.places.first_of((*path, side.value), (*path, "field"), path)
        return find_end(side, name, self.projects.get(side), self.places, written)

    def _kind(self, marketing: End, it: End, source: FieldConfig, path: KeyPath) -> Kind | None:
        """How the pair merges; None, and a problem on record, when the kinds or the settings do not fit."""
        kinds = (marketing.kind or it.kind, it.kind or marketing.kind)
        if kinds[0] is None or kinds[1] is None:
            return Kind.TEXT
        merged = merge_kind(kinds[0], kinds[1])
        if merged is None:
            self.places.wrong(path, refusal(kinds[0], kinds[1]))
            return None
        if source.values is not None and not set(kinds) <= TABLED:
            self.places.wrong((*path, "values"), "a table of values is for names: status, select, labels or text")
            return None
        if source.below is not None and set(kinds) != {Kind.RICHTEXT}:
            self.places.wrong((*path, "below"), "'below' is for rich texts on both sides")
            return None
        return merged

    def _refuse_unwritable(self, rule: FieldRule, ends: tuple[End, End], path: KeyPath) -> None:
        for end in ends:
            if not end.is_writable and rule.creates_on(end.side):
                self.places.wrong(path, f"{end.name!r} cannot be written {_in(end.side)}; give a `direction`")

    def _refuse_two_writers(self, rules: abc.Mapping[KeyPath, FieldRule]) -> None:
        written: dict[tuple[Side, FieldId], FieldRule] = {}
        keys: dict[RuleKey, FieldRule] = {}
        for path, rule in rules.items():
            if rule.key in keys:
                self.places.wrong(path, f"the same two fields are mapped in line {keys[rule.key].where.line}")
                continue
            keys[rule.key] = rule
            for side in Side:
                first = written.setdefault((side, rule.field(side)), rule) if rule.creates_on(side) else rule
                if first is not rule:
                    line = first.where.line
                    self.places.wrong(path, f"{rule.name(side)!r} is already written {_in(side)} by line {line}")

    # --- links ------------------------------------------------------------------------------------------------

    def _create(self, index: int, source: CreateConfig) -> CreateRule:
        path: KeyPath = ("links", "create", index)
        when = None
        if source.when is not None:
            when = self.expression(source.when, source.in_.other, (*path, "when"))
            self._doubt_literals(source.when, source.in_.other, (*path, "when"))
        project = self.projects.get(source.in_)
        if source.type is not None and project is not None:
            known = option_names(project, TYPE) if TYPE in project.fields else frozenset(t.name for t in project.types)
            if known and source.type not in known:
                hint = nearest(source.type, known)
                self.places.wrong(
                    (*path, "type"), f"{place_of(source.in_, project)} has no type {source.type!r}; {hint}"
                )
        return CreateRule(source.in_, when, source.type, dict(source.set), self.places.location(path))

    def _doubt_literals(self, source: str, side: Side, path: KeyPath) -> None:
        project = self.projects.get(side)
        for doubt in find_unknown(source, side, project) if project is not None else ():
            self.places.doubt(path, doubt)

    def expression(self, source: str, side: Side, path: KeyPath) -> Expr | None:
        """An expression over items of `side`; None, and a problem on record, when something is wrong with it."""
        project = self.projects.get(side)
        fields: dict[str, FieldId] = {}
        for name in sorted(custom_names(source)):
            field = FieldId(name) if project is None else project.field_id(name)
            if field is not None:
                fields[name] = field
            elif project is not None:
                self.places.wrong(path, no_field(side, project, name))
        try:
            return Expr.compile(source, fields=fields, zone=self._zone(side))
        except ExpressionInvalid as error:
            for mistake in error.mistakes:
                self.places.mistake(path, mistake)
            return None

    def _adopt(self) -> Adopt:
        source = self.sync.mapping.links.adopt
        if source is None:
            return Adopt()
        by: list[str | tuple[FieldId, FieldId]] = []
        for index, entry in enumerate(source.by):
            if not entry.startswith("field:"):
                by.append(entry)
                continue
            path: KeyPath = ("links", "adopt", "by", index)
            name = entry.removeprefix("field:")
            ends = [find_end(side, name, self.projects.get(side), self.places, path) for side in Side]
            if ends[0] is not None and ends[1] is not None:
                by.append((ends[0].field, ends[1].field))
        return Adopt(tuple(by), source.differences)

    def _depends(self) -> Depends | None:
        source = self.sync.mapping.links.depends
        if source is None:
            return None
        fields: list[FieldId] = []
        for index, entry in enumerate(source.in_):
            if entry == COMMENTS:
                continue
            path: KeyPath = ("links", "depends", "in", index)
            name = entry.removeprefix("field:")
            end = find_end(Side.MARKETING, name, self.projects.get(Side.MARKETING), self.places, path)
            fields += [end.field] if end is not None else []
        project = self.projects.get(Side.IT)
        own = project.key if project is not None else self.sync.it.project
        return Depends(source.by, tuple(fields), frozenset(source.projects or (own,)), COMMENTS in source.in_)

    def _status_rules(self) -> StatusRules:
        source = self.sync.mapping.transitions
        known = self._status_names()
        named: list[tuple[KeyPath, str]] = [
            (("transitions", "never", index), name) for index, name in enumerate(source.never)
        ]
        named += [(("transitions", "fill", name), name) for name in source.fill]
        for path, name in named:
            if known and name not in known:
                self.places.doubt(path, f"no side has a status {name!r}; {nearest(name, known)}")
        return StatusRules(
            source.max_steps, frozenset(source.never), {name: dict(each) for name, each in source.fill.items()}
        )

    def _status_names(self) -> frozenset[str]:
        names = [option_names(project, STATUS) or frozenset() for project in self.projects.values()]
        return frozenset().union(*names)


def _default_direction(marketing: FieldId, it: FieldId) -> Direction:
    """Two departments own two dates: they are compared, never overwritten, unless somebody says so."""
    return Direction.COMPARE if marketing == it == DUE else Direction.BOTH


_SIDES: Final = {Side.MARKETING: "in marketing", Side.IT: "in IT"}


def _in(side: Side) -> str:
    return _SIDES[side]
