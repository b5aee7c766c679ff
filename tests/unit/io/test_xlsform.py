"""Rows of a form: what is refused with its place, and what is mended and said.

R1 every problem has sheet, row and column; R2 all problems come at once; R3 what has one reading opens.
"""

from __future__ import annotations

import pytest

from fieldkit.forms import Form, compile_xform
from fieldkit.io.conversion import Conversion
from tests.builders.checklists import environment
from tests.builders.workbooks import codes, convert_md, only

SMALL = """
| survey |      |      |       |
|        | type | name | label |
|        | text | a    | A     |
"""


def opened(conversion: Conversion) -> bytes:
    assert conversion.xform is not None, conversion.problems
    assert all(problem.severity == "warning" for problem in conversion.problems)
    return conversion.xform


def test_a_plain_form_opens_without_problems() -> None:
    conversion = convert_md(SMALL)
    assert conversion.problems == ()
    assert compile_xform(opened(conversion)).questions == 1
    assert (conversion.form_id, conversion.title) == ("form", "form")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("| colour | b | B |", "FORM-232", "type"),
        ("|        | b | B |", "FORM-230", "type"),
        ("| text   |   | B |", "FORM-234", "name"),
        ("| text   | 1b | B |", "FORM-235", "name"),
        ("| text   | a | B |", "FORM-236", "name"),
        ("| begin group | b | B |", "FORM-241", "type"),
        ("| end group |   |   |", "FORM-240", "type"),
        ("| select_one | b | B |", "FORM-255", "type"),
        ("| select_one nothing | b | B |", "FORM-250", "type"),
        ("| select_one list.csv | b | B |", "FORM-258", "type"),
        ("| select_one_from_file list | b | B |", "FORM-258", "type"),
        ("| calculate | b |   |", "FORM-243", "calculation"),
        ("| note | b | Hello ${nobody} |", "FORM-260", "label"),
        ("| note | b | Hello ${ a |", "FORM-261", "label"),
    ],
)
def test_a_bad_row_is_refused_at_its_place(row: str, code: str, column: str) -> None:
    conversion = convert_md(SMALL + f"|        {row}\n")
    assert conversion.xform is None
    problem = only(conversion, code)
    assert (problem.severity, problem.sheet, problem.row, problem.column) == ("error", "survey", 3, column)
    assert problem.hint


@pytest.mark.parametrize(
    ("column", "expression", "code"),
    [
        ("relevant", "${a} = 'x", "FORM-263"),
        ("relevant", "${a} = = 'x'", "FORM-263"),
        ("calculation", "if(${a} > 1, 2", "FORM-263"),
        ("constraint", ". > ${zz}", "FORM-260"),
        ("required", "${a} and", "FORM-263"),
    ],
)
def test_a_bad_expression_is_refused_with_its_position(column: str, expression: str, code: str) -> None:
    conversion = convert_md(f"""
        | survey |      |      |       |          |
        |        | type | name | label | {column} |
        |        | text | a    | A     |          |
        |        | text | b    | B     | {expression} |
    """)
    problem = only(conversion, code)
    assert (problem.row, problem.column) == (3, column)
    if code == "FORM-263":
        assert "▸" in problem.hint


def test_a_word_may_touch_a_reference() -> None:
    conversion = convert_md("""
        | survey |      |      |       |          |
        |        | type | name | label | relevant |
        |        | text | a    | A     |          |
        |        | text | b    | B     | ${a}='x'and ${a}!= ‘y’ |
    """)
    opened(conversion)


def test_blanks_in_a_reference_are_left_out() -> None:
    conversion = convert_md("""
        | survey |      |      |          |            |
        |        | type | name | label    | relevant   |
        |        | text | a    | A        |            |
        |        | text | b    | ${ a } B | ${a } != 1 and ${ b} != 2 |
    """)
    assert codes(conversion) == ["FORM-266", "FORM-266"]
    assert b"/data/a " in opened(conversion)


def test_all_problems_come_at_once() -> None:
    conversion = convert_md("""
        | survey |        |      |       |          |
        |        | type   | name | label | relevant |
        |        | colour | a    | A     |          |
        |        | text   |      | B     |          |
        |        | text   | c    | C     | ${x} = 1 |
        |        | select_one l | d | D | 1 +      |
        | choices |      |      |       |
        |         | list_name | name | label |
        |         | m    | x    | X     |
    """)
    assert codes(conversion) == ["FORM-232", "FORM-234", "FORM-260", "FORM-250", "FORM-263"]


def test_a_near_name_is_offered() -> None:
    conversion = convert_md("""
        | survey |      |         |       |           |
        |        | type | name    | label | relevant  |
        |        | text | village | A     |           |
        |        | txet | other   | B     | ${vilage} = 'x' |
    """)
    assert "village" in only(conversion, "FORM-260").hint
    assert "text" in only(conversion, "FORM-232").hint


def test_an_ambiguous_reference_is_refused() -> None:
    conversion = convert_md("""
        | survey |             |      |       |          |
        |        | type        | name | label | relevant |
        |        | begin group | g    | G     |          |
        |        | text        | a    | A     |          |
        |        | end group   |      |       |          |
        |        | text        | a    | A     |          |
        |        | text        | b    | B     | ${a} = 1 |
    """)
    assert only(conversion, "FORM-262").row == 6


class TestMeta:
    FORM = """
        | survey |             |      |       |             |
        |        | type        | name | label | calculation |
        |        | text        | a    | A     |             |
        |        | begin group | data1 | D    |             |
        |        | begin group | meta | M     |             |
        |        | calculate   | who  |       | ${a}        |
        |        | end group   | meta |       |             |
        |        | end group   |      |       |             |
    """

    def test_a_group_named_meta_keeps_its_name(self) -> None:
        conversion = convert_md(self.FORM)
        assert only(conversion, "FORM-238").row == 4
        assert compile_xform(opened(conversion)).node("/data/data1/meta/who") is not None

    def test_at_the_top_it_is_joined_with_the_form_s_own(self) -> None:
        conversion = convert_md("""
            | survey |             |      |       |             |
            |        | type        | name | label | calculation |
            |        | text        | a    | A     |             |
            |        | begin group | meta | M     |             |
            |        | calculate   | who  |       | ${a}        |
            |        | end group   | meta |       |             |
        """)
        definition = compile_xform(opened(conversion))
        paths = [node.path for node in definition.nodes]
        assert paths.count("/data/meta") == 1
        assert {"/data/meta/who", "/data/meta/instanceID"} <= set(paths)


def test_duplicate_choices_are_kept() -> None:
    conversion = convert_md("""
        | survey  |              |      |       |
        |         | type         | name | label |
        |         | select_one l | a    | A     |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | l         | x    | One   |
        |         | l         | x    | Two   |
    """)
    assert only(conversion, "FORM-252").row == 3
    assert opened(conversion).count(b"<name>x</name>") == 2


@pytest.mark.parametrize("header", ["list_name", "list name", "List Name", "list-name", "listname", "list"])
def test_variants_of_list_name(header: str) -> None:
    conversion = convert_md(f"""
        | survey  |              |      |       |
        |         | type         | name | label |
        |         | select_one l | a    | A     |
        | choices |          |      |       |
        |         | {header} | name | label |
        |         | l        | x    | One   |
    """)
    opened(conversion)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tel", "text"),
        ("db:person", "text"),
        ("Begin Group", "begin_group"),
        ("SELECT_ONE l", "select_one l"),
        ("select multiple l", "select_multiple l"),
        ("signature", "image"),
        ("Integer", "integer"),
    ],
)
def test_dialect_types_have_one_reading(written: str, read: str) -> None:
    end = "|         | end_group |  |  |\n" if "Group" in written else ""
    conversion = convert_md(
        "| survey  |      |      |       |\n"
        "|         | type | name | label |\n"
        f"|         | {written} | a | A |\n"
        "|         | text | b    | B     |\n" + end + "| choices |           |      |       |\n"
        "|         | list_name | name | label |\n"
        "|         | l         | x    | One   |\n"
    )
    problem = only(conversion, "FORM-233")
    assert (problem.row, f"“{read}”" in problem.message) == (2, True)
    opened(conversion)


def test_a_question_named_as_the_root() -> None:
    conversion = convert_md("""
        | survey |      |      |       |             |
        |        | type | name | label | relevant    |
        |        | text | data | A     |             |
        |        | text | b    | B     | ${data} = 1 and /data/data != 2 |
    """)
    assert codes(conversion) == ["FORM-242"]
    definition = compile_xform(opened(conversion))
    assert [node.path for node in definition.nodes][:3] == ["/data", "/data/data", "/data/b"]


def test_an_attribute_named_tag_keeps_its_values() -> None:
    conversion = convert_md("""
        | survey |      |      |       |               |
        |        | type | name | label | instance::tag |
        |        | text | a    | A     | hidden        |
    """)
    assert only(conversion, "FORM-244").column == "instance::tag"
    assert b'<a tag="hidden"/>' in opened(conversion)


class TestColumns:
    def test_an_unknown_column_is_said_and_not_read(self) -> None:
        conversion = convert_md("""
            | survey |      |      |       |          |
            |        | type | name | label | relevent |
            |        | text | a    | A     | false()  |
        """)
        problem = only(conversion, "FORM-220")
        assert (problem.row, problem.column) == (1, "relevent")
        assert "relevant" in problem.hint
        opened(conversion)

    def test_two_columns_of_one_meaning(self) -> None:
        conversion = convert_md("""
            | survey |      |      |       |          |           |
            |        | type | name | label | relevant | relevance |
            |        | text | a    | A     | 1        | 2         |
        """)
        assert only(conversion, "FORM-221").severity == "error"

    def test_two_columns_of_one_meaning_and_content(self) -> None:
        conversion = convert_md("""
            | survey |      |      |       |          |           |
            |        | type | name | label | relevant | relevance |
            |        | text | a    | A     | true()   | true()    |
        """)
        assert only(conversion, "FORM-221").severity == "warning"
        opened(conversion)

    def test_a_header_that_holds_two_columns(self) -> None:
        conversion = convert_md("""
            | survey |      |      |                  |              |
            |        | type | name | label::English (en) | hint::French (fr)hint::English (en) |
            |        | text | a    | A                | B            |
        """)
        assert only(conversion, "FORM-223").column.startswith("hint::French")
        opened(conversion)

    def test_a_survey_without_type(self) -> None:
        conversion = convert_md("| survey |      |       |\n|        | name | label |\n|        | a | A |\n")
        assert only(conversion, "FORM-211").column == "type"


class TestSheets:
    def test_without_a_survey(self) -> None:
        conversion = convert_md("| Sheet1 |     |     |\n|        | old | new |\n|        | a   | b   |\n")
        assert only(conversion, "FORM-210").severity == "error"

    def test_a_single_sheet_that_looks_like_one(self) -> None:
        opened(convert_md(SMALL.replace("survey", "Sheet1")))

    def test_a_misspelled_sheet(self) -> None:
        conversion = convert_md("""
            | survey  |                         |      |       |               |
            |         | type                    | name | label | choice_filter |
            |         | select_one_external l   | a    | A     | b=1           |
            | external choices |           |      |       |   |
            |                  | list_name | name | label | b |
            |                  | l         | x    | One   | 1 |
        """)
        assert only(conversion, "FORM-213").sheet == "external choices"
        opened(conversion)
        assert conversion.media["itemsets.csv"].startswith(b'"list_name"')

    def test_external_choices_stay_below_their_headers(self) -> None:
        conversion = convert_md("""
            | survey  |                       |      |       |               |
            |         | type                  | name | label | choice_filter |
            |         | select_one_external l | a    | A     | c=1           |
            | external_choices |           |      |       |   |   |
            |                  | list name | name | label | b | c |
            |                  | l         | x    | One   |   | 1 |
        """)
        opened(conversion)
        assert conversion.media["itemsets.csv"] == (b'"list_name","name","label","b","c"\r\n"l","x","One","","1"\r\n')

    def test_an_empty_survey(self) -> None:
        assert codes(convert_md("| survey |      |      |       |\n|        | type | name | label |\n")) == ["FORM-212"]


class TestChoices:
    def test_a_blank_in_a_value_of_several_answers(self) -> None:
        conversion = convert_md("""
            | survey  |                   |      |       |
            |         | type              | name | label |
            |         | select_multiple l | a    | A     |
            |         | select_multiple l | b    | B     |
            | choices |           |       |       |
            |         | list_name | name  | label |
            |         | l         | x y   | One   |
        """)
        problem = only(conversion, "FORM-254")
        assert (problem.sheet, problem.row, problem.column) == ("choices", 2, "name")

    def test_a_choice_without_name_or_label(self) -> None:
        conversion = convert_md("""
            | survey  |              |      |       |
            |         | type         | name | label |
            |         | select_one l | a    | A     |
            | choices |           |      |       |
            |         | list_name | name | label |
            |         | l         |      | One   |
            |         | l         | y    |       |
            |         |           | z    | Three |
        """)
        assert codes(conversion) == ["FORM-251", "FORM-253", "FORM-256"]

    def test_an_unused_list_without_names_does_not_matter(self) -> None:
        conversion = convert_md(
            SMALL + "| choices |           |      |       |\n"
            "|         | list_name | name | label |\n"
            "|         | l         |      | One   |\n"
        )
        opened(conversion)


def test_nodes_know_their_rows() -> None:
    conversion = convert_md("""
        | survey  |              |      |       |              |
        |         | type         | name | label | repeat_count |
        |         | begin repeat | r    | R     | 2 + 1        |
        |         | select_one l or_other | a | A |         |
        |         | end repeat   |      |       |              |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | l         | x    | One   |
    """)
    rows = {path: source.row for path, source in conversion.sources.items()}
    assert rows["/data/r"] == rows["/data/r_count"] == 2
    assert rows["/data/r/a"] == rows["/data/r/a_other"] == 3


def test_a_message_of_the_converter_has_its_row() -> None:
    conversion = convert_md("""
        | survey |       |      |       |            |
        |        | type  | name | label | parameters |
        |        | text  | z    | Z     |            |
        |        | range | a    | A     | start=a end=5 step=1 |
    """)
    problem = only(conversion, "FORM-280")
    assert (problem.sheet, problem.row, problem.column) == ("survey", 3, "parameters")
    assert "row" not in problem.message


def test_settings_below_a_blank_row_count() -> None:
    conversion = convert_md(
        SMALL + "| settings |            |         |\n|          | form_id | version |\n|          | f1 | 7 |\n"
    )
    assert (conversion.form_id, conversion.version) == ("f1", "7")
    definition = compile_xform(opened(conversion))
    assert (definition.form_id, definition.version) == ("f1", "7")


def test_disabled_rows_are_left_out() -> None:
    conversion = convert_md("""
        | survey |      |      |       |          |
        |        | type | name | label | disabled |
        |        | text | a    | A     |          |
        |        | oops | b    | B     | yes      |
    """)
    assert compile_xform(opened(conversion)).questions == 1


def test_a_file_in_a_repeat_is_read_for_the_whole_form() -> None:
    conversion = convert_md("""
        | survey |              |          |       |             |
        |        | type         | name     | label | calculation |
        |        | begin repeat | r        | R     |             |
        |        | csv-external | villages |       |             |
        |        | text         | a        | A     |             |
        |        | end repeat   |          |       |             |
        |        | calculate    | n        |       | count(instance('villages')/root/item) |
    """)
    assert only(conversion, "FORM-245").row == 3
    assert b'<instance id="villages"' in opened(conversion)


def test_a_file_is_no_question() -> None:
    conversion = convert_md("""
        | survey |              |          |       |             |
        |        | type         | name     | label | calculation |
        |        | csv-external | villages |       |             |
        |        | calculate    | n        |       | ${villages} |
    """)
    assert only(conversion, "FORM-260").row == 3


def test_a_list_of_another_program_is_empty() -> None:
    conversion = convert_md("""
        | survey |           |      |       |             |
        |        | type      | name | label | calculation |
        |        | text      | a    | A     |             |
        |        | calculate | n    |       | instance(‘contact-summary’)/context/age |
    """)
    assert only(conversion, "FORM-265").column == "calculation"
    assert b'<instance id="contact-summary"' in opened(conversion)


def test_a_list_that_does_not_exist() -> None:
    conversion = convert_md("""
        | survey  |              |      |       |             |
        |         | type         | name | label | calculation |
        |         | select_one villages | a | A |            |
        |         | calculate    | n    |       | instance('vilages')/root/item[name=${a}]/label |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | villages  | x    | One   |
    """)
    problem = only(conversion, "FORM-264")
    assert (problem.row, "villages" in problem.hint) == (3, True)


def test_a_rating_block_of_kobo() -> None:
    conversion = convert_md("""
        | survey  |             |      |       |                     |
        |         | type        | name | label | kobo--score-choices |
        |         | begin_score | s    | Rate  | l                   |
        |         | score__row  | a    | A     |                     |
        |         | score__row  | b    | B     |                     |
        |         | end_score   |      |       |                     |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | l         | x    | One   |
        |         | l         | y    | Two   |
    """)
    assert codes(conversion) == ["FORM-233"]
    definition = compile_xform(opened(conversion))
    assert definition.node("/data/s/b") is not None
    assert definition.questions == 2


def test_a_ranking_block_of_kobo() -> None:
    conversion = convert_md("""
        | survey  |             |      |       |                  |                               |
        |         | type        | name | label | kobo--rank-items | kobo--rank-constraint-message |
        |         | begin_rank  | r    | Rank  | l                | Each one once                 |
        |         | rank__level | a    | 1st   |                  |                               |
        |         | rank__level | b    | 2nd   |                  |                               |
        |         | end_rank    |      |       |                  |                               |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | l         | x    | One   |
        |         | l         | y    | Two   |
    """)
    form = Form.new(compile_xform(opened(conversion)), environment())
    for name in ("a", "b"):
        form.answer(form.node(f"/data/r/{name}"), "x")
    violation = form.node("/data/r/b").violation
    assert violation is not None
    assert (violation.condition, violation.message) == ("constraint", "Each one once")


def test_a_rating_block_without_its_end() -> None:
    conversion = convert_md("""
        | survey  |             |      |       |
        |         | type        | name | label |
        |         | begin_score | s    | Rate  |
        |         | score__row  | a    | A     |
    """)
    assert [code for code in codes(conversion) if code != "FORM-233"] == ["FORM-241", "FORM-255"]


def test_a_forgotten_namespace_of_scoring() -> None:
    conversion = convert_md("""
        | survey |         |      |       |                |                 |             |
        |        | type    | name | label | bind::fk:score | bind::fk:weight | bind::oc:x  |
        |        | integer | a    | A     | count          | 5               | lost        |
    """)
    assert codes(conversion) == ["FORM-246", "FORM-225"]
    definition = compile_xform(opened(conversion))
    assert definition.binds["/data/a"].attributes["{urn:fieldkit:xf}score"] == "count"
    assert b"lost" not in opened(conversion)


def test_headers_and_signs_that_xml_cannot_hold() -> None:
    conversion = convert_md(
        "| survey  |      |      |       |           |\n"
        "|         | type | name | label | bind::1 x |\n"
        "|         | select_one l | a | A\x07\x0b | 1 |\n"
        "| choices |           |      |       |    |     |\n"
        "|         | list_name | name | label | 1x | a:b |\n"
        "|         | l         | x    | X\ufffe | 1  | 2   |\n"
    )
    assert codes(conversion) == ["FORM-223", "FORM-223", "FORM-223"]
    assert compile_xform(opened(conversion)).questions == 1


MATRIX = """
    | survey  |                  |      |           |          |              |                   |
    |         | type             | name | label     | required | relevant     | kobo--matrix_list |
    |         | begin_kobomatrix | m    | Items     |          |              | {list}            |
    |         | select_one yn    | has  | Has it?   | yes      |              |                   |
    |         | integer          | many | How many? |          | ${{has}} = 'y' |                 |
    |         | {end}            |      |           |          |              |                   |
    | choices |           |      |       |
    |         | list_name | name | label |
    |         | items     | car  | Car   |
    |         | items     | bike | Bike  |
    |         | yn        | y    | Yes   |
    |         | yn        | n    | No    |
"""


@pytest.mark.parametrize("end", ["end_kobomatrix", "end_matrix"])
def test_a_matrix_block_of_kobo(end: str) -> None:
    conversion = convert_md(MATRIX.format(list="items", end=end))
    assert codes(conversion) == ["FORM-233"]
    form = Form.new(compile_xform(opened(conversion)), environment())
    assert form.definition.questions == 4
    assert form.node("/data/m_bike").label == "Bike"
    assert form.node("/data/m_header/m_header_note").label == "Items"
    assert not form.node("/data/m_bike/m_bike_many").relevant
    form.answer(form.node("/data/m_bike/m_bike_has"), "y")
    assert form.node("/data/m_bike/m_bike_many").relevant
    assert not form.node("/data/m_car/m_car_many").relevant
    assert form.node("/data/m_car/m_car_has").violation is not None


def test_a_matrix_block_of_kobo_without_its_list_or_its_end() -> None:
    conversion = convert_md(MATRIX.format(list="nothing", end="end_kobomatrix"))
    errors = [problem for problem in conversion.problems if problem.severity == "error"]
    assert [(one.code, one.row, one.column) for one in errors] == [("FORM-264", 2, "kobo--matrix_list")]
    assert errors[0].hint
    unended = convert_md(MATRIX.format(list="items", end="note"))
    errors = [problem for problem in unended.problems if problem.severity == "error"]
    assert all((one.sheet, one.row, one.column, one.hint) for one in errors)
    assert ("FORM-232", 2) in [(one.code, one.row) for one in errors]
