"""Final visits as OpenRosa submissions: serialised once, kept, written as files or sent to a server as they are."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fieldkit.model.document import Document, deleted, fields
from fieldkit.model.ids import id_of
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.sync.openrosa import Attachment, Submission, attachments_named, submission_id
from fieldkit.visit.record import VisitRecord

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters
    from fieldkit.services.sessions import Sessions

__all__ = ["SubmissionRow", "Submissions", "sends_to_server"]

_SEALED = frozenset({"final", "accepted"})
"""States in which a visit's answers do not change."""


class SubmissionRow(Struct, frozen=True):
    """What became of one form of one visit."""

    instance_id: str
    visit: str
    form_id: str
    revision: int
    status: str
    """``written``, ``created``, ``accepted`` (the server had it already) or ``failed``."""
    file: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the row as the command line prints it."""
        return {
            "instance_id": self.instance_id,
            "visit": self.visit,
            "form_id": self.form_id,
            "revision": self.revision,
            "status": self.status,
            "file": self.file or None,
            "reason": self.reason or None,
        }


class Submissions:
    """Writes and sends what other systems of the OpenRosa family read."""

    def __init__(self, desk: Desk, records: Records, sessions: Sessions, adapters: Adapters) -> None:
        self._desk = desk
        self._records = records
        self._sessions = sessions
        self._adapters = adapters
        self._kept = desk.shelf("submissions", "key")

    def write(self, folder: Path) -> tuple[SubmissionRow, ...]:
        """Write every final visit as ``INSTANCE/submission.xml`` with its files beside it.

        Raises:
            SyncError: SYNC-001, the folder cannot be written.
        """
        write = self._adapters.openrosa().write_submission
        return tuple(
            self._row(key, submission, "written", file=str(write(folder, submission)))
            for key, submission in self._all()
        )

    def push(self, address: str, *, progress: Callable[[int, int], bool] | None = None) -> tuple[SubmissionRow, ...]:
        """Send every final visit that this server has not taken yet; one that fails never stops the others.

        Args:
            address: Address of the project, such as ``https://host/v1/key/TOKEN/projects/1``.
            progress: Is told (done, all) after each record, and stops the rest by returning false.

        Raises:
            SyncError: SYNC-050, SYNC-055, SYNC-070 or SYNC-071: the server cannot be used at all.
        """
        server = self._adapters.openrosa().Server(address, device=self._desk.store.device)
        waiting = {
            submission.instance_id: (key, submission)
            for key, submission in self._all()
            if server.shown not in (self._kept.get(key) or {}).get("taken", ())
        }
        if not waiting:
            return ()
        rows = []
        for sent in server.push([submission for _key, submission in waiting.values()], progress=progress):
            key, submission = waiting[sent.instance_id]
            if sent.error is None:
                kept = self._kept.get(key) or {}
                self._kept.put(key, {**kept, "taken": [*kept.get("taken", ()), server.shown]})
            reason = "" if sent.error is None else f"{sent.error.code}: {sent.error.message}"
            rows.append(self._row(key, submission, sent.status, reason=reason))
        return tuple(rows)

    # -- one record ------------------------------------------------------------------------------

    def _all(self) -> Iterator[tuple[str, Submission]]:
        for document in list(self._desk.writer.documents("visit")):
            if not deleted(document):
                yield from self._of_visit(document)

    def _of_visit(self, document: Document) -> Iterator[tuple[str, Submission]]:
        record = VisitRecord(id_of(document["id"]), fields(document))
        if record.state.state not in _SEALED:
            return
        attachments = self._attachments(record)
        for pin in record.meta.forms:
            key = f"{record.id}/{pin.form_id}/{record.state.revision}"
            kept = self._kept.get(key) or self._sealed(record, pin.form_id, key)
            data = str(kept["xml"]).encode("utf-8")
            named = set(attachments_named(data, list(attachments)))
            files = tuple(attachment for name, attachment in attachments.items() if name in named)
            yield key, Submission(str(kept["instance"]), data, files)

    def _sealed(self, record: VisitRecord, form_id: str, key: str) -> dict[str, Any]:
        """Serialise a form for the first and only time: servers compare what is sent again byte for byte."""
        form: Any = self._sessions.open(record.id).live[form_id].form
        xml: str = form.xml()
        instance, before = submission_id(xml.encode("utf-8")), self._before(record, form_id)
        if before or not instance:
            from fieldkit.forms.submission import with_identity

            instance = f"uuid:{uuid.UUID(self._desk.ids.record())}"
            xml = with_identity(xml, instance, before)
        kept: dict[str, Any] = {"xml": xml, "instance": instance, "taken": []}
        self._kept.put(key, kept)
        return kept

    def _before(self, record: VisitRecord, form_id: str) -> str:
        """Return the instance id under which the newest earlier revision went out, empty where none did."""
        for revision in range(record.state.revision - 1, 0, -1):
            kept = self._kept.get(f"{record.id}/{form_id}/{revision}")
            if kept is not None:
                return str(kept["instance"])
        return ""

    def _attachments(self, record: VisitRecord) -> dict[str, Attachment]:
        blobs = self._adapters.blobs()
        found: dict[str, Attachment] = {}
        for piece in record.all_evidence():
            if piece.sha256 and piece.name and blobs.exists(piece.sha256):
                kind = piece.type or mimetypes.guess_type(piece.name)[0] or "application/octet-stream"
                with blobs.open(piece.sha256) as stream:
                    found[piece.name] = Attachment(piece.name, kind, stream.read())
        return found

    def _row(self, key: str, submission: Submission, status: str, *, file: str = "", reason: str = "") -> SubmissionRow:
        visit, form_id, revision = key.rsplit("/", 2)
        return SubmissionRow(submission.instance_id, visit, form_id, int(revision), status, file, reason)


def sends_to_server(address: str) -> bool:
    """Tell whether an address is one of an OpenRosa server and no folder."""
    return address.partition("://")[0].lower() in {"http", "https"} and "://" in address
