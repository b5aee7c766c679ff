"""The day at a glance, and search over everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from fieldkit.i18n import in_language, ngettext
from fieldkit.model.document import shown
from fieldkit.model.ids import id_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.home_view import BurdenLine, HomeView, NeedLine
from fieldkit.services.lines import FindHit, HistoryLine, VisitLine
from fieldkit.services.records import Records

if TYPE_CHECKING:
    from fieldkit.services.actors import Actors
    from fieldkit.services.conflicts import Conflicts
    from fieldkit.services.findings import Findings
    from fieldkit.services.forms import Forms
    from fieldkit.services.subjects import Subjects
    from fieldkit.services.visit_list import VisitList
    from fieldkit.services.workspace import Workspace

__all__ = ["Home"]

_RESUMED = ("open", "ready", "fed", "returned")
_SHOWN = 9
_DAYS = 7
_DONE_LINES = 5
_SPELLED = 2
_LAST_NOTES = 200


class _Others(Protocol):
    """The services that the first screen looks at."""

    @property
    def desk(self) -> Desk: ...
    @property
    def records(self) -> Records: ...
    @property
    def actors(self) -> Actors: ...
    @property
    def conflicts(self) -> Conflicts: ...
    @property
    def findings(self) -> Findings: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def subjects(self) -> Subjects: ...
    @property
    def visit_list(self) -> VisitList: ...
    @property
    def workspace(self) -> Workspace: ...


class Home:
    """What the first screen shows."""

    def __init__(self, services: _Others) -> None:
        self._services = services
        self._desk: Desk = services.desk
        self._records: Records = services.records

    def view(self, now: datetime | None = None) -> HomeView:
        """Return the day at a glance.

        Args:
            now: The moment; the clock's where left out.
        """
        services, desk = self._services, self._desk
        moment = now or desk.clock.now()
        listed = services.visit_list
        resumed = [line for state in _RESUMED for line in listed.in_state(state)]
        store, writer = desk.store, desk.writer
        first = next(self._records.documents("subject"), None)
        subjects, visits = writer.size("subject"), writer.size("visit")
        return HomeView(
            actor=services.actors.view(),
            today=moment,
            is_demo=services.workspace.is_demo,
            is_empty=not visits and not subjects,
            resume=tuple(sorted(resumed, key=lambda line: line.changed, reverse=True)[:_SHOWN]),
            last_done=tuple(self._last_done()),
            needs=tuple(self._needs(resumed)),
            burden=tuple(self._burden(moment)),
            subjects=subjects,
            visits=visits,
            findings=writer.size("finding"),
            outbox=self._waiting(),
            last_backup=services.workspace.last_backup(),
            crash=services.workspace.crash(),
            clock=services.workspace.clock_doubt(),
            read_only=_named(getattr(store, "lock_holder", None)) if store.read_only else "",
            first_subject=self._records.subject_name(id_of(first["id"])) if first else "",
        )

    def _last_done(self) -> Iterator[HistoryLine]:
        for line in self._services.visit_list.newest(_DONE_LINES):
            yield HistoryLine(
                at=line.changed,
                actor=line.actor,
                device="",
                field="visit",
                label=f"{line.number} {line.subject_name}",
                old="",
                new=line.state_label,
                operation=line.id,
            )

    def _needs(self, resumed: Sequence[VisitLine]) -> Iterator[NeedLine]:
        returned = self._services.visit_list.count("returned")
        if returned:
            target = next((line.id for line in resumed if line.state == "returned"), "")
            text = ngettext("returned visit", "returned visits", returned)
            yield NeedLine("returned", returned, text, target if returned == 1 else "")
        disputed = self._services.conflicts.count()
        if disputed:
            yield NeedLine("conflicts", disputed, ngettext("field with two values", "fields with two values", disputed))
        drafts = self._desk.writer.tally("finding", "state", "draft")
        if drafts:
            yield NeedLine("drafts", drafts, ngettext("finding to confirm", "findings to confirm", drafts))
        notes = self._desk.writer.tally("note", "link", "loose")
        if notes:
            yield NeedLine("notes", notes, ngettext("note not linked yet", "notes not linked yet", notes))
        held = len(self._desk.shelf("quarantine", "key").items())
        if held:
            yield NeedLine("quarantine", held, ngettext("bundle in quarantine", "bundles in quarantine", held))

    def _burden(self, now: datetime) -> Iterator[BurdenLine]:
        recent: Counter[str] = Counter()
        low = (now - timedelta(days=_DAYS + 1)).isoformat()[:10]
        for line in self._services.visit_list.since(low):
            try:
                age = (now - datetime.fromisoformat(line.started)).total_seconds() / 86_400
            except (ValueError, TypeError):
                continue
            if line.state != "void" and 0 <= age < _DAYS:
                recent[line.subject] += 1
        limit = self._desk.settings.burden_limit
        for subject, count in recent.most_common(3):
            if count >= limit:
                yield BurdenLine(subject, self._records.subject_name(subject), count, limit)

    def _waiting(self) -> int:
        """Return the number of records with operations that no bundle has carried yet."""
        from fieldkit.sync.outbox import coverage_of

        sent = coverage_of(
            (
                *self._desk.shelf("outbox", "sha256").items().values(),
                *self._desk.shelf("receipts", "sha256").items().values(),
            )
        )
        if not sent.ranges:
            store = self._desk.store
            return sum(len(store.table(kind)) for kind in store.kinds())
        return len(
            {
                operation.record
                for operation in self._desk.store.since(sent.vector())
                if not sent.holds(operation.device, operation.seq)
            }
        )

    def dismiss_crash(self) -> None:
        """Do not offer again where the app stopped."""
        self._services.workspace.dismiss_crash()

    # -- search ----------------------------------------------------------------------------------

    def find(self, text: str, limit: int = 20) -> tuple[FindHit, ...]:
        """Return subjects, visits, findings, notes and forms by number, code, text, pinyin or initials."""
        wanted = text.strip().casefold()
        if not wanted:
            return ()
        places = self._services.subjects.list(find=wanted).rows[:50]
        hits = [
            *(FindHit("subject", line.id, line.name, line.kind_label, 90 - at / 10) for at, line in enumerate(places)),
            *self._find_visits(wanted, [line.id for line in places[:10]]),
            *self._find_findings(wanted, limit),
            *self._find_notes(wanted, limit),
            *self._find_forms(wanted),
        ]
        self._desk.keep_spelling()
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def _find_visits(self, wanted: str, subjects: Sequence[str]) -> Iterator[FindHit]:
        listed = self._services.visit_list
        numbered = listed.named(wanted, _SHOWN)
        known = {line.id for line in numbered}
        others = [line for subject in subjects for line in listed.of_subject(subject, _SHOWN) if line.id not in known]
        for lines, score in ((numbered, 100.0), (others, 60.0)):
            for line in lines:
                yield FindHit("visit", line.id, f"{line.number} {line.subject_name}", line.state_label, score)

    def _find_findings(self, wanted: str, limit: int) -> Iterator[FindHit]:
        store = self._desk.store
        numbered = store.values("finding", "number", wanted, wanted + "\uffff")[:limit]
        found = [(place, 100.0) for _number, places in numbered for place in places]
        words = sorted(store.text_numbers("finding", "text", wanted), reverse=True)[:limit]
        found += [(place, 70.0) for place in words]
        if not found and wanted.isalpha() and wanted.isascii() and len(wanted) >= _SPELLED:
            pages = self._services.findings.pages(find=wanted)
            found = [(place, 50.0) for place in pages.numbers(0, limit)]
        seen: set[int] = set()
        for place, score in found:
            if place not in seen:
                seen.add(place)
                (document,) = self._desk.writer.documents_at("finding", [place])
                number = str((shown(document, "meta") or {}).get("number") or "")
                yield FindHit("finding", id_of(document["id"]), number, str(shown(document, "statement") or ""), score)

    def _find_notes(self, wanted: str, limit: int) -> Iterator[FindHit]:
        store = self._desk.store
        places = sorted(store.text_numbers("note", "text", wanted), reverse=True)[:limit]
        if not places:
            # Only the last notes are spelled: there is no index of pinyin.
            places = list(store.highest("note", "created", _LAST_NOTES))
        for document in self._desk.writer.documents_at("note", places):
            words = str(shown(document, "text") or "")
            score = self._score(wanted, "", words)
            if score:
                yield FindHit("note", id_of(document["id"]), words, "", score)

    def _find_forms(self, wanted: str) -> Iterator[FindHit]:
        for info in self._services.forms.list():
            score = self._score(wanted, info.form_id, info.title)
            if score:
                yield FindHit("form", info.hash, in_language(info.title), info.form_id, score)

    def _score(self, wanted: str, number: str, text: str) -> float:
        if number and number.casefold().startswith(wanted):
            return 100.0
        if wanted in text.casefold():
            return 70.0
        if wanted.isascii() and any(wanted in spelled for spelled in self._desk.pinyin(text[:200])):
            return 50.0
        return 0.0

    def record(self, hit: FindHit) -> str:
        """Return the record that a hit stands for."""
        return record_name(hit.kind, hit.id)


def _named(holder: Any) -> str:
    """Return the machine and the process that write to the workspace."""
    return f"{holder.host} ({holder.pid})" if holder is not None else ""
