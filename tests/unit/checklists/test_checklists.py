"""The ten shipped checklists: complete in both languages, free of warnings, equal to their description."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fieldkit.forms import FormNode
from fieldkit.io.checklists import checklist_xforms, convert_all
from fieldkit.io.formcheck import check
from fieldkit.io.workbook import read_bytes
from fieldkit.model.scheme import load_scheme
from fieldkit.resources import data_path
from fieldkit.visit.raising import proposed_severity
from fieldkit.visit.scoring import judge
from tests.builders.checklists import FK, IDS, Filled, definition

SCORED = tuple(form_id for form_id in IDS if form_id not in {"spot_research", "recheck"})
HAN = range(0x4E00, 0xA000)


def scheme() -> str:
    return data_path("schemes", "default.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("form_id", IDS)
def test_it_opens_without_a_warning(form_id: str) -> None:
    result = check(data_path("checklists", f"{form_id}.xlsx"))
    assert result.ok
    assert result.problems == ()
    assert result.form_id == form_id
    assert result.languages == ("中文 (zh)", "English (en)")


def test_the_shipped_xforms_are_fresh() -> None:
    folder = data_path("checklists")
    shipped = {form_id: file.read_bytes() for form_id, file in checklist_xforms().items()}
    assert shipped == convert_all(folder)
    assert set(shipped) == set(IDS)


@pytest.mark.parametrize("form_id", IDS)
def test_every_text_is_in_the_language_of_its_column(form_id: str) -> None:
    book = read_bytes(data_path("checklists", f"{form_id}.xlsx").read_bytes())
    for sheet in book.sheets:
        for header in sheet.headers:
            if not header.text.startswith(("label::", "hint::", "constraint_message::")):
                continue
            for row in sheet.rows:
                text = row.cells.get(header.column, "")
                has_han = any(ord(sign) in HAN for sign in text)
                if "English" in header.text:
                    assert not has_han, (sheet.name, row.number, text)
                elif text:
                    assert has_han or text.isascii(), (sheet.name, row.number, text)


@pytest.mark.parametrize("form_id", IDS)
def test_every_anchor_and_message_has_both_languages(form_id: str) -> None:
    book = read_bytes(data_path("checklists", f"{form_id}.xlsx").read_bytes())
    survey = next(sheet for sheet in book.sheets if sheet.name == "survey")
    by_text = {header.text: header.column for header in survey.headers}
    for kind in ("label", "hint", "constraint_message"):
        chinese, english = by_text[f"{kind}::中文 (zh)"], by_text[f"{kind}::English (en)"]
        for row in survey.rows:
            assert (chinese in row.cells) == (english in row.cells), (kind, row.number)
    constraint, message = by_text["constraint"], by_text["constraint_message::中文 (zh)"]
    for row in survey.rows:
        assert (constraint in row.cells) == (message in row.cells), row.number


@pytest.mark.parametrize("form_id", IDS)
def test_labels_fit_a_narrow_terminal(form_id: str) -> None:
    for node in Filled(form_id).form.nodes():
        if node.kind == "question":
            assert len(node.label) <= 40, node.path


@pytest.mark.parametrize("form_id", IDS)
def test_it_asks_for_no_person(form_id: str) -> None:
    wanted = ("姓名", "电话号", "手机号", "身份证")
    for node in Filled(form_id).form.nodes():
        if node.kind == "question" and any(word in node.label for word in wanted):
            assert "不" in node.label, node.label


@pytest.mark.parametrize("form_id", SCORED)
def test_attributes_give_the_same_sums_as_the_calculations(form_id: str) -> None:
    chance = random.Random(form_id)
    for __ in range(5):
        form = Filled(form_id)
        _prepare(form)
        for node in form.scored():
            _answer_anyhow(form, node, chance)
        judged = [judge(node) for node in form.scored()]
        got, possible = (float(sum(getattr(item, name) for item in judged)) for name in ("got", "possible"))
        assert form.number("score_got") == pytest.approx(got)
        assert form.number("score_max") == pytest.approx(possible)


def _prepare(form: Filled) -> None:
    if form.nodes("p_start"):
        form.period()
    answers = {"mode": "accept", "scope": "comm", "m_full": 20, "groups_n": 2, "e_mob": 1, "e_pair": 1, "b_trips": 1,
               "d_p": 1, "coop": "yes"}  # fmt: skip
    for name, value in answers.items():
        if form.nodes(name) and form.node(name).kind == "question":
            form.answer(name, value)


def _answer_anyhow(form: Filled, node: FormNode, chance: random.Random) -> None:
    kind = node.attributes[f"{FK}score"]
    if kind == "count":
        form.form.answer(node, str(chance.randrange(15)))
    else:
        form.form.answer(node, chance.choice(["full", "part", "none", "na"] if kind == "deg" else ["yes", "no", "na"]))


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("c_life", "none", "S2"),
        ("c_life", "part", "S3"),
        ("c_life", "full", ""),
        ("d_full", "part", "S4"),
        ("b_vac_m", "4", "S1"),
        ("b_vac_m", "3", ""),
        ("c_cong", "1", "S2"),
        ("c_cong", "3", "S3"),
        ("c_cong", "4", ""),
        ("r_dup", "yes", "S1"),
        ("r_dup", "no", ""),
    ],
)
def test_findings_proposed(name: str, value: str, severity: str) -> None:
    form = Filled("branch_std")
    form.period()
    assert form.value("months") == "12"
    if name.startswith("r_"):
        form.rows("rec", 1)
    form.answer(name, value)
    assert proposed_severity(form.node(name), load_scheme(scheme())) == severity


def test_every_scored_form_marks_its_results() -> None:
    for form_id in SCORED:
        roles = {node.attributes.get(f"{FK}role") for node in Filled(form_id).form.nodes()}
        assert {"score-got", "score-max", "score-pct"} <= roles, form_id


DESCRIPTION = Path(__file__).parents[4] / "shared" / "domain" / "CHECKLISTS.md"


@pytest.mark.skipif(not DESCRIPTION.is_file(), reason="the description of the checklists is not beside the repository")
@pytest.mark.parametrize("form_id", IDS)
def test_it_has_every_question_of_its_description(form_id: str) -> None:
    text = DESCRIPTION.read_text(encoding="utf-8")
    code = next(line.split("|")[1].strip() for line in text.splitlines() if f"| {form_id} |" in line)
    part = text.split(f"\n## {3 + int(code[1:]) - 1}. {code} ", 1)[1].split("\n## ", 1)[0]
    described = [line.split(" | ")[0].strip("| ") for line in part.splitlines() if line.startswith("| ")]
    names = [name for name in described if name not in {"name", "---"} and not name.startswith("---")]
    present = {node.local for node in definition(form_id).nodes}
    assert len(names) > 15
    assert set(names) <= present
