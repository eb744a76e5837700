"""Every row of the merge table (design §6), each in both directions: `here` is the side that was edited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.choices import Conflict, Direction
from syncd.model.items import FieldEdit, SetChange, Side
from syncd.model.links import Pair
from syncd.model.values import FieldId, Kind, Person, UserId, Value
from syncd.reconcile.merge import Decision, FieldState, Policy, merge_value
from syncd.reconcile.sets import merge_set
from tests.reconcile.houses import IT, Elements, M, Plain, Same, Words, rule

AROUND = Plain()
KEEP = Policy()
T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

STATUSES = Words(
    (
        (("To do",), ("To Do", "Ready")),
        (("Doing",), ("In Progress", "In Review")),
        (("Done",), ("Done",)),
        ((), ("Backlog", "Blocked")),
        (("Idea",), ()),
    )
)

both_sides = pytest.mark.parametrize("here", [M, IT], ids=["marketing", "it"])


def pair(here: Side, value: Value, other: Value) -> Pair:
    return Pair(value, other) if here is M else Pair(other, value)


def state(here: Side, now: tuple[Value, Value], base: tuple[Value, Value] | None, **settings: object) -> FieldState:
    edits = settings.pop("edits", None)
    baseline = None if base is None else pair(here, *base)
    return FieldState(rule(**settings), pair(here, *now), baseline, edits)  # type: ignore[arg-type]


def merge(one: FieldState, policy: Policy = KEEP) -> Decision:
    return merge_value(one, policy, AROUND)


def towards(side: Side) -> Direction:
    return Direction.TO_IT if side is IT else Direction.TO_MARKETING


def conflict_for(side: Side) -> Conflict:
    return Conflict.IT if side is IT else Conflict.MARKETING


def edit(minutes: float, by: str = "dana") -> FieldEdit:
    return FieldEdit(FieldId("title"), T0 + timedelta(minutes=minutes), Person(UserId(by), by), "old", "new")


class TestNoSideChanged:
    @both_sides
    def test_an_unchanged_side_never_causes_a_write(self, here: Side) -> None:
        decision = merge(state(here, ("A", "A"), ("A", "A")))
        assert not decision.writes
        assert decision.agreed is None
        assert decision.wait is None

    @both_sides
    def test_nothing_is_written_when_the_mapping_changed_under_an_old_baseline(self, here: Side) -> None:
        assert not merge(state(here, ("A", "Z"), ("A", "Z"))).writes

    def test_a_row_with_several_values_is_agreement(self) -> None:
        decision = merge(state(IT, ("In Review", "Doing"), ("In Progress", "Doing"), lens=STATUSES))
        assert not decision.writes
        assert decision.agreed == Pair("Doing", "In Review")


class TestChangedAndAgree:
    @both_sides
    def test_the_baseline_moves(self, here: Side) -> None:
        decision = merge(state(here, ("B", "B"), ("A", "A")))
        assert decision.agreed == Pair("B", "B")
        assert not decision.writes


class TestOneChanged:
    @both_sides
    def test_the_other_side_is_written(self, here: Side) -> None:
        (write,) = merge(state(here, ("B", "A"), ("A", "A"))).writes
        assert (write.to, write.value, write.lost) == (here.other, "B", None)

    @both_sides
    def test_a_value_without_counterpart_is_held(self, here: Side) -> None:
        decision = merge(state(here, ("Waiting", "Done"), ("Done", "Done"), lens=STATUSES))
        assert not decision.writes
        assert decision.wait is not None
        assert decision.wait.code == "unmapped-value"
        assert "Waiting" in decision.wait.advice
        assert decision.agreed is None

    @pytest.mark.parametrize(("here", "value", "other"), [(IT, "Blocked", "Doing"), (M, "Idea", "To Do")])
    def test_a_value_that_says_nothing_moves_the_baseline_only(self, here: Side, value: str, other: str) -> None:
        decision = merge(state(here, (value, other), ("Done", other), lens=STATUSES))
        assert not decision.writes
        assert decision.agreed == pair(here, value, other)

    @both_sides
    def test_an_emptied_value_is_emptied_opposite(self, here: Side) -> None:
        (write,) = merge(state(here, (None, "A"), ("A", "A"))).writes
        assert (write.to, write.value) == (here.other, None)

    @both_sides
    def test_an_emptied_value_stays_opposite_with_empty_keep(self, here: Side) -> None:
        assert not merge(state(here, (None, "A"), ("A", "A")), Policy(clears=False)).writes

    @both_sides
    def test_an_edit_of_a_shortened_copy_is_a_conflict(self, here: Side) -> None:
        original, copy = "0123456789 and more", "0123456789"
        decision = merge(state(here, ("01234 edited", original), (copy, original), lens=Same(most=10)))
        assert not decision.writes
        assert decision.wait is not None
        assert decision.wait.code == "conflict"

    @both_sides
    def test_an_edit_of_the_full_text_travels_shortened(self, here: Side) -> None:
        decision = merge(state(here, ("a new, long text", "0123456789"), ("0123456789xx", "0123456789"), lens=Same(10)))
        (write,) = decision.writes
        assert write.is_shortened
        assert write.value == "a new, lon"


class TestBothChanged:
    @both_sides
    def test_a_fixed_policy_wins_and_names_what_is_lost(self, here: Side) -> None:
        (write,) = merge(state(here, ("B", "C"), ("A", "A"), conflict=conflict_for(here))).writes
        assert (write.to, write.value, write.lost) == (here.other, "B", "C")

    @both_sides
    def test_flag_keeps_both_values_and_names_them(self, here: Side) -> None:
        decision = merge(state(here, ("B", "C"), ("A", "A")))
        assert not decision.writes
        assert decision.agreed is None
        assert decision.wait is not None
        assert decision.wait.code == "conflict"
        assert "“B”" in decision.wait.reason
        assert "“C”" in decision.wait.reason

    @both_sides
    def test_newest_asks_for_field_times_first(self, here: Side) -> None:
        decision = merge(state(here, ("B", "C"), ("A", "A"), conflict=Conflict.NEWEST))
        assert decision.asks_history
        assert not decision.writes
        assert decision.wait is None

    @both_sides
    def test_newest_lets_the_later_field_edit_win(self, here: Side) -> None:
        edits = {here: edit(5), here.other: edit(1)}
        (write,) = merge(state(here, ("B", "C"), ("A", "A"), conflict=Conflict.NEWEST, edits=edits)).writes
        assert (write.to, write.value, write.lost) == (here.other, "B", "C")

    @pytest.mark.parametrize("other", [None, edit(4.1), edit(5.9)], ids=["no time known", "59 s before", "59 s after"])
    @both_sides
    def test_newest_without_clear_times_waits_for_a_person(self, here: Side, other: FieldEdit | None) -> None:
        edits = {here: edit(5), here.other: other}
        decision = merge(state(here, ("B", "C"), ("A", "A"), conflict=Conflict.NEWEST, edits=edits))
        assert not decision.writes
        assert decision.wait is not None
        assert decision.wait.code == "conflict"
        why = "It is not known when each was entered" if other is None else "The two edits lie less than 60 s apart"
        assert f" {why}, so neither counts as the later one." in decision.wait.reason

    @both_sides
    def test_exactly_a_minute_apart_decides(self, here: Side) -> None:
        edits = {here: edit(5), here.other: edit(4)}
        assert merge(state(here, ("B", "C"), ("A", "A"), conflict=Conflict.NEWEST, edits=edits)).writes

    @both_sides
    def test_the_winner_without_counterpart_is_held(self, here: Side) -> None:
        one = state(here, ("Waiting", "Done"), ("Doing", "In Progress"), lens=STATUSES, conflict=conflict_for(here))
        decision = merge(one)
        assert not decision.writes
        assert decision.wait is not None
        assert decision.wait.code == "unmapped-value"

    @both_sides
    def test_an_emptied_value_never_beats_another_with_empty_keep(self, here: Side) -> None:
        (write,) = merge(state(here, (None, "C"), ("A", "A")), Policy(clears=False)).writes
        assert (write.to, write.value) == (here, "C")


class TestAfterACreateThatCouldNotCarryTheStatus:
    def merge(self, here: str, there: str) -> Decision:
        """Made in IT with "To Do"; the create call said nothing of marketing's status."""
        one = FieldState(rule(STATUSES, name="status", kind=Kind.STATUS), Pair(here, there), Pair(None, "To Do"))
        return merge(one)

    def test_another_status_of_the_origin_is_written(self) -> None:
        (write,) = self.merge("Doing", "To Do").writes
        assert (write.to, write.value) == (IT, "In Progress")

    def test_a_first_move_on_the_new_item_is_no_conflict_with_a_status_that_nobody_changed(self) -> None:
        (write,) = self.merge("To do", "Done").writes
        assert (write.to, write.value) == (M, "Done")

    def test_moves_on_both_sides_are_a_conflict(self) -> None:
        decision = self.merge("Doing", "Done")
        assert not decision.writes
        assert decision.wait is not None
        assert decision.wait.code == "conflict"


class TestNoBaseline:
    @both_sides
    def test_agreement_becomes_the_baseline(self, here: Side) -> None:
        assert merge(state(here, ("A", "A"), None)).agreed == Pair("A", "A")

    @both_sides
    def test_an_empty_side_is_filled(self, here: Side) -> None:
        (write,) = merge(state(here, ("A", None), None)).writes
        assert (write.to, write.value) == (here.other, "A")

    @both_sides
    def test_empty_never_wins(self, here: Side) -> None:
        policy = Policy(differences=here)
        (write,) = merge(state(here, (None, "A"), None), policy).writes
        assert (write.to, write.value) == (here, "A")

    @both_sides
    def test_an_empty_sender_never_empties_the_receiver_of_a_one_way_field(self, here: Side) -> None:
        one = state(here, (None, "A"), None, direction=towards(here.other))
        decision = merge(one, Policy(differences=here))
        assert not decision.writes
        assert decision.agreed == pair(here, None, "A")

    @both_sides
    def test_unlike_values_both_stay_with_keep_until_one_changes(self, here: Side) -> None:
        decision = merge(state(here, ("A", "B"), None))
        assert not decision.writes
        assert decision.agreed == pair(here, "A", "B")

    @both_sides
    def test_adopt_differences_lets_one_side_win(self, here: Side) -> None:
        (write,) = merge(state(here, ("A", "B"), None), Policy(differences=here)).writes
        assert (write.to, write.value, write.lost) == (here.other, "A", "B")


class TestOneWay:
    @both_sides
    def test_a_change_on_the_receiving_side_is_left_alone_and_the_baseline_stays(self, here: Side) -> None:
        decision = merge(state(here, ("B", "A"), ("A", "A"), direction=towards(here)))
        assert not decision.writes
        assert decision.agreed is None

    @both_sides
    def test_the_senders_next_change_wins_as_a_conflict(self, here: Side) -> None:
        (write,) = merge(state(here, ("B", "C"), ("A", "A"), direction=towards(here.other))).writes
        assert (write.to, write.value, write.lost) == (here.other, "B", "C")


class TestNeverWritten:
    @pytest.mark.parametrize("direction", [Direction.ONCE, Direction.COMPARE])
    @pytest.mark.parametrize("base", [None, ("A", "A")], ids=["no baseline", "baseline"])
    @both_sides
    def test_once_and_compare_are_only_recorded(
        self, here: Side, base: tuple[str, str] | None, direction: Direction
    ) -> None:
        one = state(here, ("B", None), base, direction=direction)
        assert not merge(one).writes
        assert not merge_set(one, KEEP, AROUND).writes


def labels(*elements: str) -> frozenset[str]:
    return frozenset(elements)


class TestSets:
    def merge(
        self,
        here: Side,
        now: tuple[frozenset[str], frozenset[str]],
        base: tuple[frozenset[str], frozenset[str]] | None,
        lens: Elements | None = None,
        policy: Policy = KEEP,
    ) -> Decision:
        one = state(here, now, base, lens=lens or Elements(), kind=Kind.MULTISELECT)
        return merge_set(one, policy, AROUND)

    @both_sides
    def test_added_and_removed_elements_travel_one_by_one(self, here: Side) -> None:
        decision = self.merge(
            here, (labels("a", "c"), labels("a", "b", "mine")), (labels("a", "b"), labels("a", "b", "mine"))
        )
        (write,) = decision.writes
        assert write.to is here.other
        assert write.elements == SetChange(labels("c"), labels("b"))
        assert write.value == labels("a", "c", "mine")

    @both_sides
    def test_edits_of_both_sides_never_conflict(self, here: Side) -> None:
        decision = self.merge(here, (labels("a", "x"), labels("a", "y")), (labels("a"), labels("a")))
        assert {write.to: write.elements for write in decision.writes} == {
            here: SetChange(labels("y"), labels()),
            here.other: SetChange(labels("x"), labels()),
        }

    @both_sides
    def test_without_a_baseline_the_sets_are_united(self, here: Side) -> None:
        decision = self.merge(here, (labels("a"), labels("b")), None)
        assert {write.to: write.value for write in decision.writes} == {
            here: labels("a", "b"),
            here.other: labels("a", "b"),
        }

    @both_sides
    def test_elements_without_counterpart_stay_where_they_are(self, here: Side) -> None:
        lens = Elements({"web": "web"})
        decision = self.merge(here, (labels("web", "only here"), labels()), (labels(), labels()), lens)
        (write,) = decision.writes
        assert write.elements == SetChange(labels("web"), labels())

    @both_sides
    def test_an_emptied_set_stays_opposite_with_empty_keep(self, here: Side) -> None:
        decision = self.merge(here, (labels(), labels("a")), (labels("a"), labels("a")), policy=Policy(clears=False))
        assert not decision.writes

    @both_sides
    def test_what_one_side_added_and_the_other_removed_stays(self, here: Side) -> None:
        lens = Elements({"a": "a"})
        decision = self.merge(here, (labels(), labels("a")), (labels("a"), labels()), lens)
        assert all("a" not in (write.elements or SetChange(labels(), labels())).removed for write in decision.writes)


texts = st.sampled_from([None, "A", "B", "C"])
pairs = st.builds(Pair, texts, texts)


@given(now=pairs, base=st.none() | pairs, conflict=st.sampled_from([Conflict.MARKETING, Conflict.IT, Conflict.FLAG]))
def test_swapping_the_sides_swaps_the_decision(now: Pair, base: Pair | None, conflict: Conflict) -> None:
    def swap(one: Pair | None) -> Pair | None:
        return None if one is None else Pair(one.it, one.marketing)

    turned = {Conflict.MARKETING: Conflict.IT, Conflict.IT: Conflict.MARKETING}.get(conflict, conflict)
    there = merge(FieldState(rule(conflict=conflict), now, base))
    back = merge(FieldState(rule(conflict=turned), swap(now), swap(base)))  # type: ignore[arg-type]
    assert [(w.to.other, w.value, w.lost) for w in there.writes] == [(w.to, w.value, w.lost) for w in back.writes]
    assert swap(there.agreed) == back.agreed
    assert (there.wait is None) == (back.wait is None)


@given(now=pairs, base=st.none() | pairs, conflict=st.sampled_from(list(Conflict)), clears=st.booleans())
def test_planning_after_applying_gives_nothing(now: Pair, base: Pair | None, conflict: Conflict, clears: bool) -> None:
    first = merge(FieldState(rule(conflict=conflict), now, base), Policy(clears=clears))
    for write in first.writes:
        settled = now.replace(write.to, write.value)
        again = merge(FieldState(rule(conflict=conflict), settled, settled), Policy(clears=clears))
        assert not again.writes
        assert again.wait is None


sets = st.frozensets(st.sampled_from("abcd"))
set_pairs = st.builds(Pair, sets, sets)


@given(now=set_pairs, base=st.none() | set_pairs)
def test_a_merged_set_keeps_every_added_and_drops_every_removed_element(now: Pair, base: Pair | None) -> None:
    one = FieldState(rule(Elements(), kind=Kind.MULTISELECT), now, base)
    after = {side: now.on(side) for side in Side}
    after |= {write.to: write.value for write in merge_set(one, KEEP, AROUND).writes}
    if base is None:
        assert after[M] == after[IT] == now.marketing | now.it  # type: ignore[operator]
        return
    for side in Side:
        added = now.on(side) - base.on(side)  # type: ignore[operator]
        assert added <= after[side.other]  # type: ignore[operator]
        removed = base.on(side) - now.on(side)  # type: ignore[operator]
        added_there = now.on(side.other) - base.on(side.other)  # type: ignore[operator]
        assert not (removed - added_there) & after[side.other]  # type: ignore[operator]
