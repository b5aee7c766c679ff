"""The rules of the register: one entry alone, and entries among each other."""

from __future__ import annotations

import pytest

from fieldkit.model.codes import load_codes
from fieldkit.model.register import (
    COLUMNS,
    KINDS,
    PARENTS,
    Entry,
    Known,
    check_entries,
    check_entry,
    columns_of,
)
from fieldkit.resources import data_path

CODES = load_codes(data_path("codes.tsv").read_text(encoding="utf-8"))
COUNTY = {"id": "CN01", "kind": "county", "name_zh": "禾岭县"}
TOWNSHIP = {"id": "TS01", "kind": "township", "name_zh": "枫埠镇", "parent": "CN01"}
VILLAGE = {"id": "VL01", "kind": "village", "name_zh": "麦浪村", "parent": "TS01", "band": "plain"}


def entries(*values: dict[str, str]) -> list[Entry]:
    return [Entry(row, value) for row, value in enumerate(values, 2)]


def faults(values: dict[str, str]) -> list[tuple[str, str]]:
    return [(fault.code, fault.column) for fault in check_entry(values, CODES)]


def test_the_kinds_are_those_of_the_list_of_codes() -> None:
    assert set(CODES.values("subject_kind")) == set(KINDS) == set(PARENTS)
    assert COLUMNS[:6] == ("id", "kind", "name_zh", "name_en", "parent", "band")
    assert "band" in columns_of("village")
    assert "band" not in columns_of("branch")


@pytest.mark.parametrize(
    "values", [COUNTY, TOWNSHIP, VILLAGE, {**VILLAGE, "income_own": "18.6", "coop": "yes", "tags": "demo new"}]
)
def test_good_entries(values: dict[str, str]) -> None:
    assert faults(values) == []


@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"id": ""}, "SUBJ-005", "id"),
        ({"id": "a/b"}, "SUBJ-005", "id"),
        ({"id": "x" * 41}, "SUBJ-005", "id"),
        ({"kind": "hamlet"}, "SUBJ-006", "kind"),
        ({"kind": ""}, "SUBJ-006", "kind"),
        ({"name_zh": ""}, "SUBJ-007", "name_zh"),
        ({"band": "swamp"}, "SUBJ-008", "band"),
        ({"tags": "demo nonsense"}, "SUBJ-008", "tags"),
        ({"households": "12.5"}, "SUBJ-009", "households"),
        ({"households": "-1"}, "SUBJ-009", "households"),
        ({"income_own": "many"}, "SUBJ-009", "income_own"),
        ({"income_own": "nan"}, "SUBJ-009", "income_own"),
        ({"coop": "是"}, "SUBJ-011", "coop"),
        ({"last_election": "2024-01-01"}, "SUBJ-012", "last_election"),
        ({"name_en": "x" * 201}, "SUBJ-004", "name_en"),
    ],
)
def test_a_bad_cell(changed: dict[str, str], code: str, column: str) -> None:
    assert faults({**VILLAGE, **changed}) == [(code, column)]


@pytest.mark.parametrize("date", ["2024-13-01", "2024-02-30", "24-01-01", "2024/01/01", "２０２４-01-01"])
def test_a_bad_date(date: str) -> None:
    branch = {"id": "BR01", "kind": "branch", "name_zh": "支部", "last_election": date}
    assert faults(branch) == [("SUBJ-010", "last_election")]


def test_a_parent_may_stand_below_its_child() -> None:
    verdict = check_entries(entries(VILLAGE, TOWNSHIP, COUNTY), {}, CODES)
    assert [entry.id for entry in verdict.accepted] == ["VL01", "TS01", "CN01"]
    assert verdict.refused == ()


def test_a_parent_of_the_register_counts() -> None:
    assert check_entries(entries(VILLAGE), {"TS01": Known("township")}, CODES).refused == ()


def test_a_refused_parent_takes_its_children_along() -> None:
    verdict = check_entries(entries(VILLAGE, {**TOWNSHIP, "push_status": "x"}, COUNTY), {}, CODES)
    assert [(row, fault.code) for row, fault in verdict.refused] == [(2, "SUBJ-014"), (3, "SUBJ-008")]
    assert [entry.id for entry in verdict.accepted] == ["CN01"]


def test_an_id_twice() -> None:
    verdict = check_entries(entries(COUNTY, {**COUNTY, "name_zh": "另一县"}), {}, CODES)
    ((row, fault),) = verdict.refused
    assert (row, fault.code) == (3, "SUBJ-013")
    assert "2" in fault.message


def test_a_parent_of_the_wrong_kind() -> None:
    verdict = check_entries(entries(COUNTY, {**VILLAGE, "parent": "CN01"}), {}, CODES)
    assert [fault.code for __, fault in verdict.refused] == ["SUBJ-015"]


def test_a_circle_of_parents() -> None:
    one = {"id": "BR01", "kind": "branch", "name_zh": "甲", "parent": "BR02"}
    two = {"id": "BR02", "kind": "branch", "name_zh": "乙", "parent": "BR01"}
    verdict = check_entries(entries(one, two, {**one, "id": "BR03", "parent": "BR03"}), {}, CODES)
    assert {fault.code for __, fault in verdict.refused} == {"SUBJ-016"}


def test_a_subject_keeps_its_kind() -> None:
    verdict = check_entries(entries({**COUNTY, "kind": "city"}), {"CN01": Known("county")}, CODES)
    assert [fault.code for __, fault in verdict.refused] == ["SUBJ-017"]


def test_the_other_side_must_exist() -> None:
    link = {"id": "LK01", "kind": "link", "name_zh": "结对", "parent": "VL01", "other": "UN01"}
    around = {"VL01": Known("village")}
    assert [fault.code for __, fault in check_entries(entries(link), around, CODES).refused] == ["SUBJ-018"]
    assert check_entries(entries(link), {**around, "UN01": Known("unit")}, CODES).refused == ()


@pytest.mark.parametrize("parent", ["village", "community", "unit", "estate"])
def test_a_branch_sits_under_what_it_serves(parent: str) -> None:
    branch = {"id": "BR01", "kind": "branch", "name_zh": "支部", "parent": "P"}
    assert check_entries(entries(branch), {"P": Known(parent)}, CODES).refused == ()
    assert check_entries(entries(branch), {"P": Known("project")}, CODES).refused != ()
