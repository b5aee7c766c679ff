"""Laws of a visit: undo and redo are identities, counters kept step by step equal counting from scratch."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.errors import VisitError
from fieldkit.visit import answering
from fieldkit.visit.liveform import LiveForm
from fieldkit.visit.nodes import item_kind, takes_answer
from fieldkit.visit.orderkeys import key_between
from fieldkit.visit.outline import rows_of
from fieldkit.visit.view import ItemKind
from tests.builders.visits import Bench, machines, scheme

FORM = "branch_std"

STEP = st.tuples(st.sampled_from(["answer", "answer", "answer", "row", "drop"]), st.integers(0, 500), st.integers(0, 7))
STEPS = st.lists(STEP, min_size=1, max_size=14)
LAW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def candidate(bench: Bench, place: int, choice: int) -> tuple[str, str]:
    """Return an item that takes an answer now, and a value for it."""
    live = bench.session.live[FORM]
    items = [node for node in live.form.nodes() if takes_answer(node) and node.relevant]
    node = items[place % len(items)]
    kind = item_kind(node)
    if kind in (ItemKind.SELECT_ONE, ItemKind.SELECT_MULTIPLE):
        offered = [one.value for one in node.choices()]
        return live.key(node), offered[choice % len(offered)]
    values = {
        ItemKind.INTEGER: ["0", "3", "7", "24", "600", "", "1", "40"],
        ItemKind.DECIMAL: ["0", "12.5", "250", "-1", "", "99", "1", "2"],
        ItemKind.DATE: ["2026-01-01", "2025-01-01", "2027-01-01", "", "2024-06-01", "2025-12-31", "", ""],
    }
    return live.key(node), values.get(kind, ["text", "", "more", "x", "y", "z", "", "t"])[choice]


def perform(bench: Bench, step: tuple[str, int, int]) -> bool:
    """Make one step and tell whether anything was written."""
    word, place, choice = step
    series = bench.session.find(f"{FORM}:/data/d/rec")[1]
    if word == "row":
        effects = answering.add_row(bench.session, f"{FORM}:/data/d/rec")
    elif word == "drop":
        rows = rows_of(series)
        if not rows:
            return False
        effects = answering.remove_row(bench.session, bench.session.live[FORM].key(rows[place % len(rows)]))
    else:
        key, value = candidate(bench, place, choice)
        try:
            effects = answering.answer(bench.session, key, value)
        except VisitError:
            return False
    bench.write(effects.writes)
    return bool(effects.writes)


def snapshot(bench: Bench) -> dict[str, Any]:
    """Return everything that a person sees of the form."""
    return {
        f"{node.kind} {node.path}": (node.value, node.stored, node.relevant, str(node.violation))
        for node in bench.session.live[FORM].form.nodes()
        if node.name != "instanceID"
    }


@LAW
@given(STEPS)
def test_undoing_everything_and_redoing_everything_are_identities(steps: list[tuple[str, int, int]]) -> None:
    bench = Bench(FORM)
    states = [snapshot(bench), *(snapshot(bench) for step in steps if perform(bench, step))]
    for expected in reversed(states[:-1]):
        bench.undo()
        assert snapshot(bench) == expected
    bench.reopen()
    for expected in states[1:]:
        bench.redo()
        assert snapshot(bench) == expected


@LAW
@given(STEPS)
def test_counters_kept_step_by_step_equal_counting_from_scratch(steps: list[tuple[str, int, int]]) -> None:
    bench = Bench(FORM)
    for step in steps:
        perform(bench, step)
    live = bench.session.live[FORM]
    scratch = LiveForm(FORM, live.form, bench.session.record, scheme())
    assert live.tally.all == scratch.tally.all
    for section in live.outline.sections:
        assert live.tally.section(section.key) == scratch.tally.section(section.key)
    assert [node.path for node in live.stations.nodes] == [node.path for node in scratch.stations.nodes]


@LAW
@given(STEPS)
def test_a_restart_shows_the_same_visit(steps: list[tuple[str, int, int]]) -> None:
    bench = Bench(FORM)
    for step in steps:
        perform(bench, step)
    before = snapshot(bench)
    assert snapshot(bench.reopen()) == before


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_there_is_always_a_key_between_two_rows(places: list[int]) -> None:
    keys: list[str] = []
    for place in places:
        at = place % (len(keys) + 1)
        low = keys[at - 1] if at else None
        high = keys[at] if at < len(keys) else None
        made = key_between(low, high)
        assert low is None or low < made
        assert high is None or made < high
        keys.insert(at, made)


EVENTS = sorted(machines()["visit"].events())
MOVES = st.lists(st.tuples(st.sampled_from([*EVENTS, "answer"]), st.booleans()), min_size=1, max_size=16)


def small() -> Bench:
    """Return a short visit with everything answered."""
    bench = Bench("recheck")
    bench.answers(visit_date="2026-01-09", visit_mode="recheck", it_m="doc", it_v="ok", it_fact="seen")
    bench.answers(it_root="yes", it_again="no")
    return bench


def refusal(bench: Bench, value: str, reason: str) -> str:
    """Answer, and return the code of the refusal or an empty text."""
    try:
        bench.answer("sumup", value, reason=reason)
    except VisitError as error:
        return error.code
    return ""


@LAW
@given(MOVES)
def test_a_visit_only_moves_as_its_machine_allows(moves: list[tuple[str, bool]]) -> None:
    bench, machine = small(), machines()["visit"]
    roles = ("inspector", "team_lead", "reviewer", "approver")
    for number, (event, with_fields) in enumerate(moves):
        before = bench.session.record.state
        fields = {"reason": "because", "remarks": "say more"} if with_fields else {}
        if event == "answer":
            refused = refusal(bench, f"text {number}", "because" if with_fields else "")
            after = bench.session.record.state
            if refused:
                assert refused == ("VISIT-021" if before.state == "fed" else "VISIT-020")
                assert after == before
            else:
                assert before.state in ("open", "ready", "fed", "returned")
                assert after.state == "open"
            continue
        decision = bench.move(event, roles, **fields)
        after, listed = bench.session.record.state, machine.transition(before.state, event)
        if decision.ok:
            assert listed is not None
            assert after.state == listed.target
            assert set(listed.required) <= set(fields)
            closes = after.event == "finalise" or (after.event == "reopen" and before.state in ("final", "returned"))
            assert after.revision - before.revision in ((0, 1) if closes else (0,))
        else:
            assert decision.refused
            assert after == before
        assert after.sheets[: len(before.sheets)] == before.sheets
    shown = bench.session.record.state
    assert bench.reopen().session.record.state == shown
