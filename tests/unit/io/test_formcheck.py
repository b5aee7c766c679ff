"""What ``form check`` finds beyond conversion: lints, and faults of the compilation with their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from fieldkit.io.formcheck import CheckResult, check
from tests.builders.workbooks import markdown

Checker: TypeAlias = Callable[[str], CheckResult]


@pytest.fixture
def checked(tmp_path: Path) -> Checker:
    def run(text: str) -> CheckResult:
        file = tmp_path / "form.md"
        file.write_bytes(markdown(text))
        return check(file)

    return run


def found(result: CheckResult, code: str) -> list[tuple[str, int | None, str]]:
    return [(problem.sheet, problem.row, problem.column) for problem in result.problems if problem.code == code]


CHOICES = """
| choices |           |      |       |
|         | list_name | name | label |
|         | yn        | yes  | Yes   |
|         | yn        | no   | No    |
"""


def test_facts_of_a_form(checked: Checker) -> None:
    result = checked("""
        | survey   |      |      |                    |                    |
        |          | type | name | label::中文 (zh) | label::English (en) |
        |          | text | a    | 甲                 | A                  |
        | settings |         |         |            |                  |
        |          | form_id | version | form_title | default_language |
        |          | f1      | 3       | 表         | 中文 (zh)        |
    """)
    assert result.as_json() == {
        "file": result.file,
        "ok": True,
        "form_id": "f1",
        "version": "3",
        "title": "表",
        "languages": ["中文 (zh)", "English (en)"],
        "questions": 1,
        "problems": [],
    }


def test_a_refused_form(checked: Checker) -> None:
    result = checked("| survey |  |  |\n| | type | name |\n| | colour | a |\n")
    assert (result.ok, result.questions) == (False, 0)
    listed = result.as_json()["problems"]
    assert isinstance(listed, list)
    (problem,) = listed
    assert isinstance(problem, Mapping)
    assert (problem["code"], problem["severity"], problem["sheet"], problem["row"]) == (
        "FORM-232",
        "error",
        "survey",
        2,
    )


@pytest.mark.parametrize(
    "condition",
    [
        "false()",
        "1 = 2",
        "not(true())",
        "${a} = 'maybe'",
        "selected(${a}, 'maybe')",
        "${a} = 'maybe' and ${b} > 1",
        "'maybe' = ${a}",
        "${hidden} = 'yes'",
    ],
)
def test_a_question_that_is_never_shown(checked: Checker, condition: str) -> None:
    result = checked(
        f"""
| survey |               |        |       |           |
|        | type          | name   | label | relevance |
|        | select_one yn | a      | A     |           |
|        | integer       | b      | B     |           |
|        | select_one yn | hidden | H     | false()   |
|        | text          | c      | C     | {condition} |
"""
        + CHOICES
    )
    assert result.ok
    assert ("survey", 5, "relevance") in found(result, "FORM-300")


@pytest.mark.parametrize(
    "condition",
    ["${a} = 'yes'", "${a} != 'maybe'", "${a} = 'maybe' or ${b} > 1", "${b} = 'maybe'", "${a} = ''", "${b}"],
)
def test_a_question_that_may_be_shown(checked: Checker, condition: str) -> None:
    result = checked(
        f"""
| survey |               |      |       |          |
|        | type          | name | label | relevant |
|        | select_one yn | a    | A     |          |
|        | text          | b    | B     |          |
|        | text          | c    | C     | {condition} |
"""
        + CHOICES
    )
    assert result.problems == ()


def test_a_value_set_elsewhere_may_be_any(checked: Checker) -> None:
    result = checked(
        """
| survey |               |      |       |          |             |         |
|        | type          | name | label | relevant | calculation | trigger |
|        | text          | t    | T     |          |             |         |
|        | select_one yn | a    | A     |          | 'maybe'     | ${t}    |
|        | text          | c    | C     | ${a} = 'maybe' |       |         |
"""
        + CHOICES
    )
    assert found(result, "FORM-300") == []


def test_conditions_that_read_what_they_hide(checked: Checker) -> None:
    result = checked("""
        | survey |             |      |       |             |
        |        | type        | name | label | relevant    |
        |        | begin group | g    | G     | ${a} != 'x' |
        |        | text        | a    | A     |             |
        |        | end group   |      |       |             |
        |        | text        | b    | B     | ${c} > 0    |
        |        | integer     | c    | C     | ${b} != ''  |
        |        | text        | d    | D     | ${b} != ''  |
    """)
    assert result.ok
    assert found(result, "FORM-302") == [("survey", 2, "relevant"), ("survey", 5, "relevant")]
    assert [problem.message.rpartition(": ")[2] for problem in result.problems if problem.code == "FORM-302"] == [
        "/data/g",
        "/data/b, /data/c",
    ]


def test_a_condition_that_always_holds(checked: Checker) -> None:
    result = checked("""
        | survey |      |      |       |          |
        |        | type | name | label | relevant |
        |        | text | a    | A     | 1        |
        |        | text | b    | B     | true() or ${a} = 1 |
    """)
    assert found(result, "FORM-301") == [("survey", 2, "relevant"), ("survey", 3, "relevant")]


def test_a_circle_of_calculations(checked: Checker) -> None:
    result = checked("""
        | survey |           |      |       |             |
        |        | type      | name | label | calculation |
        |        | text      | t    | T     |             |
        |        | calculate | a    |       | ${b} + 1    |
        |        | calculate | b    |       | ${a} + 1    |
    """)
    assert not result.ok
    ((sheet, row, column),) = found(result, "FORM-104")
    assert (sheet, column) == ("survey", "calculation")
    assert row in {3, 4}


def test_untranslated_texts(checked: Checker) -> None:
    result = checked("""
        | survey  |               |      |                  |                     |
        |         | type          | name | label::中文 (zh) | label::English (en) |
        |         | select_one yn | a    | 甲               | A                   |
        |         | text          | b    | 乙               |                     |
        | choices |           |      |                  |                     |
        |         | list_name | name | label::中文 (zh) | label::English (en) |
        |         | yn        | yes  | 是               | Yes                 |
        |         | yn        | no   | 否               |                     |
    """)
    assert sorted(found(result, "FORM-303")) == [
        ("choices", 3, "label::English (en)"),
        ("survey", 3, "label::English (en)"),
    ]


def test_a_list_that_nobody_uses(checked: Checker) -> None:
    result = checked("| survey |  |  |  |\n| | type | name | label |\n| | text | a | A |\n" + CHOICES)
    assert found(result, "FORM-304") == [("choices", 2, "list_name")]


class TestScores:
    FORM = """
| survey   |                   |      |       |             |                |                 |               |
|          | type              | name | label | calculation | bind::fk:score | bind::fk:weight | bind::fk:good |
|          | select_one {list} | a    | A     |             | {score}        | {weight}        | {good}        |
|          | calculate         | got  |       | {sum}       |                |                 |               |
| settings |         |                      |
|          | form_id | namespaces           |
|          | f       | fk="urn:fieldkit:xf" |
"""

    def run(self, checked: Checker, **parts: str) -> list[str]:
        filled = {"list": "yn", "score": "yn", "weight": "5", "good": "yes", "sum": "if(${a} = 'yes', 5, 0)", **parts}
        # The role has a column of its own, which makes the table too wide to be read.
        text = self.FORM.replace("bind::fk:good |", "bind::fk:good | bind::fk:role |")
        text = text.replace(
            "{sum}       |                |                 |               |", "{sum} | | | | score-got |"
        )
        for name, value in filled.items():
            text = text.replace(f"{{{name}}}", value)
        result = checked(text + CHOICES)
        assert result.ok, result.problems
        return [problem.code for problem in result.problems]

    def test_nothing_to_say(self, checked: Checker) -> None:
        assert self.run(checked) == []

    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ({"score": "deg"}, "FORM-305"),
            ({"good": "good"}, "FORM-305"),
            ({"good": ""}, "FORM-305"),
            ({"weight": ""}, "FORM-305"),
            ({"score": "stars"}, "FORM-305"),
            ({"sum": "1 + 1"}, "FORM-306"),
        ],
    )
    def test_points_that_cannot_be_reached(self, checked: Checker, parts: dict[str, str], code: str) -> None:
        assert self.run(checked, **parts) == [code]


def test_an_xform_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "form.xml"
    file.write_text("<html><body/></html>", encoding="utf-8")
    result = check(file)
    assert not result.ok
    assert result.problems[0].code == "FORM-101"
    file.write_text("<h:html", encoding="utf-8")
    assert check(file).problems[0].code == "FORM-100"


def test_a_function_that_does_not_exist_stands_at_its_cell(checked: Checker) -> None:
    result = checked("""
        | survey |         |      |       |               |
        |        | type    | name | label | relevance     |
        |        | integer | a    | A     |               |
        |        | text    | b    | B     | nothing(${a}) |
    """)
    assert found(result, "FORM-105") == [("survey", 3, "relevance")]
