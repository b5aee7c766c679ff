"""The register of subjects: imported, added, edited, found by code, Chinese, pinyin and initials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.errors import SubjectError, UsageError, VisitError
from fieldkit.i18n import N_, _, language, pick, sentences
from fieldkit.model.document import Document, fields, shown
from fieldkit.model.ids import id_of, record_name
from fieldkit.model.register import CODE_LISTS, COLUMNS, KINDS, Entry, Fault, Known, check_entries, columns_of
from fieldkit.model.texts import refuse_personal
from fieldkit.services.desk import Desk
from fieldkit.services.history import history_of
from fieldkit.services.lines import FieldOption, FieldView, VisitLine
from fieldkit.services.records import Records
from fieldkit.services.subject_view import RefusedRow, SubjectDetail, SubjectImport, SubjectLine, SubjectsView
from fieldkit.services.writer import WITH, Draft
from fieldkit.visit.view import FindingLine

if TYPE_CHECKING:
    from fieldkit.ports.register import SubjectFiles

__all__ = ["COLUMN_LABELS", "Subjects"]

COLUMN_LABELS: Mapping[str, str] = {
    "id": N_("Code"), "kind": N_("Kind"), "name_zh": N_("Chinese name"), "name_en": N_("English name"),
    "parent": N_("Belongs to"), "band": N_("Band"), "year": N_("Year"), "townships_n": N_("Townships"),
    "branches_n": N_("Branches"), "push_status": N_("Whole-township push"), "member_units_n": N_("Member units"),
    "estates_n": N_("Estates"), "households": N_("Households"), "income_own": N_("Own income, 10k yuan"),
    "coop": N_("Cooperative"), "estate_branch": N_("Branch of the estate"), "owners_committee": N_("Owners' committee"),
    "pm_kind": N_("Property management"), "branch_kind": N_("Kind of branch"), "members_full": N_("Full members"),
    "last_election": N_("Last election"), "term_years": N_("Term in years"), "last_star": N_("Last star"),
    "unit_kind": N_("Kind of unit"), "coverage": N_("Coverage"), "lead_unit": N_("Lead unit"),
    "plan_invest": N_("Investment planned, 10k yuan"), "milestones_n": N_("Milestones"),
    "station_kind": N_("Kind of station"), "functions": N_("Functions"), "link_kind": N_("Kind of link"),
    "other": N_("Other side"), "since": N_("Since"), "agreement": N_("Agreement"), "status": N_("Status"),
    "tags": N_("Tags"),
}  # fmt: skip
"""Columns of the register in words."""

_NAMES = ("name_zh", "name_en")
"""Columns of free text."""

_CLOSED = frozenset({"final", "accepted", "void"})


class Subjects:
    """The register."""

    def __init__(self, desk: Desk, records: Records, files: Callable[[], SubjectFiles]) -> None:
        self._desk = desk
        self._records = records
        self._files = files
        self._kept: tuple[object, Sequence[SubjectLine]] | None = None

    # -- writing ---------------------------------------------------------------------------------

    def import_file(self, path: Path) -> SubjectImport:
        """Import a CSV or XLSX list: good rows are kept, the others listed; twice changes nothing.

        Raises:
            SubjectError: The file cannot be read at all.
        """
        source = self._files()(path)
        personal = [fault for entry in source.entries if (fault := _personal(entry)) is not None]
        rows = {fault.row for fault in personal}
        entries = [entry for entry in source.entries if entry.row not in rows]
        verdict = check_entries(entries, self._known(), self._desk.codes)
        refused = [*personal, *(_refused(row, fault) for row, fault in (*source.refused, *verdict.refused))]
        added = changed = unchanged = 0
        drafts: list[Draft] = []
        columns = [column for column in source.columns if column != "id"]
        for entry in verdict.accepted:
            wanted = {column: entry.values.get(column, "") for column in columns}
            record = record_name("subject", entry.id)
            document = self._desk.document(record)
            new = _drafts(record, document, wanted)
            drafts += new
            if document is None:
                added += 1
            elif new:
                changed += 1
            else:
                unchanged += 1
        self._desk.write(_one_write(drafts))
        for entry in verdict.accepted:
            self._desk.pinyin(entry.values.get("name_zh", ""))
        self._desk.keep_spelling()
        return SubjectImport(added, changed, unchanged, tuple(sorted(refused, key=lambda row: (row.row, row.column))))

    def add(self, values: Mapping[str, str], *, confirm: bool = False) -> str:
        """Add a subject by hand and return its id.

        Raises:
            SubjectError: A cell is wrong, or SUBJ-020 where the id is taken.
        """
        identifier = values.get("id", "")
        if identifier and self._desk.document(record_name("subject", identifier)) is not None:
            raise SubjectError(
                "SUBJ-020",
                _("There is a subject {id} already").format(id=identifier),
                hint=_("Give another id, or change it with: fieldkit subject edit {id}").format(id=identifier),
                where={"column": "id", "id": identifier},
            )
        self._save(values, confirm=confirm)
        return identifier

    def edit(self, subject: str, changes: Mapping[str, str], *, confirm: bool = False) -> str:
        """Change columns of a subject and return its id; an empty text clears a cell.

        Raises:
            UsageError: REC-001 for a subject that does not exist.
            SubjectError: A cell is wrong.
        """
        identifier = self.resolve(subject)
        self._save({**self._values(identifier), **changes, "id": identifier}, confirm=confirm)
        return identifier

    def _save(self, values: Mapping[str, str], *, confirm: bool) -> None:
        for column in _NAMES:
            refuse_personal(values.get(column, ""), confirmed=confirm, field=column)
        entry = Entry(0, {column: text.strip() for column, text in values.items() if text.strip()})
        verdict = check_entries([entry], self._known(), self._desk.codes)
        if verdict.refused:
            fault = verdict.refused[0][1]
            raise SubjectError(
                fault.code,
                fault.message,
                hint=fault.hint,
                where={
                    "column": fault.column,
                    "faults": [
                        {"column": other.column, "code": other.code, "message": other.message}
                        for _row, other in verdict.refused
                    ],
                },
            )
        record = record_name("subject", entry.id)
        wanted = {column: entry.values.get(column, "") for column in columns_of(entry.values["kind"]) if column != "id"}
        self._desk.write(_one_write(_drafts(record, self._desk.document(record), wanted)))
        self._desk.pinyin(entry.values.get("name_zh", ""))
        self._desk.keep_spelling()

    def _known(self) -> dict[str, Known]:
        return {
            id_of(document["id"]): Known(str(shown(document, "kind") or ""), str(shown(document, "parent") or ""))
            for document in self._records.documents("subject")
        }

    # -- finding ---------------------------------------------------------------------------------

    def resolve(self, text: str) -> str:
        """Return the id of a subject named by its id, its start, or its whole name.

        Raises:
            UsageError: REC-001 or REC-002.
        """
        try:
            return self._records.resolve("subject", text)
        except UsageError as error:
            named = [
                id_of(document["id"])
                for document in self._records.documents("subject")
                if text and text in (shown(document, "name_zh"), shown(document, "name_en"))
            ]
            if error.code != "REC-001" or len(named) != 1:
                raise
            return named[0]

    def list(self, kind: str = "", find: str = "") -> SubjectsView:
        """Return the register as a tree in lines, or what a search finds, the best first."""
        lines = self._all_lines()
        counts: dict[str, int] = defaultdict(int)
        for line in lines:
            counts[line.kind] += 1
        rows: Sequence[SubjectLine] = [line for line in lines if not kind or line.kind == kind]
        if find.strip():
            rows = self._matching(rows, find.strip())
        return SubjectsView(
            rows=tuple(rows),
            total=len(lines),
            query=find,
            kind=kind,
            kinds=tuple(
                (code, self._desk.codes.label("subject_kind", code), counts[code]) for code in KINDS if counts[code]
            ),
        )

    def _all_lines(self) -> Sequence[SubjectLine]:
        """Return the whole tree; it is kept until anything is written, so that each letter of a search is quick."""
        writer = self._desk.writer
        stamp = (sum(self._desk.store.vector().values()), self._desk.store.last_hlc(), writer.pending, language())
        if self._kept is None or self._kept[0] != stamp:
            documents = {id_of(document["id"]): document for document in self._records.documents("subject")}
            self._kept = (stamp, self._lines(documents))
        return self._kept[1]

    def _matching(self, rows: Sequence[SubjectLine], find: str) -> Sequence[SubjectLine]:
        wanted = find.casefold().replace(" ", "")
        found: list[tuple[int, SubjectLine]] = []
        for line in rows:
            rank, why = self._match(line, wanted)
            if why:
                found.append((rank, _with_match(line, why)))
        self._desk.keep_spelling()
        return [line for _rank, line in sorted(found, key=lambda item: item[0])]

    def _match(self, line: SubjectLine, wanted: str) -> tuple[int, str]:
        code = line.id.casefold()
        if code.startswith(wanted):
            return (0 if code == wanted else 1), "code"
        for name in (line.name_zh, line.name_en):
            if wanted in name.casefold().replace(" ", ""):
                return 2, "text"
        for place, spelled in enumerate(self._desk.pinyin(line.name_zh)):
            if spelled.startswith(wanted) or (len(wanted) > 1 and wanted in spelled):
                return 3, "initials" if place % 2 else "pinyin"
        return (4, "code") if wanted in code else (9, "")

    def _lines(self, documents: Mapping[str, Document]) -> Sequence[SubjectLine]:
        children: dict[str, list[str]] = defaultdict(list)
        values = {identifier: fields(document) for identifier, document in documents.items()}
        for identifier, cells in values.items():
            parent = str(cells.get("parent") or "")
            children[parent if parent in documents and parent != identifier else ""].append(identifier)
        visits, findings = self._counts()
        order = {kind: place for place, kind in enumerate(KINDS)}
        for below in children.values():
            below.sort(key=lambda item: (order.get(str(values[item].get("kind")), 99), item))
        lines: list[SubjectLine] = []
        seen: set[str] = set()
        roots = [(identifier, 0) for identifier in children[""]]
        # Subjects whose parents point at each other hang under nothing: they stand at the end.
        for start in (roots, [(identifier, 0) for identifier in documents]):
            stack = list(reversed(start))
            while stack:
                identifier, depth = stack.pop()
                if identifier in seen:
                    continue
                seen.add(identifier)
                below = children.get(identifier, [])
                lines.append(
                    self._line(
                        identifier,
                        values[identifier],
                        depth,
                        len(below),
                        (visits.get(identifier, (0, 0)), findings.get(identifier, 0)),
                    )
                )
                stack += [(child, depth + 1) for child in reversed(below)]
        return lines

    def _counts(self) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
        """Return visits, open visits and findings by subject, from the indexes alone."""
        self._desk.writer.settle()
        visits = {subject: (total, total - done) for subject, total, done in self._tallies("visit", "subject", _CLOSED)}
        findings = {
            subject: total - gone for subject, total, gone in self._tallies("finding", "subject", {"void", "merged"})
        }
        return visits, findings

    def _tallies(self, kind: str, index: str, states: Collection[str]) -> Iterator[tuple[str, int, int]]:
        """Yield each value with its records, and how many of them are in some states."""
        store = self._desk.store
        marks = bytearray(store.size(kind) + 1)
        for state in states:
            for number in store.numbers(kind, "state", state):
                marks[number] = 1
        for value, numbers in store.values(kind, index):
            yield value, len(numbers), sum(map(marks.__getitem__, numbers))

    def _line(
        self, identifier: str, cells: Mapping[str, Any], depth: int, children: int, counts: tuple[tuple[int, int], int]
    ) -> SubjectLine:
        name_zh, name_en = str(cells.get("name_zh") or ""), str(cells.get("name_en") or "")
        kind = str(cells.get("kind") or "")
        return SubjectLine(
            id=identifier,
            kind=kind,
            kind_label=self._desk.codes.label("subject_kind", kind),
            name=pick(name_zh, name_en) or identifier,
            name_zh=name_zh,
            name_en=name_en,
            parent=str(cells.get("parent") or ""),
            depth=depth,
            children=children,
            band=str(cells.get("band") or ""),
            star=str(cells.get("last_star") or ""),
            visits=counts[0][0],
            open_visits=counts[0][1],
            findings=counts[1],
        )

    # -- one subject -----------------------------------------------------------------------------

    def show(self, subject: str) -> dict[str, Any]:
        """Return a subject as the command line prints it."""
        identifier = self.resolve(subject)
        values = self._values(identifier)
        record: dict[str, Any] = {"id": identifier, "kind": values.get("kind", "")}
        record.update({column: values[column] for column in COLUMNS if values.get(column) and column not in record})
        for column, name in CODE_LISTS.items():
            if values.get(column) and self._desk.codes.has(name, values[column]):
                code = self._desk.codes.lists[name][values[column]]
                record[f"{column}_zh"], record[f"{column}_en"] = code.zh, code.en
        document = self._records.document("subject", identifier)
        record["operations"] = document["n"]
        record["changed"] = self._desk.time_of(document["last"][0])
        return record

    def detail(
        self, subject: str, visits: Sequence[VisitLine] = (), findings: Sequence[FindingLine] = ()
    ) -> SubjectDetail:
        """Return a subject with everything known about it.

        Args:
            subject: Its id.
            visits: Its visits, from the service of visits.
            findings: Its findings, from the service of findings.
        """
        identifier = self.resolve(subject)
        document = self._records.document("subject", identifier)
        by_id = {line.id: line for line in self.list().rows}
        line = by_id[identifier]
        path: list[SubjectLine] = []
        parent = line.parent
        while parent in by_id and by_id[parent] not in path and len(path) < len(KINDS):
            path.insert(0, by_id[parent])
            parent = by_id[parent].parent
        days = [self._age_days(visit.started) for visit in visits if visit.state != "void"]
        return SubjectDetail(
            line=line,
            path=tuple(path),
            fields=self.fields(line.kind, identifier),
            visits=tuple(visits),
            findings=tuple(findings),
            notes=self._desk.writer.tally("note", "subject", identifier),
            children=tuple(other for other in by_id.values() if other.parent == identifier),
            history=history_of(self._desk, document, {name: _(label) for name, label in COLUMN_LABELS.items()}),
            visits_7_days=sum(age < 7 for age in days),
            visits_30_days=sum(age < 30 for age in days),
            twins=tuple(
                other
                for other in by_id.values()
                if other.id != identifier
                and other.parent == line.parent
                and other.kind == line.kind
                and other.name_zh
                and other.name_zh == line.name_zh
            ),
        )

    def fields(self, kind: str, subject: str = "") -> tuple[FieldView, ...]:
        """Return the fields of a kind to fill in, with the values of a subject where one is given."""
        values = self._values(subject) if subject else {"kind": kind}
        document = self._desk.document(record_name("subject", subject)) if subject else None
        return tuple(
            FieldView(
                name=column,
                label=_(COLUMN_LABELS[column]),
                value=values.get(column, ""),
                shown=self._shown(column, values.get(column, "")),
                options=self._options(column),
                editable=column not in {"id", "kind"} or not subject,
                required=column in {"id", "kind", "name_zh"},
                conflict=bool(document and len({str(head[3]) for head in document["heads"].get(column, ())}) > 1),
            )
            for column in columns_of(kind)
        )

    def _options(self, column: str) -> tuple[FieldOption, ...]:
        name = "subject_kind" if column == "kind" else CODE_LISTS.get(column)
        if name is None:
            return ()
        return tuple(FieldOption(code.code, code.label) for code in self._desk.codes.options(name))

    def _shown(self, column: str, value: str) -> str:
        if column in {"parent", "other", "lead_unit"} and value:
            return self._records.subject_name(value)
        name = "subject_kind" if column == "kind" else CODE_LISTS.get(column)
        if name is None:
            return {"yes": _("yes"), "no": _("no")}.get(value, value)
        return " ".join(self._desk.codes.label(name, code) for code in value.split())

    def _values(self, subject: str) -> dict[str, str]:
        document = self._records.document("subject", subject)
        values = {column: str(value) for column, value in fields(document).items() if value not in (None, "")}
        return {**values, "id": id_of(document["id"])}

    def _age_days(self, started: str) -> float:
        try:
            age: timedelta = self._desk.clock.now() - datetime.fromisoformat(started)
        except (ValueError, TypeError):
            return float("inf")
        return age.total_seconds() / 86_400


def _drafts(record: str, document: Document | None, wanted: Mapping[str, str]) -> Sequence[Draft]:
    return [Draft(record, column, text) for column, text in wanted.items() if (shown(document, column) or "") != text]


def _one_write(drafts: Sequence[Draft]) -> Sequence[Draft]:
    return [Draft(draft.record, draft.field, draft.value, WITH if place else "") for place, draft in enumerate(drafts)]


def _personal(entry: Entry) -> RefusedRow | None:
    """Return the refusal of a row whose names hold a number that looks like one person's."""
    for column in _NAMES:
        try:
            refuse_personal(entry.values.get(column, ""), field=column)
        except VisitError as error:
            return RefusedRow(entry.row, column, error.code, sentences(error.message, error.hint))
    return None


def _refused(row: int, fault: Fault) -> RefusedRow:
    return RefusedRow(row, fault.column, fault.code, sentences(fault.message, fault.hint))


def _with_match(line: SubjectLine, why: str) -> SubjectLine:
    from msgspec.structs import replace

    return replace(line, match=why, depth=0)
