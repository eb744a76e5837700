"""What a digest tells to whom, and that its texts are safe to show."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.model.findings import Mute, RaisedFinding, Severity
from syncd.model.items import Side
from syncd.report.digest import Digest, News, Period, SyncDigest, digest_of
from syncd.report.digest_text import render_html, render_markdown
from syncd.report.view import StatusView
from tests.report.views import MON_2, issue, march, pair, restricted, task

M, IT = Side.MARKETING, Side.IT
FRI_6 = MON_2 + timedelta(days=4)
PERIOD = Period(FRI_6, FRI_6 - timedelta(days=1), march(9))
EARLIER, NOW = MON_2, FRI_6 - timedelta(hours=1)


def views() -> list[StatusView]:
    """A launch on Wed 11 March, for which IT plans Fri 20: one finding, told to both."""
    marketing, it = task(march(11)), issue(march(20))
    return [pair(M, marketing, it), pair(IT, marketing, it)]


def told(found: list[StatusView], **more: str) -> SyncDigest:
    return digest_of("web", found, PERIOD, least=Severity.WARNING, **more)


def with_times(since: datetime, **more: datetime | None) -> list[StatusView]:
    return [
        replace(view, findings=tuple(replace(each, since=since, **more) for each in view.findings)) for view in views()
    ]


@pytest.mark.parametrize(
    ("since", "more", "news"),
    [
        (NOW, {}, [News.NEW]),
        (EARLIER, {"risen_at": NOW}, [News.WORSE]),
        (EARLIER, {"risen_at": EARLIER}, []),
        (EARLIER, {"ended_at": NOW}, [News.SETTLED]),
        (EARLIER, {"ended_at": EARLIER}, []),
        (EARLIER, {}, []),
    ],
    ids=["new", "worse", "worse before", "settled", "settled before", "as before"],
)
def test_what_happened_within_the_period_is_news(since: datetime, more: dict[str, datetime], news: list[News]) -> None:
    owners = told(with_times(since, **more)).owners
    assert [line.news for owner in owners if owner.side is M for line in owner.lines] == news


def test_what_is_for_the_digest_above_all_is_told_however_mild_it_is() -> None:
    mild = [
        replace(
            view,
            findings=tuple(
                replace(each, finding=replace(each.finding, severity=Severity.INFO)) for each in view.findings
            ),
        )
        for view in with_times(NOW)
    ]
    assert told(mild).owners == ()
    code = mild[0].findings[0].finding.code
    owners = digest_of("web", mild, PERIOD, least=Severity.WARNING, always=frozenset({code})).owners
    assert [line.news for owner in owners for line in owner.lines] == [News.NEW, News.NEW]


def test_each_owner_is_told_in_the_words_of_his_side() -> None:
    dana, ira = told(with_times(NOW)).owners
    assert (dana.owner, dana.lines[0].text) == ("Dana Demo", "Web IT finishes too late for your launch.")
    assert (ira.owner, ira.lines[0].key) == ("Ira Example", "WEB-412")
    assert [each.owner for each in told(with_times(NOW), owner="ira example").owners] == ["Ira Example"]
    assert [each.owner for each in told(with_times(NOW), owner="marketing").owners] == ["Dana Demo"]


def test_what_comes_due_is_told_without_any_finding() -> None:
    near = [pair(M, task(march(9)), issue(march(3))), pair(M, task(march(10)), issue(march(3)))]
    lines = [line for owner in told([replace(each, findings=()) for each in near]).owners for line in owner.lines]
    assert [(line.news, line.on) for line in lines] == [(News.DUE, march(9))]


def test_what_ended_with_its_date_passed_was_not_settled() -> None:
    late = replace(views()[0], item=task(march(5)))
    findings = tuple(replace(each, since=EARLIER, ended_at=NOW) for each in late.findings)
    ((line,),) = [owner.lines for owner in told([replace(late, findings=findings)]).owners]
    assert line.news is News.MISSED


def test_what_is_muted_or_mild_or_back_again_is_no_news() -> None:
    view = with_times(NOW)[0]
    (found,) = view.findings
    muted = replace(found, mute=Mute("Dana Demo", M, EARLIER))
    mild = replace(found, finding=replace(found.finding, severity=Severity.INFO))
    back: tuple[RaisedFinding, ...] = (replace(found, since=EARLIER, ended_at=NOW), replace(found, since=EARLIER))
    for findings in ((muted,), (mild,), back):
        assert told([replace(view, findings=findings)]).owners == ()


def test_nothing_is_told_of_a_ticket_behind_a_security_level_or_parted_from_it() -> None:
    marketing, it = task(march(11)), issue(march(20), title="Secret merger page")
    closed = replace(pair(M, marketing, restricted(it)), findings=with_times(NOW)[0].findings)
    for view in (closed, replace(closed, links=())):
        text = render_markdown(Digest(march(5), march(6), (told([view]),)))
        assert "not open to everybody" in text
        assert not any(word in text for word in ("Secret", "20 Mar", "too late"))
    assert told([replace(closed, item=restricted(marketing))]).owners == ()


def test_texts_of_people_are_never_markup() -> None:
    nasty = task(march(11), title='<img src=x onerror="go()"> [a](http://x) **b**')
    view = replace(with_times(NOW)[0], item=replace(nasty, url='javascript:alert("1")'))
    digest = Digest(march(5), march(6), (told([view]),))
    html, markdown = render_html(digest), render_markdown(digest)
    assert "<img" not in html
    assert "javascript:" not in html + markdown
    assert "&lt;img src=x onerror=&quot;go()&quot;&gt;" in html
    assert r"\<img" in markdown
    assert r"\[a\](http://x) \*\*b\*\*" in markdown


@pytest.mark.parametrize("title", ["1. page", "- page", "+ page", "2) page"])
def test_a_title_makes_no_list_of_its_own(title: str) -> None:
    view = replace(with_times(NOW)[0], item=replace(task(march(11), title=title), url="javascript:1"))
    mark = title.split()[0]
    assert f"- {mark[:-1]}\\{mark[-1]} page:" in render_markdown(Digest(march(5), march(6), (told([view]),)))


def test_marketing_reads_titles_and_no_colour_where_all_is_over() -> None:
    over = with_times(EARLIER, ended_at=NOW)
    html = render_html(Digest(march(5), march(6), (told(over),)))
    marketing, it = html.split("Ira Example (Web IT)")
    assert ">Spring landing page</a>" in marketing
    assert ">WEB-412 " in it
    assert "color:#8a5a00" not in html
    assert "color:#8a5a00" in render_html(Digest(march(5), march(6), (told(with_times(NOW)),)))


def test_what_nobody_is_in_charge_of_says_so() -> None:
    alone = replace(with_times(NOW)[0], item=task(march(11), owner=None))
    assert "### Marketing (nobody in charge)" in render_markdown(Digest(march(5), march(6), (told([alone]),)))
