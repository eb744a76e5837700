"""How the sandbox's Asana is read and written, and the ways in which it is unlike Jira."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncd.sandbox.asana.model import Login
from syncd.sandbox.clock import SandboxClock
from tests.sandbox.servers import AsanaHouse, Client, asana_house

START = 1_772_443_820_500
deliberate = pytest.mark.uncontracted(reason="bad requests are sent on purpose")


@pytest.fixture
def house() -> Iterator[AsanaHouse]:
    with asana_house(clock=SandboxClock(START)) as running:
        yield running


def create(house: AsanaHouse, **data: Any) -> dict[str, Any]:
    sent = {"name": "Poster", "projects": [house.project], **data}
    return house.client().json("POST", "/tasks", json={"data": sent})["data"]


def edit(house: AsanaHouse, gid: str, **data: Any) -> dict[str, Any]:
    return house.client().json("PUT", f"/tasks/{gid}", json={"data": data})["data"]


def refused(house: AsanaHouse, method: str, path: str, data: dict[str, Any], status: int = 400) -> str:
    answer = house.client()(method, path, json={"data": data})
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["help"]
    return str(answer.json()["errors"][0]["message"])


def read(house: AsanaHouse, gid: str, fields: str) -> dict[str, Any]:
    return house.client().json("GET", f"/tasks/{gid}?opt_fields={fields}")["data"]


# -- what an answer holds ---------------------------------------------------------------------------


def test_lists_are_compact_and_opt_fields_decide_exactly(house: AsanaHouse) -> None:
    gid = house.person("dana").create(house.project, "Poster", assignee="pia", custom={"Channel": "Print"})
    listed = house.client().json("GET", f"/tasks?project={house.project}")["data"]
    assert listed == [
        {"gid": gid, "resource_type": "task", "name": "Poster", "resource_subtype": "default_task"},
    ]
    assert read(house, gid, "completed") == {"gid": gid, "completed": False}
    pia = house.asana.user("pia").gid
    assert read(house, gid, "assignee")["assignee"] == {"gid": pia, "resource_type": "user"}
    assert read(house, gid, "assignee.name,assignee.email")["assignee"] == {
        "gid": pia,
        "name": "Pia Print",
        "email": "pia@example.com",
    }
    section = read(house, gid, "memberships.section.name")["memberships"][0]
    assert section == {"section": {"gid": house.section("To do"), "name": "To do"}}


@deliberate
def test_the_options_of_a_body_choose_fields_as_well(house: AsanaHouse) -> None:
    sent = {"data": {"name": "x", "projects": [house.project]}, "options": {"fields": ["name"]}}
    assert house.client().json("POST", "/tasks", json=sent)["data"].keys() == {"gid", "name"}


def test_a_field_shows_its_value_under_the_name_of_its_type_alone(house: AsanaHouse) -> None:
    custom = {
        "Channel": "Print",
        "Budget": 12.5,
        "Launch date": "2026-03-11",
        "Audience": ["Partners", "New customers"],
        "Jira link": "WEB-1",
        "IT owner": ["mara"],
    }
    gid = house.person("dana").create(house.project, "Poster", custom=custom)
    shown = {field["name"]: field for field in read(house, gid, "custom_fields")["custom_fields"]}
    assert shown["Channel"]["enum_value"]["name"] == "Print"
    assert shown["Budget"]["number_value"] == 12.5
    assert shown["Launch date"]["date_value"] == {"date": "2026-03-11", "date_time": None}
    assert [option["name"] for option in shown["Audience"]["multi_enum_values"]] == ["Partners", "New customers"]
    assert shown["Jira link"]["text_value"] == "WEB-1"
    assert [user["name"] for user in shown["IT owner"]["people_value"]] == ["Mara Muster"]
    assert "text_value" not in shown["Channel"]
    assert shown["Channel"]["display_value"] == "Print"
    assert shown["Priority"]["enum_value"] is None


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (19, [19]), (20, [20]), (21, [20, 1]), (41, [20, 20, 1])])
def test_pages_end_where_the_list_ends(house: AsanaHouse, count: int, sizes: list[int]) -> None:
    for number in range(count):
        house.person("dana").create(house.project, f"Task {number}")
    client, found, offset = house.client(), [], ""
    while True:
        page = client.json("GET", f"/tasks?project={house.project}&limit=20" + (f"&offset={offset}" if offset else ""))
        found.append(len(page["data"]))
        if page["next_page"] is None:
            break
        offset = page["next_page"]["offset"]
    assert found == sizes


@deliberate
def test_a_page_holds_a_hundred_and_a_bad_offset_is_refused(house: AsanaHouse) -> None:
    client = house.client()
    assert client("GET", f"/tasks?project={house.project}&limit=101").status_code == 400
    assert client("GET", f"/tasks?project={house.project}&limit=5&offset=x").status_code == 400
    assert client("GET", "/tasks?limit=5").status_code == 400


def test_modified_since_leaves_out_what_is_not_newer(house: AsanaHouse) -> None:
    clock, dana = house.asana.clock, house.person("dana")
    first = dana.create(house.project, "First")
    clock.advance(60)
    dana.create(house.project, "Second")
    since = read(house, first, "modified_at")["modified_at"]
    listed = house.client().json("GET", f"/tasks?project={house.project}&modified_since={since}")["data"]
    assert [task["name"] for task in listed] == ["Second"]
    same = house.client().json("GET", f"/projects/{house.project}/tasks?completed_since=now")["data"]
    assert len(same) == 2


# -- what moves modified_at -------------------------------------------------------------------------


def test_edits_and_comments_move_modified_at_but_sections_and_tags_do_not(house: AsanaHouse) -> None:
    clock, dana = house.asana.clock, house.person("dana")
    gid = dana.create(house.project, "Poster")

    def moved_by(action: Any) -> bool:
        clock.advance(10)
        before = house.asana.task(gid).modified_ms
        action()
        return house.asana.task(gid).modified_ms != before

    assert moved_by(lambda: dana.edit(gid, notes="new"))
    assert moved_by(lambda: dana.edit(gid, custom={"Channel": "Web"}))
    assert moved_by(lambda: dana.comment(gid, "Hello"))
    assert moved_by(lambda: dana.complete(gid))
    assert not moved_by(lambda: dana.edit(gid, notes="new"))
    assert not moved_by(lambda: dana.move(gid, "Doing"))
    assert not moved_by(lambda: dana.edit(gid, tags=["spring"]))
    house.asana.moves_modify = True
    assert moved_by(lambda: dana.move(gid, "Done"))
    assert moved_by(lambda: dana.edit(gid, tags=[]))


# -- dates ------------------------------------------------------------------------------------------


def test_a_day_and_an_instant_exclude_each_other(house: AsanaHouse) -> None:
    task = create(house, due_on="2026-03-11")
    assert (task["due_on"], task["due_at"]) == ("2026-03-11", None)
    house.asana.due_zone = "America/New_York"
    task = edit(house, task["gid"], due_at="2026-03-12T02:00:00.000Z")
    assert (task["due_on"], task["due_at"]) == ("2026-03-11", "2026-03-12T02:00:00.000Z")
    task = edit(house, task["gid"], due_on="2026-03-13")
    assert (task["due_on"], task["due_at"]) == ("2026-03-13", None)
    task = edit(house, task["gid"], due_on=None)
    assert (task["due_on"], task["due_at"]) == (None, None)


@deliberate
def test_a_start_needs_a_due_date_in_the_same_request(house: AsanaHouse) -> None:
    task = create(house, due_on="2026-03-11")
    path = f"/tasks/{task['gid']}"
    assert "must be present" in refused(house, "PUT", path, {"start_on": "2026-03-01"})
    assert edit(house, task["gid"], start_on="2026-03-01", due_on="2026-03-11")["start_on"] == "2026-03-01"
    assert "start date" in refused(house, "PUT", path, {"start_on": "2026-03-12", "due_on": "2026-03-11"})
    assert "start date" in refused(house, "PUT", path, {"due_on": None})
    assert "one of" in refused(house, "PUT", path, {"due_on": "2026-03-11", "due_at": "2026-03-11T10:00:00Z"})
    assert "due_on" in refused(house, "PUT", path, {"due_on": "11.03.2026"})


# -- refusals ---------------------------------------------------------------------------------------


@deliberate
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "x" * 1025}, "too long"),
        ({"name": 5}, "not a string"),
        ({"completed": "yes"}, "not a boolean"),
        ({"assignee": "nobody"}, "Not a recognized ID"),
        ({"notes": "a", "html_notes": "<body>a</body>"}, "one of"),
        ({"html_notes": "no body"}, "XML is invalid"),
        ({"html_notes": "<body><b>x</b></body>"}, "<b> is not supported"),
        ({"html_notes": "<body><strong>x</body>"}, "XML is invalid"),
        ({"html_notes": '<body><a onclick="x">x</a></body>'}, "onclick"),
        ({"html_notes": "<body><ul>x<li>y</li></ul></body>"}, "holds <li> only"),
        ({"html_notes": "<body><table><td>x</td></table></body>"}, "does not belong in <table>"),
        ({"html_notes": "<body><tr><td>x</td></tr></body>"}, "does not belong in <body>"),
        ({"html_notes": "<body><table><tr><th>x</th></tr></table></body>"}, "does not belong in <tr>"),
        ({"custom_fields": {"999": "x"}}, "is not on given object"),
        ({"custom_fields": [1]}, "not an object"),
        ({"memberships": []}, "Cannot write this property"),
        ({"created_at": "2026-01-01"}, "Cannot write this property"),
        ({"tags": ["1"]}, "Cannot write this property"),
    ],
)
def test_an_edit_is_refused_in_words(house: AsanaHouse, data: dict[str, Any], message: str) -> None:
    gid = create(house)["gid"]
    before = house.asana.task(gid).modified_ms
    house.asana.clock.advance(5)
    assert message in refused(house, "PUT", f"/tasks/{gid}", data)
    assert house.asana.task(gid).modified_ms == before


@deliberate
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Channel", "Web"),
        ("Channel", 7),
        ("Budget", "12"),
        ("Launch date", "2026-03-11"),
        ("Audience", [1]),
        ("IT owner", ["nobody"]),
        ("Jira link", "x" * 1025),
    ],
)
def test_a_custom_field_refuses_what_is_not_of_its_kind(house: AsanaHouse, field: str, value: Any) -> None:
    gid = create(house)["gid"]
    sent = {"custom_fields": {house.field(field).gid: value}}
    assert "custom_fields" in refused(house, "PUT", f"/tasks/{gid}", sent)


@deliberate
def test_a_create_needs_a_place_and_known_parts(house: AsanaHouse) -> None:
    assert "one of the following" in refused(house, "POST", "/tasks", {"name": "x"})
    refused(house, "POST", "/tasks", {"name": "x", "projects": ["1"]}, 404)
    refused(house, "POST", "/tasks", {"name": "x", "projects": [house.project], "tags": ["1"]}, 404)
    assert house.client()("POST", "/tasks", json={"name": "x"}).status_code == 400
    assert house.asana.tasks == {}


def test_a_create_may_name_its_section(house: AsanaHouse) -> None:
    place = {"project": house.project, "section": house.section("Needs IT")}
    task = house.client().json("POST", "/tasks", json={"data": {"name": "x", "memberships": [place]}})["data"]
    assert task["memberships"][0]["section"]["name"] == "Needs IT"


# -- rich text --------------------------------------------------------------------------------------


def test_plain_text_and_rich_text_are_kept_in_step(house: AsanaHouse) -> None:
    task = create(house, notes="a < b & c\nsee https://a.example/x?y=1&z=2.")
    shown = read(house, task["gid"], "notes,html_notes")
    link = "https://a.example/x?y=1&amp;z=2"
    assert shown["html_notes"] == f'<body>a &lt; b &amp; c\nsee <a href="{link}">{link}</a>.</body>'
    edit(house, task["gid"], html_notes="<body><h1>Plan</h1>one\ntwo<ul><li>a</li><li>b</li></ul></body>")
    assert read(house, task["gid"], "notes")["notes"] == "Plan\none\ntwo\n• a\n• b"


def test_a_mention_comes_back_with_the_name_of_whom_it_means(house: AsanaHouse) -> None:
    dana = house.asana.user("dana").gid
    task = create(house, html_notes=f'<body>Ask <a data-asana-gid="{dana}"/></body>')
    shown = read(house, task["gid"], "notes,html_notes")
    assert shown["notes"] == "Ask @Dana Demo"
    assert 'data-asana-type="user"' in shown["html_notes"]


@deliberate
def test_comments_allow_fewer_tags_than_notes(house: AsanaHouse) -> None:
    gid = create(house, html_notes="<body><h1>x</h1><hr/></body>")["gid"]
    assert "<h1> is not supported" in refused(
        house, "POST", f"/tasks/{gid}/stories", {"html_text": "<body><h1>x</h1></body>"}
    )
    assert "one of" in refused(house, "POST", f"/tasks/{gid}/stories", {"html_text": "<body>x</body>", "text": "x"})


def test_notes_hold_tables_whose_cells_come_back_with_a_width(house: AsanaHouse) -> None:
    table = "<table><tr><td><strong>Page</strong></td><td>Owner</td></tr><tr><td>/spring</td><td></td></tr></table>"
    gid = create(house, html_notes=f"<body>Plan{table}</body>")["gid"]
    shown = read(house, gid, "notes,html_notes")
    assert shown["html_notes"].count('<td width="120" data-cell-widths="120"') == 4
    assert shown["notes"] == "Plan\nPage\tOwner\n/spring\t"
    said = refused(house, "POST", f"/tasks/{gid}/stories", {"html_text": f"<body>{table}</body>"})
    assert "<table> is not supported" in said
    assert "Missing" in refused(house, "POST", f"/tasks/{gid}/stories", {"is_pinned": True})


# -- stories ----------------------------------------------------------------------------------------


def test_system_stories_tell_what_was_before_and_after(house: AsanaHouse) -> None:
    gid = house.person("dana").create(house.project, "Poster", due="2026-03-11")
    dana = house.person("dana")
    dana.edit(gid, name="Posters", due="2026-03-12", custom={"Channel": "Print", "Priority": "High"})
    dana.edit(gid, custom={"Priority": "Low"}, section="Doing", assignee="pia")
    dana.complete(gid)
    fields = (
        "resource_subtype,created_by.name,old_name,new_name,old_dates,new_dates,old_section.name,new_section.name,"
        "custom_field.name,old_enum_value.name,new_enum_value.name,assignee.name"
    )
    stories = house.client().json("GET", f"/tasks/{gid}/stories?opt_fields={fields}")["data"]
    told: dict[str, dict[str, Any]] = {story["resource_subtype"]: story for story in stories}
    assert {story["created_by"]["name"] for story in stories} == {"Dana Demo"}
    assert (told["name_changed"]["old_name"], told["name_changed"]["new_name"]) == ("Poster", "Posters")
    assert told["due_date_changed"]["old_dates"]["due_on"] == "2026-03-11"
    assert told["due_date_changed"]["new_dates"]["due_on"] == "2026-03-12"
    assert told["section_changed"]["new_section"]["name"] == "Doing"
    changed = told["enum_custom_field_changed"]
    assert changed["custom_field"]["name"] == "Priority"
    assert (changed["old_enum_value"]["name"], changed["new_enum_value"]["name"]) == ("High", "Low")
    assert told["assigned"]["assignee"]["name"] == "Pia Print"
    assert "marked_complete" in told


@deliberate
def test_only_ones_own_comments_can_be_edited_and_deleted(house: AsanaHouse) -> None:
    gid = house.person("dana").create(house.project, "Poster")
    theirs = house.person("dana").comment(gid, "Mine")
    system = house.asana.task(gid).stories[0]
    refused(house, "PUT", f"/stories/{theirs}", {"text": "x"}, 403)
    refused(house, "PUT", f"/stories/{system}", {"text": "x"}, 400)
    client = house.client()
    assert client("DELETE", f"/stories/{theirs}").status_code == 403
    assert client("DELETE", f"/stories/{system}").status_code == 403
    own = client.json("POST", f"/tasks/{gid}/stories", json={"data": {"text": "Ours"}})["data"]["gid"]
    edited = client.json("PUT", f"/stories/{own}", json={"data": {"text": "Ours, edited"}})["data"]
    assert (edited["text"], edited["is_edited"]) == ("Ours, edited", True)
    assert client("DELETE", f"/stories/{own}").status_code == 200
    assert client("GET", f"/stories/{own}").status_code == 404


# -- events -----------------------------------------------------------------------------------------


def events(house: AsanaHouse, token: str) -> dict[str, Any]:
    return house.client().json("GET", f"/events?resource={house.project}&sync={token}")


def fresh_token(house: AsanaHouse) -> str:
    answer = house.client()("GET", f"/events?resource={house.project}")
    assert answer.status_code == 412
    return str(answer.json()["sync"])


def test_a_section_move_shows_as_an_event_though_not_in_modified_at(house: AsanaHouse) -> None:
    gid = house.person("dana").create(house.project, "Poster")
    token = fresh_token(house)
    house.person("dana").move(gid, "Doing")
    told = events(house, token)
    assert {event["resource"]["gid"] for event in told["data"] if event["type"] == "task"} == {gid}
    assert {(e["action"], e["parent"]["name"]) for e in told["data"] if e["type"] == "task"} == {
        ("added", "Doing"),
        ("removed", "To do"),
    }
    assert events(house, told["sync"])["data"] == []
    assert events(house, token)["data"] == told["data"]


def test_a_call_tells_a_hundred_events_and_whether_there_are_more(house: AsanaHouse) -> None:
    token = fresh_token(house)
    gid = house.person("dana").create(house.project, "Poster")
    for number in range(60):
        house.person("dana").edit(gid, name=f"Poster {number}")
    first = events(house, token)
    assert (len(first["data"]), first["has_more"]) == (100, True)
    rest = events(house, first["sync"])
    assert (len(rest["data"]), rest["has_more"]) == (22, False)


def test_a_token_dies_and_the_answer_brings_a_new_one(house: AsanaHouse) -> None:
    token = fresh_token(house)
    house.asana.events.expire_tokens()
    answer = house.client()("GET", f"/events?resource={house.project}&sync={token}")
    assert answer.status_code == 412
    assert events(house, answer.json()["sync"])["data"] == []


def test_events_come_late_and_some_never(house: AsanaHouse) -> None:
    house.asana.events.lag_s = 60
    token = fresh_token(house)
    house.person("dana").create(house.project, "Poster")
    late = events(house, token)
    assert late["data"] == []
    house.asana.clock.advance(61)
    assert len(events(house, late["sync"])["data"]) == 2
    house.asana.events.lossy_every = 2
    token = fresh_token(house)
    house.person("dana").create(house.project, "Flyer")
    house.asana.clock.advance(61)
    assert len(events(house, token)["data"]) == 1


# -- rights, batches, external data -----------------------------------------------------------------


def test_a_hidden_project_is_forbidden_and_a_deleted_task_not_found(house: AsanaHouse) -> None:
    gid = house.person("dana").create(house.project, "Poster")
    client = house.client()
    house.faults.hide(house.project)
    assert client("GET", f"/tasks?project={house.project}").status_code == 403
    assert client("GET", f"/tasks/{gid}").status_code == 403
    assert client.json("GET", f"/projects?workspace={house.asana.workspace.gid}")["data"] == []
    house.faults.show(house.project)
    house.person("dana").delete(gid)
    assert client("GET", f"/tasks/{gid}").status_code == 404
    house.asana.restore_task(gid, house.asana.user("dana"))
    assert client("GET", f"/tasks/{gid}").status_code == 200


def test_a_wrong_token_is_refused(house: AsanaHouse) -> None:
    assert house.client(token="wrong")("GET", "/users/me").status_code == 401


def test_the_mail_of_a_guest_may_be_hidden(house: AsanaHouse) -> None:
    house.asana.user("pia").email_visible = False
    workspace = house.asana.workspace.gid
    people = house.client().json("GET", f"/workspaces/{workspace}/users?opt_fields=name,email")["data"]
    assert {user["name"]: user["email"] for user in people}["Pia Print"] is None


def test_a_batch_carries_ten_actions_each_with_its_own_outcome(house: AsanaHouse) -> None:
    gid = create(house)["gid"]
    actions = [
        {"relative_path": f"/tasks/{gid}", "method": "put", "data": {"name": "New"}, "options": {"fields": ["name"]}},
        {"relative_path": "/tasks/1", "method": "get"},
        {"relative_path": "/tasks", "method": "get", "data": {"project": house.project}, "options": {"limit": 1}},
    ]
    answers = house.client().json("POST", "/batch", json={"data": {"actions": actions}})["data"]
    assert [answer["status_code"] for answer in answers] == [200, 404, 200]
    assert answers[0]["body"]["data"] == {"gid": gid, "name": "New"}
    assert answers[2]["body"]["next_page"] is None
    assert len(house.server.requests.matching("/batch")) == 1


@deliberate
def test_a_batch_of_eleven_is_refused(house: AsanaHouse) -> None:
    actions = [{"relative_path": "/users/me", "method": "get"}] * 11
    refused(house, "POST", "/batch", {"actions": actions})


@deliberate
def test_external_data_belong_to_an_app_alone(house: AsanaHouse) -> None:
    house.asana.oauth_tokens["app-token"] = Login(house.asana.user("syncd-bot"), app="syncd")
    gid = create(house)["gid"]
    refused(house, "PUT", f"/tasks/{gid}", {"external": {"gid": "i1"}}, 403)
    app = house.client(token="app-token")
    written = app.json("PUT", f"/tasks/{gid}", json={"data": {"external": {"gid": "i1", "data": "x"}}})
    assert written["data"]["gid"] == gid
    assert app.json("GET", "/tasks/external:i1?opt_fields=external")["data"]["external"] == {"gid": "i1", "data": "x"}
    assert "external" not in read(house, gid, "external")
    assert house.client()("GET", "/tasks/external:i1").status_code == 404


def test_a_task_may_be_in_two_projects_and_leave_one(house: AsanaHouse) -> None:
    other = house.asana.add_project("Summer", ["Ideas"], house.asana.user("dana"))
    gid, client = create(house)["gid"], house.client()
    client.json("POST", f"/tasks/{gid}/addProject", json={"data": {"project": other.gid}})
    assert len(read(house, gid, "memberships.section.name")["memberships"]) == 2
    client.json("POST", f"/tasks/{gid}/removeProject", json={"data": {"project": house.project}})
    assert [m["section"]["name"] for m in read(house, gid, "memberships.section.name")["memberships"]] == ["Ideas"]


def test_a_task_can_be_placed_beside_another(house: AsanaHouse) -> None:
    gids = [create(house, name=name)["gid"] for name in "abc"]
    section, client = house.section("Doing"), house.client()
    for gid in gids:
        client.json("POST", f"/sections/{section}/addTask", json={"data": {"task": gid}})
    listed = [task["name"] for task in client.json("GET", f"/sections/{section}/tasks")["data"]]
    assert listed == ["c", "b", "a"]
    sent = {"task": gids[2], "insert_after": gids[0]}
    client.json("POST", f"/sections/{section}/addTask", json={"data": sent})
    assert [task["name"] for task in client.json("GET", f"/sections/{section}/tasks")["data"]] == ["b", "a", "c"]


def test_answers_name_the_address_they_were_asked_at(house: AsanaHouse) -> None:
    for name in "ab":
        create(house, name=name)
    page = Client(f"{house.server.url}/api/1.0", token="syncd-bot-token").json(
        "GET", f"/tasks?project={house.project}&limit=1"
    )
    assert page["next_page"]["uri"].startswith(f"{house.server.url}/api/1.0/tasks?")
