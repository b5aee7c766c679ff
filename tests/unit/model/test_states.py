"""The shipped state machines, and what the reader of such a file refuses."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import SettingsError, UsageError
from fieldkit.i18n import set_language
from fieldkit.model.codes import load_codes
from fieldkit.model.scheme import load_scheme
from fieldkit.model.states import NEVER_CHOSEN, Refusal, Request, Transition, load_machines
from fieldkit.model.states_fields import read_fields
from fieldkit.model.wording import FIELD_TEXTS, GUARD_TEXTS
from fieldkit.resources import data_path
from tests.builders.visits import codes, machines, scheme
from tests.states import as_json
from tests.states import main as states_main

OBJECTS = sorted(machines().objects)
EVERY_EVENT = sorted({event for machine in machines().objects.values() for event in machine.events()})
EVERY_ROLE = sorted(machines().roles)


class TestShippedFile:
    def test_every_object_is_there(self) -> None:
        assert set(OBJECTS) == {
            "campaign",
            "assignment",
            "visit",
            "finding",
            "disposition",
            "ledger",
            "escalation",
            "rating",
            "plan",
        }

    def test_only_the_first_state_of_a_visit_and_a_finding_is_editable(self) -> None:
        for name, editable in (("visit", "open"), ("finding", "draft")):
            machine = machines()[name]
            assert [state.code for state in machine.states.values() if state.editable] == [editable]
            assert machine.initial == editable

    def test_every_state_can_be_reached(self) -> None:
        for machine in machines().objects.values():
            reached, waiting = {machine.initial}, [machine.initial]
            while waiting:
                for move in machine.moves(waiting.pop()):
                    if move.target not in reached:
                        reached.add(move.target)
                        waiting.append(move.target)
            assert reached == set(machine.states), machine.code

    def test_another_name_of_an_event_is_the_same_move(self) -> None:
        visit = machines()["visit"]
        assert visit.transition("returned", "correct") is visit.transition("returned", "reopen")

    def test_roles_that_nobody_chooses(self) -> None:
        assert set(machines().roles) > NEVER_CHOSEN

    def test_the_words_of_guards_and_fields_are_marked_for_translation(self) -> None:
        assert dict(machines().guards) == GUARD_TEXTS
        assert dict(machines().fields) == FIELD_TEXTS

    def test_codes_that_fields_name_exist(self) -> None:
        for name in ("disposition", "ledger_preset", "waiver_reason", "subject_view", "escalation_level"):
            assert codes().values(name)


@given(st.sampled_from(OBJECTS), st.sampled_from(EVERY_EVENT), st.sampled_from(EVERY_ROLE), st.data())
def test_a_move_is_either_listed_or_refused_with_words(name: str, event: str, role: str, data: st.DataObject) -> None:
    machine = machines()[name]
    state = data.draw(st.sampled_from(sorted(machine.states)))
    request = Request(state, event, (role,))
    if event not in machine.events():
        with pytest.raises(UsageError):
            machines().find(name, request)
        return
    found = machines().find(name, request)
    listed = any(move.source == state and event in move.names() for move in machine.transitions)
    assert isinstance(found, Transition) is listed
    if isinstance(found, Refusal):
        assert event in found.message
        assert found.code == "no_such_move"
        return
    refused = machines().role_refusal(name, found, (role,))
    assert (refused is None) is (role in found.roles)
    missing = machines().missing_fields(name, found, {})
    assert [entry.ref for entry in missing] == list(found.required)


def test_more_fields_by_the_value_of_one() -> None:
    move = machines()["finding"].transition("submitted", "dispose")
    assert move is not None
    assert move.required_for({"disposition": "remind"}) == ("disposition", "advice", "follow_up")
    assert move.required_for({}) == ("disposition",)


def test_refusals_speak_both_languages() -> None:
    request = Request("open", "accept", ("inspector",))
    texts = []
    for language in ("en", "zh_CN"):
        set_language(language)
        found = machines().find("visit", request)
        assert isinstance(found, Refusal)
        texts.append(found.message)
    assert "检查" in texts[1]
    assert texts[0] != texts[1]


def test_the_quick_form_says_what_the_table_says() -> None:
    """Whoever changes states.toml renews states.json."""
    assert states_main([]) == 0


class TestReading:
    VALID = """
version = 1
[roles]
lead = { zh = "组长", en = "lead" }
[guards]
ok = "fine"
[fields]
reason = "text"
[objects.thing]
zh = "物"
en = "thing"
states = [ { code = "a", zh = "甲", en = "a", initial = true }, { code = "b", zh = "乙", en = "b" } ]
transitions = [ { from = "a", event = "go", to = "b", roles = ["lead"], guards = ["ok"], required = ["reason"] } ]
"""

    def test_a_sound_file(self) -> None:
        assert load_machines(as_json(self.VALID))["thing"].initial == "a"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('to = "b"', 'to = "c"'),
            ('roles = ["lead"]', 'roles = ["boss"]'),
            ('guards = ["ok"]', 'guards = ["never"]'),
            ('required = ["reason"]', 'required = ["why"]'),
            ("initial = true", "final = true"),
            ('zh = "物"\n', ""),
            ('event = "go",', 'event = "go", aliases = ["go"],'),
        ],
    )
    def test_a_broken_one_is_refused_with_its_code(self, old: str, new: str) -> None:
        assert old in self.VALID
        with pytest.raises(SettingsError) as caught:
            load_machines(as_json(self.VALID.replace(old, new, 1)))
        assert caught.value.code == "STATE-001"

    def test_text_that_is_no_json_is_refused(self) -> None:
        for text in (as_json(self.VALID)[:-2], self.VALID, "[]"):
            with pytest.raises(SettingsError) as caught:
                load_machines(text)
            assert caught.value.code == "STATE-001"

    def test_codes_and_schemes(self) -> None:
        for text in ("list\tcode\tzh\ten\nx\ta\t甲\n", "list\tcode\tzh\ten\nx\ta\t甲\ta\nx\ta\t甲\ta\n"):
            with pytest.raises(SettingsError) as caught:
                load_codes(text)
            assert caught.value.code == "STATE-002"
        for text in ("{", "[]", '{"format": "other", "id": "x"}'):
            with pytest.raises(SettingsError) as caught:
                load_scheme(text)
            assert caught.value.code == "STATE-003"


class TestFields:
    @pytest.mark.parametrize(
        ("name", "typed", "expected"),
        [
            ("due", "2026-02-09", "2026-02-09"),
            ("reason", " moved ", "moved"),
            ("disposition", "remind", "remind"),
            ("grounds", "inexperience, exploration", ["inexperience", "exploration"]),
            ("self_score", "82.5", 82.5),
            ("fits_cause", "yes", True),
            ("proof", "photo of the hall", ["photo of the hall"]),
            ("templates", "branch_std village_econ", ["branch_std", "village_econ"]),
            ("remarks", "say more", [{"question": None, "text": "say more"}]),
            ("remarks", '[{"question": "/data/a", "text": "why"}]', [{"question": "/data/a", "text": "why"}]),
            ("measures", '[{"text": "mend"}]', [{"text": "mend"}]),
            ("team", "team-2", "team-2"),
        ],
    )
    def test_read(self, name: str, typed: str, expected: object) -> None:
        read, refused = read_fields(machines(), codes(), {name: typed})
        assert refused == []
        assert read == {name: expected}

    @pytest.mark.parametrize(
        ("name", "typed", "code"),
        [
            ("due", "2026-02-30", "field_invalid"),
            ("due", "soon", "field_invalid"),
            ("disposition", "ignore", "field_invalid"),
            ("grounds", "laziness", "field_invalid"),
            ("self_score", "101", "field_invalid"),
            ("self_score", "good", "field_invalid"),
            ("fits_cause", "no", "field_invalid"),
            ("measures", "mend", "field_invalid"),
            ("measures", "[", "field_invalid"),
            ("remarks", '[{"text": " "}]', "field_invalid"),
            ("colour", "red", "field_unknown"),
            ("reason", "ask 13800001234", "PRIV-001"),
        ],
    )
    def test_refused(self, name: str, typed: str, code: str) -> None:
        read, refused = read_fields(machines(), codes(), {name: typed})
        assert read == {}
        assert [(entry.code, entry.ref) for entry in refused] == [(code, name)]
        assert refused[0].message


def test_parameters_of_the_scheme() -> None:
    shipped = scheme()
    assert shipped.get("sampling.records_min") == 3
    assert shipped.get("sampling.nothing.deep", "x") == "x"
    assert shipped.number("rating.quota_hint_percent.2", 7) == 7
    composite = shipped.composite("branch_std")
    assert composite is not None
    assert (composite.checklist, composite.ballot, composite.bonus) == (0.7, 0.3, True)
    assert shipped.composite("recheck") is None
    assert {shipped.source_of(code) for code in "DOISPV"} == {"doc", "obs", "int", "dept", "vote"}
    assert [shipped.min_sources(grade) for grade in ("S1", "S2", "S3", "S4")] == [2, 1, 1, 0]


def test_codes_have_words_in_both_languages() -> None:
    for entries in codes().lists.values():
        for code in entries.values():
            assert code.zh
            assert code.en
    assert codes().label("severity", "S9") == "S9"
    assert codes().options("severity")[0].code == "S1"
    assert data_path("codes.tsv").exists()
    assert list(itertools.islice(codes().values("talk_direction"), 4)) == ["up", "down", "serve", "side"]
