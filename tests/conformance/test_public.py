"""The public conformance cases against the list of those that are known to fail."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conformance.replay import replay_file

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "conformance"
KNOWN = tomllib.loads((Path(__file__).parent / "known.toml").read_text(encoding="utf-8"))

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the conformance data is not there")


def _level_3(file: str) -> dict[str, str]:
    return {result.id: str(result.outcome) for result in replay_file(DATA / file, 3)}


@needs_data
@pytest.mark.parametrize("file", ["xpath.public.jsonl", "scenario.public.jsonl"])
def test_exactly_the_known_cases_fail(file: str) -> None:
    verdicts = _level_3(file)
    prefix = file[0]
    known = {identifier for identifier in KNOWN if identifier.startswith(prefix)}
    fails = {identifier: why for identifier, why in verdicts.items() if why.startswith("failed")}
    assert {identifier: why for identifier, why in fails.items() if identifier not in known} == {}, "newly failing"
    assert known - fails.keys() == set(), "newly passing: take them off the list"


@needs_data
def test_no_case_is_skipped_but_those_that_the_data_cannot_check() -> None:
    for file in ("xpath.public.jsonl", "scenario.public.jsonl"):
        skipped = [result for result in replay_file(DATA / file, 1) if result.outcome.verdict == "skipped"]
        assert [result.id for result in skipped if not result.is_uncheckable] == []


def test_every_known_case_says_why_and_who_is_right() -> None:
    for entry in KNOWN.values():
        assert len(entry["reason"]) > 20
        assert entry["who_is_right"] in {"we", "recording", "open"}
        assert entry["area"]


def _xpath_case(**fields: object) -> dict[str, object]:
    return {
        "id": "x-000000000001",
        "area": "made/here",
        "lib": "xforms",
        "expr": "1 + 1",
        "context": "/",
        "ns": {},
        "xml": "<root/>",
        "asserted": ["number"],
        "expect": {"type": "number", "number": 2, "string": "2", "boolean": True},
        **fields,
    }


def _run(tmp_path: Path, cases: list[dict[str, object]]) -> tuple[int, str, dict[str, object]]:
    file, out = tmp_path / "cases.jsonl", tmp_path / "out.json"
    file.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance", "--level", "3", "--json", str(out), str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-1], json.loads(out.read_text(encoding="utf-8"))


def test_the_replayer_counts_what_passes_fails_and_cannot_be_replayed(tmp_path: Path) -> None:
    code, last, report = _run(
        tmp_path,
        [
            _xpath_case(),
            _xpath_case(id="x-2", expect={"type": "number", "number": 3, "string": "3", "boolean": True}),
            _xpath_case(id="x-3", cdata_split=True),
            _xpath_case(id="x-4", expect={"error": True, "message": "no"}),
            _xpath_case(id="x-5", expr="nothing()", expect={"error": True, "message": "no"}),
            {"id": "x-6", "area": "other"},
        ],
    )
    assert (code, last) == (1, "2 passed, 2 failed, 2 skipped")
    assert report["level"] == 3
    assert report["areas"] == {
        "made/here": {"passed": 2, "failed": 2, "skipped": 1},
        "other": {"passed": 0, "failed": 0, "skipped": 1},
    }
    cases = report["cases"]
    assert isinstance(cases, dict)
    assert cases["x-2"] == "failed: number: expected 3, given 2.0"
    assert cases["x-3"].startswith("skipped: ")


def test_a_failing_case_with_doubt_does_not_fail_the_run(tmp_path: Path) -> None:
    wrong = {"type": "number", "number": 3, "string": "3", "boolean": True}
    code, last, report = _run(tmp_path, [_xpath_case(doubt="a quirk", expect=wrong)])
    assert (code, last) == (0, "0 passed, 1 failed, 0 skipped")
    assert report["doubt"] == {"x-000000000001": "failed: number: expected 3, given 2.0"}


SCENARIO = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>t</h:title><model><instance><data id="t"><a/><b/></data></instance>
<bind nodeset="/data/a" type="int" constraint=". &lt; 10"/><bind nodeset="/data/b" calculate="/data/a * 2"/>
</model></h:head>
<h:body><input ref="/data/a"><label>A</label></input></h:body></h:html>"""


def _scenario(**answer: object) -> dict[str, object]:
    recorded = {"op": "answer", "s": 0, "ref": "/data/a", "value": "4", "result": "4", **answer}
    return {
        "id": "s-1",
        "area": "made/here",
        "tz": "America/Phoenix",
        "now": "2025-06-15T17:34:56.789Z",
        "state_truncated": True,
        "steps": [
            {"op": "init", "form": SCENARIO, "as": 0, "languages": [None]},
            recorded,
            {"op": "next", "s": 0, "event": "END_OF_FORM", "ref": None},
        ],
    }


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "passed"),
        ({"result": "5"}, "failed: step 1 answer: result"),
        ({"xml": "<data id='t'><a>4</a><b>8</b><meta><instanceID>uuid:<UUID></instanceID></meta></data>"}, "passed"),
        ({"xml": "<data id='t'><a>4</a><b>9</b></data>"}, "failed: step 1 answer: xml"),
        ({"state": {"changed": [{"ref": "/data/b", "value": "9"}]}}, "failed: step 1 answer: state"),
        ({"error": True}, "failed: step 1 answer: should have raised"),
        ({"op": "dance"}, "skipped: no replay for dance"),
        ({"ref": "/data/none"}, "failed: step 1 answer: raised"),
    ],
)
def test_a_scenario_is_compared_step_by_step(tmp_path: Path, change: dict[str, object], verdict: str) -> None:
    _code, _last, report = _run(tmp_path, [_scenario(**change)])
    cases = report["cases"]
    assert isinstance(cases, dict)
    assert cases["s-1"].startswith(verdict)


INTO_ROWS = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>t</h:title>
<model><instance><data id="t"><a/><r><b/></r><r><b/></r></data></instance></model></h:head><h:body><input ref="/data/a">
<setvalue event="xforms-value-changed" ref="/data/r/b" value="1"/></input>
<group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/b"/></repeat></group></h:body></h:html>"""


@pytest.mark.parametrize(
    ("step", "verdict"),
    [
        ({"op": "answer", "ref": "/data/a", "value": "4", "error": True}, "passed"),
        ({"op": "answer", "ref": "/data/none", "value": "4", "error": True}, "passed"),
        ({"op": "add_repeat", "ref": "/data/none", "error": True}, "passed"),
        (
            {"op": "answer", "ref": "/data/r[1]/b", "value": "4", "error": True},
            "failed: step 1 answer: should have raised",
        ),
    ],
)
def test_what_the_engine_raises_or_reports_counts_as_an_error(
    tmp_path: Path, step: dict[str, object], verdict: str
) -> None:
    case = _scenario()
    case["steps"] = [{"op": "init", "form": INTO_ROWS, "as": 0, "languages": [None]}, {"s": 0, **step}]
    _code, _last, report = _run(tmp_path, [case])
    cases = report["cases"]
    assert isinstance(cases, dict)
    assert cases["s-1"].startswith(verdict)
