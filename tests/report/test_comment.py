"""The texts of status comments, as people read them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.findings import Finding, Mute, RaisedFinding, Severity
from syncd.model.items import Category, Item, Side
from syncd.model.links import Hold, LinkId, LinkKind, SyncName
from syncd.model.richtext import Mention, Paragraph
from syncd.model.values import Person, UserId
from syncd.report.comment import render_comment, with_mention
from syncd.report.view import Kept, Shown, StatusView
from tests.report.views import DANA, MON_2, found, hold, issue, link, march, pair, raised, restricted, task, view

THU_5 = datetime(2026, 3, 5, 9, tzinfo=UTC)
WEB, ASANA = "https://jira.example/browse/WEB-412", "https://app.asana.example/0/1201/88"
REJECTED = hold("rejected", "Jira does not take the labels: a label must not hold a blank.", Side.IT)
UNMAPPED = hold("unmapped-value", "No row of `values` holds UAT.", Side.MARKETING)
CONFLICT = hold("conflict", "Both sides changed “status”: marketing Doing, IT Done.", it="Done")
FORM = task(march(10), description="with a sign-up form")
NOBODY = issue(None, owner=None)
FITS = march(20)


def says(status: StatusView, expected: str) -> None:
    assert render_comment(status).plain_text() == dedent(expected).strip()


def test_marketing_reads_that_the_dates_do_not_fit() -> None:
    says(
        pair(Side.MARKETING, task(), issue(), now=THU_5),
        f"""
        Web IT on "Spring landing page": the dates don't fit yet
        WEB-412 · In Progress · Ira Example (Web IT) · done by Thu 12 Mar · your launch: Wed 11 Mar, Dana Demo

        1 ● Web IT finishes too late for your launch. The launch is Wed 11 Mar; with 2 working days to test, the work must be done by Mon 9 Mar. Web IT plans Thu 12 Mar.
        → Dana Demo and Web IT: move a date, or launch with a smaller first part. Since Mon 2 Mar.

        Written by syncd, edited only when something changes. {WEB}
        """,  # noqa: E501
    )


def test_it_reads_the_same_facts_in_its_own_words() -> None:
    says(
        pair(Side.IT, task(), issue(), now=THU_5),
        f"""
        Marketing needs this for "Spring landing page": launch Wed 11 Mar, your date Thu 12 Mar
        Asana · Waiting for IT · Dana Demo (Marketing) · asked for on Fri 13 Feb

        1 (critical) Ends 3 working days later than the launch needs. The launch is Wed 11 Mar; with 2 working days to test, the work must be done by Mon 9 Mar. Web IT plans Thu 12 Mar.
        → Ira Example: an earlier date, a smaller first part, or tell Marketing what fits. Since Mon 2 Mar.

        Written by syncd, edited only when something changes. {ASANA}
        """,  # noqa: E501
    )


def test_the_receipt_says_what_is_kept_in_step() -> None:
    says(
        pair(Side.MARKETING, task(FITS), NOBODY, now=datetime(2026, 2, 13, 10, tzinfo=UTC)),
        f"""
        Linked with WEB-412 at Web IT. Nothing to do for you.
        WEB-412 · In Progress · no one assigned yet (Web IT) · no date yet · your launch: Fri 20 Mar, Dana Demo

        Kept in step: title, status and labels. Goes to Web IT: description. Each side keeps its own due date and owner. If the dates don't fit, you hear about it here.

        Written by syncd, edited only when something changes. {WEB}
        """,  # noqa: E501
    )


def test_its_receipt_says_what_it_is_needed_for() -> None:
    says(
        pair(Side.IT, task(FITS), NOBODY, now=datetime(2026, 2, 13, 10, tzinfo=UTC)),
        f"""
        Marketing needs this for "Spring landing page": launch Fri 20 Mar, no date yet
        Asana · Waiting for IT · Dana Demo (Marketing) · asked for on Fri 13 Feb

        Kept in step: title, status and labels. Comes from Marketing: description. Each side keeps its own due date and owner. If the dates don't fit, you hear about it here.

        Written by syncd, edited only when something changes. {ASANA}
        """,  # noqa: E501
    )


def test_marketing_reads_that_it_may_be_needed() -> None:
    says(
        pair(Side.MARKETING, FORM, None),
        """
        "Spring landing page": Web IT may be needed here
        Your launch: Tue 10 Mar, Dana Demo

        1 ○ This looks like it needs Web IT, and Web IT doesn't know yet. The task says "sign-up form". Somebody has to build the form. The launch is Tue 10 Mar; nothing at Web IT is linked.
        → Dana Demo: ask Web IT now, or link the ticket if there is one. Since Mon 2 Mar.

        Written by syncd, edited only when something changes.
        """,  # noqa: E501
    )


def test_it_is_asked_for_a_date() -> None:
    says(
        pair(Side.IT, task(FITS), issue(None)),
        f"""
        Marketing needs this for "Spring landing page": launch Fri 20 Mar, no date yet
        Asana · Waiting for IT · Dana Demo (Marketing) · asked for on Fri 13 Feb

        1 (warning) Marketing does not know your date yet. The launch is Fri 20 Mar. Linked since Fri 13 Feb.
        → Ira Example: enter a due date, even a rough one; it may still change. Since Mon 2 Mar.

        Written by syncd, edited only when something changes. {ASANA}
        """,
    )


def test_marketing_is_asked_for_the_launch_date() -> None:
    says(
        pair(Side.MARKETING, task(None), issue()),
        f"""
        Web IT on "Spring landing page": a date is missing
        WEB-412 · In Progress · Ira Example (Web IT) · done by Thu 12 Mar · your launch: no date yet, Dana Demo

        1 ○ The launch has no date. Web IT plans Thu 12 Mar. Linked since Fri 13 Feb.
        → Dana Demo: enter a date, even a rough one, so that Web IT can plan. Since Mon 2 Mar.

        Written by syncd, edited only when something changes. {WEB}
        """,
    )


def test_a_change_that_got_stuck_and_a_conflict_are_said_on_marketings_side() -> None:
    says(
        pair(Side.MARKETING, task(FITS), issue(), holds=(CONFLICT, REJECTED)),
        f"""
        Web IT on "Spring landing page": the two sides say different things
        WEB-412 · In Progress · Ira Example (Web IT) · done by Thu 12 Mar · your launch: Fri 20 Mar, Dana Demo

        1 ○ Both sides changed the same thing. status: Marketing says "Doing", Web IT says "Done".
        → Agree on one value and enter it on both sides. Everything else stays in step meanwhile. Since Mon 2 Mar.

        2 ○ This could not be carried over. Jira does not take the labels: a label must not hold a blank.
        → Change the value, or ask Web IT what their ticket accepts. Since Mon 2 Mar.

        Written by syncd, edited only when something changes. {WEB}
        """,
    )


def test_an_unknown_value_is_good_to_know_where_it_is_shown() -> None:
    says(
        pair(Side.IT, task(FITS), issue(), holds=(UNMAPPED,)),
        f"""
        Marketing needs this for "Spring landing page": launch Fri 20 Mar, your date Thu 12 Mar
        Asana · Waiting for IT · Dana Demo (Marketing) · asked for on Fri 13 Feb

        1 (info) We don't know what "UAT" means on the other side. Until that is settled, the status waits; everything else stays in step.
        → Nothing to do for you: whoever looks after syncd adds what it means.

        Written by syncd, edited only when something changes. {ASANA}
        """,  # noqa: E501
    )


def several(side: Side) -> StatusView:
    status = pair(side, task(), issue(), now=THU_5)
    other = status.links[0].item
    second = replace(
        other, key="CRM-7", url="https://jira.example/browse/CRM-7", fields={**other.fields, "title": "Fair in May"}
    )
    more = link(second, side.other, id_=LinkId(2), department="CRM" if side is Side.MARKETING else None)
    return replace(status, links=(*status.links, more))


def test_several_tickets_share_one_comment_on_the_task() -> None:
    says(
        several(Side.MARKETING),
        """
        Web IT and CRM on "Spring landing page": the dates don't fit yet
        WEB-412 (https://jira.example/browse/WEB-412) · In Progress · Ira Example (Web IT) · done by Thu 12 Mar
        CRM-7 (https://jira.example/browse/CRM-7) · In Progress · Ira Example (CRM) · done by Thu 12 Mar
        Your launch: Wed 11 Mar, Dana Demo

        1 ● WEB-412: Web IT finishes too late for your launch. The launch is Wed 11 Mar; with 2 working days to test, the work must be done by Mon 9 Mar. Web IT plans Thu 12 Mar.
        → Dana Demo and Web IT: move a date, or launch with a smaller first part. Since Mon 2 Mar.

        Written by syncd, edited only when something changes.
        """,  # noqa: E501
    )


def test_several_tasks_share_one_comment_on_the_ticket() -> None:
    says(
        replace(several(Side.IT), findings=()),
        """
        Marketing needs this for 2 tasks: your date Thu 12 Mar
        "Spring landing page" (https://app.asana.example/0/1201/88) · Waiting for IT · Dana Demo (Marketing) · launch Wed 11 Mar · asked for on Fri 13 Feb
        "Fair in May" (https://jira.example/browse/CRM-7) · Waiting for IT · Dana Demo (Marketing) · launch Wed 11 Mar · asked for on Fri 13 Feb

        Kept in step: title, status and labels. Comes from Marketing: description. Each side keeps its own due date and owner. If the dates don't fit, you hear about it here.

        Written by syncd, edited only when something changes.
        """,  # noqa: E501
    )


def text_of(status: StatusView) -> str:
    return render_comment(status).plain_text()


def test_a_ticket_that_it_started_is_followed_rather_than_needed() -> None:
    status = pair(Side.IT, task(FITS), issue())
    own = replace(status, links=(replace(status.links[0], origin=Side.IT),))
    assert text_of(own).startswith('Marketing follows this as "Spring landing page": launch Fri 20 Mar')
    assert "linked on Fri 13 Feb" in text_of(own)


def test_a_dependency_copies_nothing_and_says_so() -> None:
    status = pair(Side.MARKETING, task(FITS), issue())
    needs = replace(status, links=(replace(status.links[0], kind=LinkKind.DEPENDENCY, kept=Kept()),))
    assert "Nothing is copied between the two. If the dates don't fit, you hear about it here." in text_of(needs)


def test_what_is_kept_is_said_link_by_link_where_it_differs() -> None:
    status = replace(several(Side.MARKETING), findings=())
    differing = replace(status, links=(status.links[0], replace(status.links[1], kept=Kept())))
    assert "WEB-412: Kept in step: title" in text_of(differing)
    assert "CRM-7: Nothing is copied" in text_of(differing)


def test_a_long_list_of_fields_is_cut() -> None:
    status = pair(Side.MARKETING, task(FITS), issue())
    fields = tuple(f"Field {number}" for number in range(1, 10))
    many = replace(status, links=(replace(status.links[0], kept=Kept(both=fields)),))
    assert "Kept in step: Field 1, Field 2, Field 3, Field 4, Field 5, Field 6 and 3 more." in text_of(many)


def test_nothing_left_to_say_is_said_in_a_line() -> None:
    assert text_of(view(Side.MARKETING, task(None, owner=None), None)).startswith(
        '"Spring landing page". Nothing to do for you.'
    )
    assert text_of(view(Side.IT, task(), issue(), ())).startswith("Marketing needs this for")


def test_a_finished_ticket_and_a_finished_task_have_no_date_any_more() -> None:
    done = replace(issue(status="Done"), category=Category.DONE)
    assert "WEB-412 · Done · Ira Example (Web IT) · your launch" in text_of(pair(Side.MARKETING, task(), done))
    launched = replace(task(status="Launched"), category=Category.DONE)
    assert text_of(pair(Side.MARKETING, launched, done)).count("Mar") == 0


@pytest.mark.parametrize(
    ("hidden", "gone", "kept"),
    [
        (Shown.LINK, ["WEB-412", "https://"], ["Linked with their ticket at Web IT", "In Progress"]),
        (Shown.STATUS, ["In Progress"], ["WEB-412 · Ira Example"]),
        (Shown.OWNER, ["Ira Example"], ["In Progress · Web IT · done by"]),
        (Shown.DUE, ["Thu 12 Mar"], ["Ira Example (Web IT) · your launch"]),
    ],
)
def test_what_is_not_to_be_shown_of_the_other_side_is_not(hidden: Shown, gone: list[str], kept: list[str]) -> None:
    status = pair(Side.MARKETING, task(FITS), issue())
    text = text_of(replace(status, show=frozenset(Shown) - {hidden}))
    assert not [words for words in gone if words in text]
    assert not [words for words in kept if words not in text]


@pytest.mark.parametrize("side", Side)
def test_facts_do_not_tell_a_date_that_is_not_to_be_shown(side: Side) -> None:
    status = pair(side, task(), issue(), now=THU_5)
    text = text_of(replace(status, show=frozenset({Shown.LINK})))
    assert ("Thu 12 Mar" if side is Side.MARKETING else "Wed 11 Mar") not in text
    assert "Dana Demo and Web IT: move a date" in text or "Ira Example: an earlier date" in text


def test_facts_about_the_own_item_are_told_whatever_is_not_to_be_shown_of_the_other() -> None:
    text = text_of(replace(pair(Side.MARKETING, FORM, None), show=frozenset()))
    assert 'The task says "sign-up form".' in text


def test_facts_do_not_tell_a_status_that_is_not_to_be_shown() -> None:
    status = pair(Side.MARKETING, task(FITS), issue(), holds=(CONFLICT,))
    assert "“Done”" not in text_of(replace(status, show=frozenset({Shown.LINK, Shown.DUE})))


@pytest.mark.parametrize("side", Side)
def test_of_a_counterpart_that_is_not_open_to_all_nothing_is_told(side: Side) -> None:
    marketing, it = (restricted(task()), issue()) if side is Side.IT else (task(), restricted(issue()))
    text = text_of(pair(side, marketing, it, now=THU_5))
    other = [DANA.name, "Waiting for IT", "1201", "Wed 11"] if side is Side.IT else ["WEB-412", "In Progress", "Thu 12"]
    assert not [words for words in other if words in text]
    if side is Side.IT:
        assert "Spring landing page" not in text


@pytest.mark.parametrize("side", Side)
def test_no_word_of_a_finding_about_a_counterpart_that_is_not_open_to_all_is_said(side: Side) -> None:
    """Titles name values and count days, advice names people: all of it may quote what must not be read here."""
    marketing, it = (restricted(task()), issue()) if side is Side.IT else (task(), restricted(issue()))
    holds = (CONFLICT, hold("bounce", "The takeover of Acme."), hold("unmapped-value", "UAT", None))
    status = pair(side, marketing, it, now=THU_5, holds=holds)
    assert len(status.told) == 4
    text = text_of(status)
    for finding in (each.finding for each in status.told):
        for words in (finding.title[side], finding.advice[side], *finding.facts):
            assert words.rstrip(".") not in text
    assert "the dates don't fit" not in text
    assert text.count("Something about the linked ticket needs a look") == 4
    assert text.count("Ask Web IT about it." if side is Side.MARKETING else "Ask Marketing about it.") == 4


def test_a_closed_account_is_nobody_in_charge() -> None:
    gone = Person(UserId("ira"), "Ira Example", is_active=False)
    assert "no one assigned yet (Web IT)" in text_of(pair(Side.MARKETING, task(FITS), issue(owner=gone)))


def test_titles_of_any_shape_stay_in_one_line() -> None:
    text = text_of(pair(Side.MARKETING, task(title="Spring\r\n\n landing " + "x" * 200), issue()))
    assert text.split("\n")[0] == f'Web IT on "Spring landing {"x" * 64}…": the dates don\'t fit yet'


def test_only_findings_for_this_side_are_shown() -> None:
    told_it = pair(Side.MARKETING, task(FITS), NOBODY)
    assert told_it.findings
    assert told_it.told == ()
    assert "Nothing to do for you." in text_of(told_it)


def test_findings_keep_their_numbers_and_stand_worst_first() -> None:
    findings = found(task(), issue(), THU_5, (UNMAPPED, REJECTED))
    renumbered = tuple(replace(each, number=number) for each, number in zip(findings, (7, 3, 5), strict=True))
    text = text_of(view(Side.MARKETING, task(), issue(), renumbered))
    assert re.findall(r"^\d ?\S", text, re.MULTILINE) == ["7 ●", "3 ○"]


def test_a_flood_of_findings_and_links_is_cut_with_a_visible_note() -> None:
    finding = found(task(), issue(), THU_5)[0].finding
    status = view(Side.MARKETING, task(), issue(), raised((finding,) * 11))
    links = tuple(replace(status.links[0], id=LinkId(number)) for number in range(1, 15))
    text = text_of(replace(status, links=links))
    assert "And 3 more." in text
    assert "and 6 more\nYour launch: Wed 11 Mar" in text


def test_a_mention_stands_in_a_line_of_its_own() -> None:
    doc = render_comment(pair(Side.MARKETING, task(), issue()))
    called = with_mention(doc, DANA)
    first = called.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.content[0] == Mention("Dana Demo", "dana")
    assert called.plain_text() == "@Dana Demo, please have a look.\n\n" + doc.plain_text()


def test_years_are_spelt_when_the_days_lie_in_two() -> None:
    text = text_of(pair(Side.MARKETING, task(date(2027, 1, 6)), issue(date(2026, 12, 17))))
    assert "done by Thu 17 Dec 2026 · your launch: Wed 6 Jan 2027" in text


DUES = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)
NOWS = st.datetimes(datetime(2026, 3, 1), datetime(2027, 11, 30), timezones=st.just(UTC))
HOLDS = st.lists(st.sampled_from([CONFLICT, UNMAPPED, REJECTED]), unique_by=lambda each: each.code, max_size=3).map(
    tuple
)


@given(st.sampled_from(Side), DUES, DUES, NOWS, HOLDS)
def test_every_day_in_a_comment_bears_its_right_weekday(
    side: Side, launch: date | None, planned: date | None, now: datetime, holds: tuple[Hold, ...]
) -> None:
    text = text_of(pair(side, task(launch), issue(planned), now=now, holds=holds))
    days = re.findall(r"\b([A-Z][a-z]{2}) (\d+) ([A-Z][a-z]{2})(?: (\d{4}))?", text)
    for weekday, day, month, year in days:
        years = [year] if year else ["2026", "2027"]
        spelt = [datetime.strptime(f"{day} {month} {each}", "%d %b %Y").strftime("%a") for each in years]
        assert weekday in spelt


@given(st.sampled_from(Side), DUES, DUES, NOWS, HOLDS, st.timedeltas(timedelta(0), timedelta(days=900)), st.text())
def test_a_comment_does_not_change_with_times_and_versions_nobody_sees(
    side: Side,
    launch: date | None,
    planned: date | None,
    now: datetime,
    holds: tuple[Hold, ...],
    later: timedelta,
    version: str,
) -> None:
    def touched(item: Item) -> Item:
        return replace(item, updated_at=item.updated_at + later, version=version, is_exact=True)

    findings = found(task(launch), issue(planned), now, holds)
    before = view(side, task(launch), issue(planned), findings)
    after = view(side, touched(task(launch)), touched(issue(planned)), findings)
    assert render_comment(before) == render_comment(after)


@given(st.sampled_from(Side), DUES, DUES, NOWS, HOLDS, TITLES)
def test_comments_of_whatever_items_are_short_plain_and_tidy(
    side: Side, launch: date | None, planned: date | None, now: datetime, holds: tuple[Hold, ...], title: str
) -> None:
    doc = render_comment(pair(side, task(launch, title=title), issue(planned), now=now, holds=holds))
    text = doc.plain_text().replace(" ".join(title.split()), "")
    assert len(text) < 2000
    assert ".." not in text
    assert "None" not in text
    assert not re.search(r"\b(ago|today|tomorrow|yesterday|deadline-\w+|sync-error|unmapped)\b", text)
    assert doc.tidied() == doc


def test_the_story_begins_on_a_monday() -> None:
    assert MON_2.strftime("%A") == "Monday"


def needing(number: int) -> StatusView:
    """A campaign with a twin and so many dependencies; it has no launch date, which is found on every link."""
    shown = view(Side.MARKETING, task(None), issue())
    needed = [
        replace(
            link(issue(key=f"WEB-{500 + index}"), Side.IT, id_=LinkId(2 + index), origin=None),
            kind=LinkKind.DEPENDENCY,
            kept=Kept(),
        )
        for index in range(number)
    ]
    return replace(shown, links=(*shown.links, *needed))


def no_launch(shown: StatusView) -> StatusView:
    found = Finding(
        code="deadline-missing",
        severity=Severity.WARNING,
        title=dict.fromkeys(Side, "The launch has no date"),
        facts=("Web IT plans Thu 12 Mar.",),
        advice=dict.fromkeys(Side, "Dana Demo: enter a date."),
        told=frozenset({Side.MARKETING}),
        subject=Side.MARKETING.value,
    )
    each = [
        RaisedFinding(found, SyncName("web"), shown.item.ref, one.id, 1 + index, MON_2)
        for index, one in enumerate(shown.links)
    ]
    return replace(shown, findings=tuple(each))


def test_a_campaign_with_a_twin_and_three_dependencies_reads_well() -> None:
    assert (
        render_comment(needing(3))
        .plain_text()
        .startswith(
            "Linked with WEB-412, WEB-500, WEB-501 and WEB-502 at Web IT. Nothing to do for you.\n"
            "WEB-412 (https://jira.example/browse/WEB-412) · In Progress · Ira Example (Web IT) · done by Thu 12 Mar\n"
        )
    )
    text = render_comment(needing(3)).plain_text()
    assert "WEB-412: Kept in step" in text
    assert "From and to the others nothing is copied." in text


def test_twelve_dependencies_are_shortened_and_the_launch_stays() -> None:
    text = render_comment(needing(12)).plain_text()
    assert text.startswith("Linked with WEB-412, WEB-500, WEB-501 and 10 more at Web IT.")
    assert "WEB-506" in text
    assert "WEB-507" not in text
    assert "and 5 more\nYour launch: no date yet, Dana Demo" in text


def test_what_the_campaign_itself_lacks_is_told_once_whatever_the_number_of_links() -> None:
    shown = no_launch(needing(3))
    text = render_comment(shown).plain_text()
    assert text.count("The launch has no date") == 1
    assert "1 ○ The launch has no date." in text
    muted = replace(
        shown, findings=(replace(shown.findings[0], mute=Mute(DANA.name, None, MON_2)), *shown.findings[1:])
    )
    assert muted.told == ()


def test_two_problems_of_it_are_two_and_each_is_told_once_whatever_the_number_of_links() -> None:
    shown = no_launch(needing(2))
    each = [
        replace(
            raised, number=10 * problem + raised.number, finding=replace(raised.finding, subject=f"marketing {problem}")
        )
        for problem in (1, 2)
        for raised in shown.findings
    ]
    assert [raised.number for raised in replace(shown, findings=tuple(each)).told] == [11, 21]


def test_an_issue_that_nobody_needs_any_more_says_so() -> None:
    alone = replace(view(Side.IT, task(), issue()), links=())
    assert render_comment(alone).plain_text().startswith('Marketing does not need "Landing page: spring" any more')
