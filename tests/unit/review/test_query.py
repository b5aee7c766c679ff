"""The query language, facets and order of findings."""

from __future__ import annotations

import pytest

from fieldkit.errors import UsageError
from fieldkit.io.pinyin import pinyin_keys
from fieldkit.review.findings import Finding, FindingEvidence
from fieldkit.review.query import About, FindingRow, Speller, parse_query


def row(number: int, about: About | None = None, **values: str) -> FindingRow:
    """Return a finding in a list."""
    given = {"severity": "S3", "state": "draft", "created": f"2026-01-{number:02}T09:00:00+08:00", **values}
    finding = Finding(
        f"f{number}",
        number=f"F-d01-{number}",
        evidence=(FindingEvidence("D", "minutes of 14 Jan"),) if number == 1 else (),
        **given,  # type: ignore[arg-type]  # all given ones are texts
    )
    return FindingRow.of(finding, about)


LIULIN = About("柳林村党支部", "branch", ("V-1", "Hexi township", "C-1"), actor="A01", tags=("demo",))
SHIQIAO = About("Shiqiao branch", "branch", ("T-2",), campaign="C26-2", actor="A02")
ROWS = [
    row(
        1,
        LIULIN,
        statement="组织生活会没有问题清单",
        severity="S2",
        category="org_life",
        due="2026-02-01",
        subject="B-107",
    ),
    row(2, SHIQIAO, statement="No list of problems", state="submitted", category="org_life", subject="B-2"),
    row(3, LIULIN, statement="Accounts [not] published", severity="S1", category="openness", subject="B-107"),
    row(10, None, statement="Wall of the hall is wet", type="early_sign", due="2026-03-15", subject="V-9"),
]


def found(query: str) -> list[str]:
    """Return the numbers of the findings that a query finds."""
    speller = Speller(pinyin_keys)
    return [hit.finding.id for hit in parse_query(query).filter(ROWS, speller)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["f1", "f2", "f3", "f10"]),
        ("severity:S1", ["f3"]),
        ("severity:S1,S2", ["f1", "f3"]),
        ("severity<=S2", ["f1", "f3"]),
        ("severity>=S3", ["f2", "f10"]),
        ("-state:draft", ["f2"]),
        ("category:org_life -severity:S2", ["f2"]),
        ("due<=2026-02-28", ["f1"]),
        ("due:", ["f2", "f3"]),
        ("created>=2026-01-03", ["f3", "f10"]),
        ("created<=2026-01-02", ["f1", "f2"]),
        ("created:2026-01-1", ["f10"]),
        ("subject:b-107", ["f1", "f3"]),
        ("subject:shiqiao", ["f2"]),
        ("parent:hexi", ["f1", "f3"]),
        ("actor:A02 campaign:C26-2", ["f2"]),
        ("tag:demo", ["f1", "f3"]),
        ("kind:branch", ["f1", "f2", "f3"]),
        ("问题清单", ["f1"]),
        ("llcdzb", ["f1", "f3"]),
        ("liulincun", ["f1", "f3"]),
        ('"no list"', ["f2"]),
        ('-"no list" -柳林', ["f10"]),
        ("minutes", ["f1"]),
        ("inutes", []),
        ("minute", ["f1"]),
        ("lcdz", ["f1", "f3"]),
        ("wulin", []),
        ("[not]", ["f3"]),
        ("F-d01-10", ["f10"]),
        ("ｓｅｖｅｒｉｔｙ：Ｓ１", ["f3"]),
        ("nothing-like-this", []),
    ],
)
def test_queries(query: str, expected: list[str]) -> None:
    assert found(query) == expected


def test_an_unknown_field_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        parse_query("sevrity:S1")
    assert caught.value.code == "VISIT-040"
    assert "severity" in caught.value.hint
    assert caught.value.exit_code == 2
