"""Findings as a list: query, text and pinyin search, facets, order; a page is read without the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from fieldkit.errors import UsageError
from fieldkit.i18n import N_, _
from fieldkit.model.document import Document, conflicts, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.review.findings import read_finding
from fieldkit.review.query import Query, Speller, Term, parse_query
from fieldkit.services.desk import Desk
from fieldkit.services.finding_about import Surroundings
from fieldkit.services.finding_filter import Filter
from fieldkit.services.finding_order import Mask, Ordered, marked
from fieldkit.services.finding_view import FacetValue, FacetView, FindingRow, FindingsView
from fieldkit.services.records import Records

__all__ = ["SORTS", "FindingList", "FindingPages"]

SORTS = ("severity", "created", "subject", "state", "category", "due")
"""What a list can be ordered by; equal ones stay in the order in which they came here, the newest first."""

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
_CHUNK = 256
_FIRST = 2000
"""Findings that are looked through at once for the first page of a list whose count takes longer."""


class FindingPages:
    """One list: its rows by place, its facets once they are counted.

    Attributes:
        query: Terms such as ``severity:S2 -state:void``.
        sort: Field of the order.
        total: Number of all findings.
        problem: What is wrong with the query; then the list is unfiltered.
        facets: Fields to filter by with their counts.
        is_counted: False while ``count`` has not been called: the facets are missing.
    """

    def __init__(self, lists: FindingList, query: str, find: str, sort: str) -> None:
        self.query = query
        self.sort = sort
        self.problem = ""
        self.facets: tuple[FacetView, ...] = ()
        self.is_counted = False
        self._lists = lists
        self._mask: Mask | None = None
        self._open: tuple[Term, ...] = ()
        self.total = lists.total()
        terms = self._terms(query, find)
        if terms:
            found = lists.filter().find(terms)
            self._mask, self._open = found.mask, found.open
        self._ordered = Ordered(lists.blocks(sort), self._mask)
        self._first = lists.first(self._ordered, self._open) if self._open else []

    def _terms(self, query: str, find: str) -> tuple[Term, ...]:
        try:
            terms = parse_query(query).terms
            if find.strip():
                terms += parse_query(" ".join(f'"{word}"' for word in find.replace('"', " ").split())).terms
        except UsageError as error:
            self.problem = error.message
            return ()
        return terms

    @property
    def is_partial(self) -> bool:
        """Tell whether only the first rows are known yet."""
        return bool(self._open)

    def __len__(self) -> int:
        return len(self._first) if self._open else len(self._ordered)

    def rows(self, start: int, count: int) -> tuple[FindingRow, ...]:
        """Return so many rows from a place on."""
        return self._lists.rows(self.numbers(start, count))

    def numbers(self, start: int, count: int) -> Sequence[int]:
        """Return the findings' numbers on this device at so many places from a place on."""
        start = max(start, 0)
        return self._first[start : start + count] if self._open else self._ordered.page(start, count)

    def holds(self, place: int) -> bool:
        """Tell whether the list shows the finding of a number."""
        return self._mask is None or bool(self._mask[place])

    def after(self, at: int, wanted: str) -> int:
        """Return the next place, going round, that is a ``draft`` or is ``late``; -1 where none is."""
        return self._ordered.after(at, self._lists.mask_of(wanted))

    def settle(self) -> None:
        """Look up the terms that the indexes only narrow, in each finding that is left; takes long over many."""
        if self._open:
            kept = self._lists.verified(list(self._ordered), self._open)
            self._mask = marked([kept], self._lists.size())
            self._ordered = Ordered(self._lists.blocks(self.sort), self._mask)
            self._open, self._first = (), []

    def count(self) -> FindingPages:
        """Count everything; takes a moment over a million, so it is done beside the screen."""
        self.settle()
        self.facets = tuple(self._lists.facets(self._mask, self.query))
        self.is_counted = True
        return self

    def view(self, start: int, count: int) -> FindingsView:
        """Return a page as a view value."""
        return FindingsView(
            rows=self.rows(start, count),
            facets=self.facets,
            total=self.total,
            matched=len(self),
            query=self.query,
            sort=self.sort,
            problem=self.problem,
            is_counted=self.is_counted,
        )


class FindingList:
    """Answers queries about findings from the indexes of the store."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records
        self._about = Surroundings(desk, records)
        self._speller = Speller(desk.pinyin)

    def open(self, query: str = "", find: str = "", sort: str = "severity") -> FindingPages:
        """Return a list; a query that cannot be understood lists everything and says so.

        Raises:
            UsageError: VISIT-041, there is no such order.
        """
        if sort not in SORTS:
            raise UsageError(
                "VISIT-041",
                _("There is no order by {name}").format(name=sort),
                hint=_("Orders: {names}").format(names=", ".join(SORTS)),
            )
        self._desk.writer.settle()
        return FindingPages(self, query, find, sort)

    def matching(self, query: str, find: str, limit: int = 0) -> Iterator[Document]:
        """Yield what matches, in order.

        Args:
            query: Terms.
            find: Text, pinyin or initials.
            limit: At most so many; 0 for all.

        Raises:
            UsageError: VISIT-040, the query names a field that no finding has.
        """
        parse_query(query)
        pages = self.open(query, find)
        pages.settle()
        wanted = min(limit, len(pages)) if limit else len(pages)
        for start in range(0, wanted, _CHUNK):
            yield from self._documents(pages.numbers(start, min(_CHUNK, wanted - start)))

    # -- what pages ask --------------------------------------------------------------------------

    def total(self) -> int:
        """Return how many findings there are that are not deleted."""
        return sum(self._desk.store.value_counts("finding", "state").values())

    def size(self) -> int:
        """Return the greatest number of a finding."""
        return self._desk.store.size("finding")

    def filter(self) -> Filter:
        """Return what answers terms."""
        return Filter(self._desk, self._about, self._speller)

    def blocks(self, sort: str) -> list[Sequence[int]]:
        """Return all findings in an order, as blocks of equal ones; what a finding lacks comes last."""
        found = list(self._desk.store.values("finding", sort))
        if sort == "subject":
            named = ((self._about.subject(value).subject_name or value, numbers) for value, numbers in found)
            found = sorted(named, key=lambda pair: pair[0])
        filled = [numbers for value, numbers in found if value]
        missing = [numbers for value, numbers in found if not value]
        return [*(reversed(filled) if sort == "created" else filled), *missing]

    def first(self, ordered: Ordered, terms: Sequence[Term]) -> list[int]:
        """Return those of the first findings that fulfil some terms."""
        return self.verified(ordered.page(0, _FIRST), terms, 100)

    def verified(self, numbers: Sequence[int], terms: Sequence[Term], most: int = 0) -> list[int]:
        """Return those of some findings that fulfil some terms, at most so many where ``most`` is given."""
        query, found = Query(tuple(terms)), []
        with_campaign = any(term.field == "campaign" for term in terms)
        for start in range(0, len(numbers), _CHUNK):
            part = numbers[start : start + _CHUNK]
            for number, document in zip(part, self._documents(part), strict=True):
                row = self._about.row(document, with_campaign=with_campaign)
                if query.matches(row, self._speller):
                    found.append(number)
            if most and len(found) >= most:
                break
        self._desk.keep_spelling()
        return found

    def mask_of(self, wanted: str) -> Mask:
        """Return the findings that are a ``draft``, or ``late``."""
        store = self._desk.store
        if wanted == "draft":
            return marked([store.numbers("finding", "state", "draft")], self.size())
        today = self._desk.clock.now().date().isoformat()
        late = marked([numbers for _due, numbers in store.values("finding", "due", "0", today)], self.size())
        for state in _CLOSED:
            for number in store.numbers("finding", "state", state):
                late[number] = 0
        return late

    # -- facets ----------------------------------------------------------------------------------

    def facets(self, mask: Mask | None, query: str) -> Iterator[FacetView]:
        """Yield the fields to filter by with their counts, the most frequent value first."""
        places = self._counts("subject", mask)
        for field, (label, listed) in _FACETS.items():
            of_subject = field in {"kind", "parent"}
            counts = self._by_subject(field, places) if of_subject else self._counts(field, mask)
            order = sorted(counts, key=lambda code: (-counts[code], code))
            values = [self._facet(field, listed, code, counts[code], query) for code in order if code and counts[code]]
            yield FacetView(field, _(label), tuple(values))

    def _facet(self, field: str, listed: str, code: str, count: int, query: str) -> FacetValue:
        return FacetValue(
            code=code,
            label=self._label(field, listed, code),
            count=count,
            active=f"{field}:{code}" in query.split(),
            term=f'{field}:"{code}"' if " " in code else f"{field}:{code}",
        )

    def _counts(self, index: str, mask: Mask | None) -> Mapping[str, int]:
        if mask is None:
            return self._desk.store.value_counts("finding", index)
        ask: Callable[[int], int] = mask.__getitem__
        return {value: sum(map(ask, numbers)) for value, numbers in self._desk.store.values("finding", index)}

    def _by_subject(self, field: str, places: Mapping[str, int]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for subject, count in places.items():
            about = self._about.subject(subject)
            code = about.kind if field == "kind" else next(iter(about.parents), "")
            counts[code] = counts.get(code, 0) + count
        return counts

    def _label(self, field: str, listed: str, code: str) -> str:
        if field == "state":
            states = self._desk.machines["finding"].states
            return states[code].label if code in states else code
        if field == "parent":
            return self._records.subject_name(code)
        return self._desk.codes.label(listed, code) if listed else code

    # -- rows ------------------------------------------------------------------------------------

    def _documents(self, numbers: Sequence[int]) -> Sequence[Document]:
        return self._desk.writer.documents_at("finding", numbers)

    def rows(self, numbers: Sequence[int]) -> tuple[FindingRow, ...]:
        """Return findings as lines, by their numbers."""
        documents = self._documents(numbers)
        return tuple(self.row(document, number) for number, document in zip(numbers, documents, strict=True))

    def row(self, document: Document, place: int = 0) -> FindingRow:
        """Return a finding as one line."""
        finding = read_finding(id_of(document["id"]), fields(document))
        codes = self._desk.codes
        about = self._about.subject(finding.subject)
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
            subject_name=about.subject_name,
            parent=self._records.subject_name(about.parents[0]) if about.parents else "",
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
            place=place,
        )

    def _overdue(self, due: str) -> int | None:
        try:
            return (self._desk.clock.now().date() - date.fromisoformat(due)).days
        except ValueError:
            return None
