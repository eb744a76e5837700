"""The spring campaign: what it holds, what happens on its second day, and the pages that show it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
import requests

from syncd.sandbox.campaign import Campaign, fill, second_day, weekday
from syncd.sandbox.instances import empty_asana, empty_jira
from syncd.sandbox.serve import serve_asana, serve_both, serve_jira

TODAY = date(2026, 3, 2)


@pytest.fixture(params=["cloud", "dc"])
def campaign(request: pytest.FixtureRequest) -> Campaign:
    return fill(empty_jira(request.param), empty_asana(), today=TODAY, jira_url="https://jira.example.com")


def test_it_is_big_enough_and_two_people_work_on_both_sides(campaign: Campaign) -> None:
    assert len(campaign.asana.tasks) >= 20
    assert len(campaign.jira.issues) >= 15
    marketing = {user.email for user in campaign.asana.users.values()}
    both = marketing & {user.email for user in campaign.jira.users.values()}
    assert {"dana@example.com", "mara@example.com"} <= both
    assert all(email.endswith("@example.com") for email in marketing)


def test_a_deadline_disagrees_and_another_is_missing(campaign: Campaign) -> None:
    landing = campaign.asana.tasks[campaign.tasks["landing"]]
    issue = campaign.jira.issue(campaign.issues["landing"])
    assert landing.due_on is not None
    assert issue.fields["duedate"] > landing.due_on
    assert "duedate" not in campaign.jira.issue(campaign.issues["pages"]).fields


def test_tasks_and_issues_refer_to_each_other_by_address_and_by_key(campaign: Campaign) -> None:
    notes = {short: campaign.asana.tasks[gid].notes for short, gid in campaign.tasks.items()}
    assert f"https://jira.example.com/browse/{campaign.issues['landing']}" in notes["landing"]
    assert campaign.issues["form"] in notes["form"]
    template = campaign.jira.issue(campaign.issues["template"])
    assert campaign.tasks["template"] in str(template.fields["description"])


def test_a_task_needs_it_and_has_none(campaign: Campaign) -> None:
    competition = campaign.asana.tasks[campaign.tasks["competition"]]
    assert "landing page" in competition.notes
    assert not any(key in competition.notes for key in campaign.issues.values())


def test_some_tasks_wait_for_a_counterpart(campaign: Campaign) -> None:
    sections = Counter(
        campaign.asana.sections[task.sections[campaign.project]].name for task in campaign.asana.tasks.values()
    )
    assert sections["Needs IT"] == 3
    assert set(sections) == {"To do", "Needs IT", "Doing", "Done", "Dropped"}


def test_nothing_falls_on_a_weekend_and_all_was_made_in_the_past(campaign: Campaign) -> None:
    days = [task.due_on for task in campaign.asana.tasks.values()]
    days += [issue.fields.get("duedate") for issue in campaign.jira.issues.values()]
    assert {date.fromisoformat(day).weekday() for day in days if day} <= {0, 1, 2, 3, 4}
    now_ms = campaign.jira.clock.now_ms()
    assert all(issue.updated_ms < now_ms for issue in campaign.jira.issues.values())
    assert all(task.modified_ms < now_ms for task in campaign.asana.tasks.values())


@pytest.mark.parametrize("start", range(7))
def test_the_launch_is_brought_forward_whatever_day_of_the_week_it_is(start: int) -> None:
    today = TODAY + timedelta(days=start)
    campaign = fill(empty_jira(), empty_asana(), today=today, jira_url="https://jira.example.com")
    landing = campaign.asana.tasks[campaign.tasks["landing"]]
    planned = landing.due_on
    second_day(campaign)
    assert planned is not None
    assert landing.due_on is not None
    assert landing.due_on < planned


def test_time_may_pass_between_the_edits_of_the_two_sides(campaign: Campaign) -> None:
    template = campaign.tasks["template"]
    second_day(campaign, between=lambda: campaign.jira.clock.advance(3600))
    renamed = campaign.jira.issue(campaign.issues["template"])
    assert renamed.updated_ms - campaign.asana.tasks[template].modified_ms >= 3_500_000


def test_the_second_day_changes_both_sides_and_one_title_on_both(campaign: Campaign) -> None:
    before = {gid: task.name for gid, task in campaign.asana.tasks.items()}
    edits = second_day(campaign)
    assert Counter(edit.tool for edit in edits) == {"Asana": 6, "Jira": 5}
    template = campaign.tasks["template"]
    assert campaign.asana.tasks[template].name != before[template]
    assert campaign.jira.issue(campaign.issues["template"]).fields["summary"].startswith("Newsletter template 2.0")
    form = campaign.jira.issue(campaign.issues["form"])
    assert campaign.jira.statuses[form.fields["status"]].category == "done"


def test_a_weekend_day_moves_to_monday() -> None:
    assert [weekday(TODAY, days).isoformat() for days in (4, 5, 6, 7)] == [
        "2026-03-06",
        "2026-03-09",
        "2026-03-09",
        "2026-03-09",
    ]


@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_the_pages_show_boards_and_items_and_fetch_nothing_from_elsewhere(flavour: str) -> None:
    jira, asana = serve_both(flavour)
    try:
        project, task = next(iter(asana.asana.projects)), next(iter(asana.asana.tasks))
        board = requests.get(f"{jira.url}/", timeout=5).text
        item = requests.get(f"{jira.url}/browse/WEB-1", timeout=5).text
        tasks = requests.get(f"{asana.url}/0/{project}", timeout=5).text
        one = requests.get(f"{asana.url}/0/{project}/{task}", timeout=5).text
    finally:
        jira.stop()
        asana.stop()
    assert "In Progress" in board
    assert "Build the spring landing page" in board
    assert "Which consent text goes under the form?" in item
    assert "Spring landing page" in tasks
    assert "Brief for the agency" in one
    for page in (board, item, tasks, one):
        assert "<script" not in page
        assert "<link" not in page


def test_texts_cannot_bring_markup_into_the_pages() -> None:
    jira = serve_jira(empty=True)
    asana = serve_asana(empty=True)
    try:
        evil = "<script>alert(1)</script>"
        jira.jira.person("tom").create("WEB", summary=evil, description=evil)
        project = next(iter(asana.asana.projects))
        gid = asana.asana.person("dana").create(project, evil, notes=evil)
        pages = [
            requests.get(url, timeout=5).text
            for url in (f"{jira.url}/", f"{jira.url}/browse/WEB-1", f"{asana.url}/0/{project}/{gid}")
        ]
    finally:
        jira.stop()
        asana.stop()
    assert all("&lt;script&gt;" in page and "<script>" not in page for page in pages)


@pytest.mark.parametrize(("empty", "issues", "tasks"), [(True, 0, 0), (False, 18, 26)])
def test_each_tool_can_be_served_alone(empty: bool, issues: int, tasks: int) -> None:
    jira, asana = serve_jira(flavour="dc", empty=empty, context_path="/jira"), serve_asana(empty=empty)
    try:
        assert (len(jira.jira.issues), len(asana.asana.tasks)) == (issues, tasks)
        assert requests.get(f"{jira.url}/projects/WEB", timeout=5).status_code == 200
    finally:
        jira.stop()
        asana.stop()
