"""Field notes: free text with tags, linked to a question or a finding when there is time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fieldkit.errors import VisitError
from fieldkit.i18n import _
from fieldkit.model.document import Document, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.model.operation import DELETED
from fieldkit.model.texts import refuse_personal
from fieldkit.services.desk import Desk
from fieldkit.services.finding_view import NoteLine, NotesView
from fieldkit.services.records import Records
from fieldkit.services.writer import WITH, Draft

__all__ = ["Notes"]


class Notes:
    """Writes and finds notes."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records

    def add(self, text: str, about: Mapping[str, Any], *, confirm: bool = False) -> str:
        """Write a note and return its id.

        Args:
            text: The note.
            about: ``subject``, ``visit``, ``tags``, ``hearsay``, ``link``: what it belongs to, all optional.
            confirm: Save although a number in it looks personal.

        Raises:
            VisitError: PRIV-001 for such a number, NOTE-001 for an empty note; nothing is saved.
            UsageError: REC-001 for a subject or visit that does not exist.
        """
        self._check(text, confirm=confirm)
        tags = _tags(about.get("tags") or ())
        refuse_personal(" ".join(tags), confirmed=confirm, field="tags")
        subject, visit = str(about.get("subject") or ""), str(about.get("visit") or "")
        if visit:
            visit = self._records.resolve("visit", visit)
            meta = fields(self._records.document("visit", visit)).get("meta") or {}
            subject = subject or str(meta.get("subject", ""))
        if subject:
            subject = self._records.resolve("subject", subject)
        identifier = self._desk.ids.record()
        record = record_name("note", identifier)
        meta = {
            "number": self._desk.next_number("N"),
            "subject": subject,
            "visit": visit,
            "created": self._desk.now_text(),
        }
        drafts = [
            Draft(record, "meta", meta),
            Draft(record, "text", text, WITH),
            Draft(record, "tags", tags, WITH),
            Draft(record, "hearsay", bool(about.get("hearsay")), WITH),
            Draft(record, "link", str(about.get("link") or ""), WITH),
        ]
        self._desk.write(drafts)
        return identifier

    def edit(self, note: str, changes: Mapping[str, Any], *, confirm: bool = False) -> None:
        """Change ``text``, ``tags``, ``hearsay`` or ``link`` of a note.

        Raises:
            VisitError: PRIV-001 or NOTE-001 for the text.
            UsageError: REC-001 for a note that does not exist.
        """
        identifier = self._records.resolve("note", note)
        current = fields(self._records.document("note", identifier))
        if "text" in changes:
            self._check(str(changes["text"]), confirm=confirm)
        refuse_personal(" ".join(_tags(changes.get("tags", ()))), confirmed=confirm, field="tags")
        values = {**changes, **({"tags": _tags(changes["tags"])} if "tags" in changes else {})}
        record = record_name("note", identifier)
        wanted = [Draft(record, name, value) for name, value in values.items() if current.get(name) != value]
        self._desk.write(
            [
                Draft(draft.record, draft.field, draft.value, WITH if number else "")
                for number, draft in enumerate(wanted)
            ]
        )

    def link(self, note: str, target: str) -> None:
        """Link a note to a question (its key) or a finding (its id); an empty target unlinks."""
        self.edit(note, {"link": target}, confirm=True)

    def remove(self, note: str) -> None:
        """Take a note out of the lists; its operations stay."""
        identifier = self._records.resolve("note", note)
        document = self._records.document("note", identifier)
        value = {"reason": "", "vector": dict(document["vector"])}
        self._desk.write([Draft(record_name("note", identifier), DELETED, value)])

    def line(self, note: str) -> NoteLine:
        """Return one note."""
        return self._line(self._records.document("note", self._records.resolve("note", note)))

    def list(self, find: str = "", subject: str = "", visit: str = "") -> NotesView:
        """Return the notes, the newest first, searched by text, tag, place and pinyin."""
        lines = sorted(
            (self._line(item) for item in self._records.documents("note")), key=lambda line: line.at, reverse=True
        )
        tags = Counter(tag for line in lines for tag in line.tags)
        rows = [
            line
            for line in lines
            if (not subject or line.subject == subject)
            and (not visit or line.visit == visit)
            and (not find or self._matches(line, find))
        ]
        return NotesView(
            rows=tuple(rows),
            total=len(lines),
            tags=tuple(tags.most_common()),
            query=find,
            unlinked=sum(not line.link for line in lines),
        )

    def show(self, note: str) -> dict[str, Any]:
        """Return a note as the command line prints it."""
        line = self.line(note)
        return {
            "id": line.id,
            "kind": "note",
            "number": self._records.number(record_name("note", line.id)),
            "subject": line.subject,
            "visit": line.visit or None,
            "text": line.text,
            "tags": list(line.tags),
            "hearsay": line.hearsay,
            "link": line.link or None,
            "created": line.at,
            "actor": line.actor,
        }

    def _matches(self, line: NoteLine, find: str) -> bool:
        wanted = find.casefold()
        plain = " ".join((line.text, *line.tags, line.subject, line.subject_name)).casefold()
        return wanted in plain or any(
            wanted in spelled for text in (line.text, line.subject_name) for spelled in self._desk.pinyin(text)
        )

    def _line(self, document: Document) -> NoteLine:
        values = fields(document)
        meta = values.get("meta") or {}
        subject, visit = str(meta.get("subject", "")), str(meta.get("visit", ""))
        link = str(values.get("link") or "")
        return NoteLine(
            id=id_of(document["id"]),
            at=str(meta.get("created") or self._desk.time_of(document["first"][0])),
            actor=str(document["first"][1]).partition("/")[0],
            text=str(values.get("text") or ""),
            tags=tuple(map(str, values.get("tags") or ())),
            hearsay=bool(values.get("hearsay")),
            subject=subject,
            subject_name=self._records.subject_name(subject),
            visit=visit,
            visit_number=self._records.number(record_name("visit", visit)) if visit else "",
            link=link,
            link_label=self._link_label(link),
        )

    def _link_label(self, link: str) -> str:
        if not link:
            return ""
        record = record_name("finding", link)
        return self._records.number(record) if self._desk.document(record) else link.rpartition("/")[2]

    @staticmethod
    def _check(text: str, *, confirm: bool) -> None:
        if not text.strip():
            raise VisitError("NOTE-001", _("The note is empty"), hint=_("Write what was seen or heard."))
        refuse_personal(text, confirmed=confirm)


def _tags(tags: Sequence[str] | str) -> list[str]:
    words = tags.replace(",", " ").split() if isinstance(tags, str) else [tag.strip() for tag in tags]
    return list(dict.fromkeys(word for word in words if word))
