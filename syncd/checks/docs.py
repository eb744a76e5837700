"""The page about the checks, made from the registry so that it cannot say anything else than the code does."""

from __future__ import annotations

from datetime import time, timedelta

from syncd.checks.registry import CHECKS
from syncd.checks.spec import CheckSpec, Option

_HEAD = """\
# Checks

<!-- Generated from syncd/checks by `syncd.checks.docs.render_docs`; a test compares the two. -->

A check looks at one link (or at a marketing item without one) and raises findings. `info`: good to know. `warning`:
decide this week. `critical`: the date falls if nothing happens now. "→" shows what a finding can rise to.

Besides its own settings every check takes `severity` (where it starts: `info`, `warning`, `critical`, or `off`),
`skip` (an expression; marketing items for which it is true are left out) and `tell` (`marketing`, `it` or `both`): in
`checks:` for all syncs, in a sync's own `checks:` for that one.

Settings ending in `_days` count working days: the days before a date on the calendar of the side whose date it is, the
days after an event on the calendar of the side that is told. Where `people.map` gives the owner of the ticket on that
side a `calendar` of their own, that one is counted on, and a finding names the days off that make a difference. What is
said of a department as a whole (its notice, the lead time of findings, the digest and the board) stays on its own.

`checks.general` holds `at`, the local time at which a day begins for the checks, so that what comes due is said in the
morning, and `horizon_days`: nothing is said about dates further away than that, except by the checks marked ∞.

Checks about dates fall silent when either side is done or the launch day is over; the others when both sides are done,
`incident-impact` not even then.
"""


def render_docs() -> str:
    """The whole page as Markdown."""
    rows = ["| check | title people see | severity | told | what it looks at |", "|---|---|---|---|---|"]
    rows += map(_row, CHECKS.values())
    settings = ["", "## Settings", "", *_settings()]
    voices = ["", "## One cause, one voice", "", *_silences(), ""]
    return "\n".join([_HEAD, *rows, *settings, *voices])


def _row(spec: CheckSpec) -> str:
    severity = f"{spec.severity} → {spec.worst}" if spec.worst else spec.severity.value
    code = f"`{spec.code}`" if spec.has_horizon else f"`{spec.code}` ∞"
    return f"| {code} | {spec.title} | {severity} | {spec.told} | {spec.text} |"


def _settings() -> list[str]:
    rows = ["| check | setting | default | meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{spec.code}` | `{option.name}` | {spell_default(option)} | {option.text} |"
        for spec in CHECKS.values()
        for option in spec.options
    ]
    return rows


def spell_default(option: Option) -> str:
    """What a setting is when nobody set it, as people write it."""
    match option.default:
        case timedelta() as duration:
            hours, rest = divmod(duration, timedelta(hours=1))
            return f"{hours}h" if not rest else f"{duration // timedelta(minutes=1)}m"
        case time() as at:
            return f"{at:%H:%M}"
        case float() as share:
            return f"{share * 100:g}%"
        case tuple() as words:
            return ", ".join(words) or "none"
        case None:
            return "none"
        case bool() as is_on:
            return str(is_on).lower()
        case value:
            return str(value)


def _silences() -> list[str]:
    return [
        f"- `{spec.code}` silences {', '.join(f'`{code}`' for code in sorted(spec.silences))}."
        for spec in CHECKS.values()
        if spec.silences
    ]
