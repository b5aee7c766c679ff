"""The day at a glance, and search over everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from fieldkit.i18n import in_language, ngettext
from fieldkit.model.document import fields, shown
from fieldkit.model.ids import id_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.home_view import BurdenLine, HomeView, NeedLine
from fieldkit.services.lines import FindHit, HistoryLine, VisitLine
from fieldkit.services.records import Records

if TYPE_CHECKING:
    from fieldkit.services.actors import Actors
    from fieldkit.services.conflicts import Conflicts
    from fieldkit.services.forms import Forms
    from fieldkit.services.subjects import Subjects
    from fieldkit.services.visit_list import VisitList
    from fieldkit.services.workspace import Workspace

__all__ = ["Home"]

_RESUMED = ("open", "ready", "fed", "returned")
_SHOWN = 9
_DAYS = 7
_DONE_LINES = 5


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
            needs=tuple(self._needs([line for line in resumed if line.state == "returned"])),
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

    def _needs(self, returned: Sequence[VisitLine]) -> Iterator[NeedLine]:
        if returned:
            yield NeedLine(
                "returned",
                len(returned),
                ngettext("returned visit", "returned visits", len(returned)),
                returned[0].id if len(returned) == 1 else "",
            )
        disputed = self._services.conflicts.count()
        if disputed:
            yield NeedLine("conflicts", disputed, ngettext("field with two values", "fields with two values", disputed))
        drafts = sum(1 for _document in self._records.find("finding", "state", "draft"))
        if drafts:
            yield NeedLine("drafts", drafts, ngettext("finding to confirm", "findings to confirm", drafts))
        notes = sum(1 for _document in self._records.find("note", "link", "loose"))
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
        hits = [
            *self._find_subjects(wanted),
            *self._find_visits(wanted),
            *self._find_texts(wanted),
            *self._find_forms(wanted),
        ]
        self._desk.keep_spelling()
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def _find_subjects(self, wanted: str) -> Iterator[FindHit]:
        for place, line in enumerate(self._services.subjects.list(find=wanted).rows[:50]):
            yield FindHit("subject", line.id, line.name, line.kind_label, 90 - place / 10)

    def _find_visits(self, wanted: str) -> Iterator[FindHit]:
        for line in self._services.visit_list.list():
            score = self._score(wanted, line.number, line.subject_name)
            if score:
                yield FindHit("visit", line.id, f"{line.number} {line.subject_name}", line.state_label, score)

    def _find_texts(self, wanted: str) -> Iterator[FindHit]:
        for document in self._records.documents("finding"):
            values = fields(document)
            number = str((values.get("meta") or {}).get("number") or "")
            score = self._score(wanted, number, str(values.get("statement") or ""))
            if score:
                yield FindHit("finding", id_of(document["id"]), number, str(values.get("statement") or ""), score)
        for document in self._records.documents("note"):
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
