"""The list of findings from the indexes equals the list that looks at each finding, whatever was written before."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.bootstrap import open_services
from fieldkit.io.pinyin import pinyin_keys
from fieldkit.model.document import deleted, shown
from fieldkit.model.operation import DELETED, Operation
from fieldkit.review.query import FindingRow, Speller, parse_query
from fieldkit.services.finding_about import Surroundings
from fieldkit.services.finding_list import SORTS
from fieldkit.services.house import Services
from fieldkit.services.writer import Draft

NOW = datetime.fromisoformat("2026-03-10T09:30:00+08:00")
OTHER = "zzzzzzzzzzzzzzzz"
SUBJECTS = ("C1", "B-1", "B-2", "gone")
TEXTS = (
    "台账未更新",
    "会议记录不完整",
    "记录会议",
    "The ledger is missing",
    "legal notes 台账",
    "账台 no list",
    "",
)
QUERIES = (
    "",
    "severity:S1",
    "severity>=S2 -state:void",
    "state:draft,confirmed",
    "-severity:S1",
    "due<=2026-02-15",
    "due:",
    "created>=2026-01-03",
    "created:2026-01-02T09",
    "-created>=2026-01-02T10",
    "subject:b-1",
    "subject:liulin",
    "parent:chengxi",
    "kind:branch",
    "tag:key",
    "campaign:K1",
    "campaign:",
    "-campaign:K1",
    "actor:A02",
    "ref:/data/a",
    "type:problem category:setup",
    "台账",
    "会议记录",
    "账",
    "-台账",
    "-会议记录",
    "taizhang",
    "tzwgx",
    "hyjl",
    "led",
    "edger",
    '"no list"',
    "F-x-1",
    "llzb",
    "[",
    "severity:S2 ledger",
    "disposition:file",
)

FINDING = st.fixed_dictionaries(
    {
        "statement": st.sampled_from(TEXTS),
        "severity": st.sampled_from(("S1", "S2", "S3", "")),
        "type": st.sampled_from(("problem", "good_practice", "")),
        "category": st.sampled_from(("setup", "other", "")),
        "due": st.sampled_from(("", "2026-02-01", "2026-02-28")),
        "disposition": st.sampled_from(("", "file")),
        "subject": st.sampled_from(SUBJECTS),
        "visit": st.sampled_from(("v1", "v2", "unknown", "")),
        "created": st.sampled_from(("2026-01-02T09:00:00+08:00", "2026-01-02T10:00:00+08:00", "2026-01-04", "")),
        "state": st.sampled_from(("draft", "confirmed", "void")),
        "ref": st.sampled_from(("/data/a", "/data/b", "")),
        "foreign": st.booleans(),
    }
)
STEP = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 11), st.sampled_from(("draft", "confirmed", "void"))),
    st.tuples(st.just("edit"), st.integers(0, 11), st.sampled_from(TEXTS)),
    st.tuples(st.just("grade"), st.integers(0, 11), st.sampled_from(("S1", "S3", ""))),
    st.tuples(st.just("delete"), st.integers(0, 11), st.just("")),
    st.tuples(st.just("run"), st.just(0), st.just("")),
)


class _Book:
    """A workspace that findings are written and imported into."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.names: list[str] = []
        self._seq = 0
        rows = (
            ("C1", {"kind": "city", "name_en": "Chengxi City", "name_zh": "澄溪市"}),
            ("B-1", {"kind": "branch", "name_en": "Liulin branch", "name_zh": "柳林支部", "parent": "C1"}),
            ("B-2", {"kind": "branch", "name_en": "Shiqiao", "name_zh": "柳林支部二", "parent": "B-1", "tags": "key"}),
        )
        for subject, values in rows:
            services.desk.write([Draft(f"subject/{subject}", name, value) for name, value in values.items()])
        for visit, campaign in (("v1", "K1"), ("v2", "")):
            services.desk.write([Draft(f"visit/{visit}", "meta", {"number": visit, "campaign": campaign})])

    def add(self, values: dict[str, Any]) -> None:
        """Write a finding here, or import it from another device."""
        number = len(self.names)
        record = f"finding/f{number}"
        self.names.append(record)
        meta = {name: values[name] for name in ("subject", "visit", "created", "ref")}
        fields = {
            "meta": {**meta, "number": f"F-x-{number}"},
            **{name: values[name] for name in ("statement", "severity", "type", "category", "due", "disposition")},
            "state": {"state": values["state"]},
        }
        if not values["foreign"]:
            self.services.desk.write([Draft(record, name, value) for name, value in fields.items()])
            return
        operations = []
        for name, value in fields.items():
            self._seq += 1
            operations.append(Operation(OTHER, self._seq, f"{self._seq}.0", "A02/inspector", record, name, value))
        self.services.desk.store.append(operations)

    def step(self, what: str, which: int, value: str) -> None:
        """Change a finding, or let the store write a run."""
        if what == "run":
            self.services.desk.store.engine.flush()  # type: ignore[attr-defined]  # the real store
            return
        if not self.names:
            return
        record = self.names[which % len(self.names)]
        document = self.services.desk.document(record)
        assert document is not None
        draft = {
            "move": Draft(record, "state", {"state": value}),
            "edit": Draft(record, "statement", value),
            "grade": Draft(record, "severity", value),
            "delete": Draft(record, DELETED, {"reason": "", "vector": dict(document["vector"])}),
        }[what]
        self.services.desk.write([draft])

    def rows(self) -> list[tuple[int, FindingRow]]:
        """Return each finding that is not deleted with its number, by reading all of them."""
        about = Surroundings(self.services.desk, self.services.records)
        documents = enumerate(self.services.desk.store.documents("finding"), 1)
        return [(number, about.row(document)) for number, document in documents if not deleted(document)]


def _ordered(rows: list[tuple[int, FindingRow]], sort: str) -> list[str]:
    def value(row: FindingRow) -> str:
        if sort == "subject":
            return row.subject_name or row.finding.subject
        return str(getattr(row.finding, sort))[: 10 if sort == "created" else None]

    newest = sorted(rows, key=lambda pair: -pair[0])
    present = sorted((row for _number, row in newest if value(row)), key=value, reverse=sort == "created")
    return [row.finding.id for row in [*present, *(row for _number, row in newest if not value(row))]]


@pytest.fixture
def homes() -> Iterator[Path]:
    """Return a folder for the workspaces of all examples."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    findings=st.lists(FINDING, max_size=12),
    steps=st.lists(STEP, max_size=12),
    cut=st.integers(0, 12),
    queries=st.lists(st.sampled_from(QUERIES), min_size=4, max_size=10, unique=True),
    sort=st.sampled_from(SORTS),
)
def test_the_indexed_list_equals_the_list_that_looks_at_each(
    homes: Path,
    findings: list[dict[str, Any]],
    steps: list[tuple[str, int, str]],
    cut: int,
    queries: list[str],
    sort: str,
) -> None:
    home = Path(tempfile.mkdtemp(dir=homes))
    services = open_services(home, now=NOW, lang="en", threaded=False)
    try:
        book = _Book(services)
        for values in findings[:cut]:
            book.add(values)
        for step in steps:
            book.step(*step)
        for values in findings[cut:]:
            book.add(values)
        rows = book.rows()
        speller = Speller(pinyin_keys)
        for query in queries:
            wanted = [pair for pair in rows if parse_query(query).matches(pair[1], speller)]
            pages = services.findings.pages(query, "", sort)
            early = [row.id for row in pages.rows(0, 20)]
            pages.count()
            expected = _ordered(wanted, sort)
            assert [row.id for row in pages.rows(0, 20)] == expected, query
            assert early == expected, query
            assert [pages.rows(place, 1)[0].id for place in range(len(pages))] == expected
            assert (len(pages), pages.total) == (len(wanted), len(rows))
            counted = {facet.field: {value.code: value.count for value in facet.values} for facet in pages.facets}
            for field in ("state", "severity", "type", "category", "kind", "parent", "disposition", "actor"):
                counts = Counter(next(iter(row.values(field)), "") for _number, row in wanted)
                assert counted[field] == {code: count for code, count in counts.items() if code}, (query, field)
        names = [shown(document, "statement") for document in services.desk.store.documents("finding")]
        assert len(names) == len(book.names)
    finally:
        services.close()
