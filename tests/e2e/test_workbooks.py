"""Real workbooks of other people: every one goes through the check, and what opens can be filled to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import FormError
from fieldkit.forms import Form, compile_xform
from fieldkit.io.formcheck import CheckResult, check
from fieldkit.io.xlsform import convert
from tests.builders.answers import fill, reachable
from tests.builders.checklists import environment

FOLDER = Path(__file__).parents[3] / "shared" / "forms"
REASON = "the real workbooks are not beside the repository"
pytestmark = pytest.mark.skipif(not (FOLDER / "INDEX.tsv").is_file(), reason=REASON)


def index() -> dict[str, bool]:
    """Return each workbook, and whether the standard converter takes it."""
    if not (FOLDER / "INDEX.tsv").is_file():
        return {}
    lines = (FOLDER / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {cells[0]: cells[4] == "ok" for cells in (line.split("\t") for line in lines)}


WORKBOOKS = index()


@pytest.fixture(scope="module")
def results() -> dict[str, CheckResult]:
    return {name: check(FOLDER / name) for name in WORKBOOKS}


def test_all_that_the_converter_takes_open(results: dict[str, CheckResult]) -> None:
    refused = {name: results[name].problems[0] for name, taken in WORKBOOKS.items() if taken and not results[name].ok}
    assert refused == {}


def test_those_without_a_survey_are_refused_as_that(results: dict[str, CheckResult]) -> None:
    without = [name for name in WORKBOOKS if name.startswith("timci__")]
    assert len(without) == 7
    for name in without:
        assert [problem.code for problem in results[name].problems] == ["FORM-210"], name


def test_most_that_the_converter_refuses_open_with_warnings(results: dict[str, CheckResult]) -> None:
    opened = [name for name, taken in WORKBOOKS.items() if not taken and results[name].ok]
    assert len(opened) >= 22
    for name in opened:
        mended = [problem for problem in results[name].problems if problem.code.startswith("FORM-2")]
        assert mended, name
        assert all(problem.severity == "warning" for problem in mended), name


def test_the_rest_are_refused_with_place_and_remedy(results: dict[str, CheckResult]) -> None:
    refused = [name for name, taken in WORKBOOKS.items() if not taken and not results[name].ok]
    for name in refused:
        errors = [problem for problem in results[name].problems if problem.severity == "error"]
        assert errors, name
        for problem in errors:
            assert problem.hint, (name, problem)
            if problem.code != "FORM-210":
                assert all((problem.sheet, problem.row, problem.column)), (name, problem)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(WORKBOOKS))
def test_what_opens_is_filled_and_written(name: str) -> None:
    conversion = convert(FOLDER / name)
    if conversion.xform is None:
        assert not WORKBOOKS[name]
        return
    try:
        definition = compile_xform(conversion.xform, media=conversion.media)
    except FormError:
        assert not WORKBOOKS[name]
        return
    form = Form.new(definition, environment())
    assert fill(form) == []
    xml = form.xml()
    assert f'id="{definition.form_id}"' in xml
    again = Form.edit(definition, environment(), xml.encode())
    assert {node.ref for node in reachable(again)} == {node.ref for node in reachable(form)}
