"""Findings as a list: query, text and pinyin search, facets, order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from fieldkit.errors import UsageError
from fieldkit.i18n import N_, _
from fieldkit.model.document import Document, conflicts, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.review.findings import read_finding
from fieldkit.review.query import About, Query, Speller, facets, parse_query, sort_rows
from fieldkit.review.query import FindingRow as Row
from fieldkit.services.desk import Desk
from fieldkit.services.finding_view import FacetValue, FacetView, FindingRow, FindingsView
from fieldkit.services.records import Records

__all__ = ["FindingList"]

_FACETS: Mapping[str, tuple[str, str]] = {
    "state": (N_("State"), ""),
    "severity": (N_("Severity"), "severity"),
    "type": (N_("Type"), "finding_type"),
    "category": (N_("Category"), "category"),
    "kind": (N_("Kind"), "subject_kind"),
    "parent": (N_("Belongs to"), ""),
    "disposition": (N_("Disposition"), "disposition"),
    "actor": (N_("By"), ""),
}
"""Fields to filter by, in words, and their lists of codes."""

_CLOSED = frozenset({"filed", "linked", "merged", "void"})


class FindingList:
    """Reads all findings once and answers queries about them."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records
        self._about: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {}

    def view(self, query: str, find: str, sort: str, limit: int) -> FindingsView:
        """Return a list with facets; a query that cannot be understood lists everything and says so."""
        rows = list(self._rows())
        problem = ""
        try:
            matched = self._filtered(rows, query, find)
        except UsageError as error:
            problem, matched = error.message, rows
        ordered = sort_rows(
            matched,
            sort if sort in {"severity", "created", "subject", "state", "category", "due", "number"} else "severity",
        )
        return FindingsView(
            rows=tuple(self.row(self._records.document("finding", row.finding.id)) for row in ordered[:limit]),
            facets=tuple(self._facets(matched, query)),
            total=len(rows),
            matched=len(matched),
            query=query,
            sort=sort,
            problem=problem,
        )

    def matching(self, query: str, find: str) -> list[str]:
        """Return the ids of what matches, in order.

        Raises:
            UsageError: VISIT-040, the query names a field that no finding has.
        """
        rows = self._filtered(list(self._rows()), query, find)
        return [row.finding.id for row in sort_rows(rows)]

    def _filtered(self, rows: Sequence[Row], query: str, find: str) -> list[Row]:
        speller = Speller(self._desk.pinyin)
        found = list(parse_query(query).filter(rows, speller)) if query.strip() else list(rows)
        if find.strip():
            words: Query = parse_query(" ".join(f'"{word}"' for word in find.replace('"', " ").split()))
            found = list(words.filter(found, speller))
        self._desk.keep_spelling()
        return found

    def _rows(self) -> Iterator[Row]:
        for document in self._records.documents("finding"):
            finding = read_finding(id_of(document["id"]), fields(document))
            name, kind, parents, tags = self._surroundings(finding.subject)
            campaign = self._campaign(finding.visit)
            actor = str(document["first"][1]).partition("/")[0]
            yield Row.of(finding, About(name, kind, parents, campaign, actor, tags))

    def _surroundings(self, subject: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        known = self._about.get(subject)
        if known is None:
            known = self._about[subject] = self._read_surroundings(subject)
        return known

    def _read_surroundings(self, subject: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
        document = self._desk.document(record_name("subject", subject))
        values = fields(document) if document else {}
        parents: list[str] = []
        above = str(values.get("parent") or "")
        while above and above not in parents:
            document = self._desk.document(record_name("subject", above))
            names = fields(document) if document else {}
            parents += [above, *(str(names[field]) for field in ("name_zh", "name_en") if names.get(field))]
            above = str(names.get("parent") or "")
        tags = tuple(str(values.get("tags") or "").split())
        return self._records.subject_name(subject), str(values.get("kind") or ""), tuple(parents), tags

    def _campaign(self, visit: str) -> str:
        document = self._desk.document(record_name("visit", visit)) if visit else None
        return str((fields(document).get("meta") or {}).get("campaign") or "") if document else ""

    def _facets(self, rows: Iterable[Row], query: str) -> Iterator[FacetView]:
        for field, counts in facets(rows, tuple(_FACETS)).items():
            label, listed = _FACETS[field]
            yield FacetView(
                field=field,
                label=_(label),
                values=tuple(
                    FacetValue(
                        code=code,
                        label=self._label(field, listed, code),
                        count=count,
                        active=f"{field}:{code}" in query.split(),
                        term=f'{field}:"{code}"' if " " in code else f"{field}:{code}",
                    )
                    for code, count in counts.items()
                ),
            )

    def _label(self, field: str, listed: str, code: str) -> str:
        if field == "state":
            states = self._desk.machines["finding"].states
            return states[code].label if code in states else code
        if field == "parent":
            return self._records.subject_name(code)
        return self._desk.codes.label(listed, code) if listed else code

    def row(self, document: Document) -> FindingRow:
        """Return a finding as one line."""
        finding = read_finding(id_of(document["id"]), fields(document))
        codes = self._desk.codes
        _name, _kind, parents, _tags = self._surroundings(finding.subject)
        return FindingRow(
            id=finding.id,
            number=finding.number,
            severity=finding.severity,
            severity_label=codes.label("severity", finding.severity),
            type=finding.type,
            type_label=codes.label("finding_type", finding.type),
            category=finding.category,
            category_label=codes.label("category", finding.category),
            state=finding.state,
            state_label=self._label("state", "", finding.state),
            subject=finding.subject,
            subject_name=self._records.subject_name(finding.subject),
            parent=self._records.subject_name(parents[0]) if parents else "",
            visit=finding.visit,
            visit_number=self._records.number(record_name("visit", finding.visit)) if finding.visit else "",
            ref=finding.ref,
            statement=finding.statement,
            created=finding.created,
            due=finding.due,
            disposition=finding.disposition,
            actor=str(document["first"][1]).partition("/")[0],
            confidentiality=finding.confidentiality,
            conflicts=len(conflicts(document)),
            overdue_days=self._overdue(finding.due) if finding.state not in _CLOSED else None,
        )

    def _overdue(self, due: str) -> int | None:
        try:
            return (self._desk.clock.now().date() - date.fromisoformat(due)).days
        except ValueError:
            return None
