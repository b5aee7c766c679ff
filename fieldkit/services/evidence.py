"""Evidence of visits: files by hash, or seen and not copied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldkit.errors import EvidenceError, UsageError
from fieldkit.i18n import _
from fieldkit.model.texts import harmless, refuse_personal
from fieldkit.services.desk import Desk
from fieldkit.services.evidence_lines import evidence_json
from fieldkit.visit.attaching import Piece, add_evidence
from fieldkit.visit.view import EvidenceView

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters
    from fieldkit.services.sessions import Sessions

__all__ = ["Evidence"]

_NAME_LIMIT = 120


class Evidence:
    """Takes evidence, and opens it."""

    def __init__(self, desk: Desk, sessions: Sessions, adapters: Adapters) -> None:
        self._desk = desk
        self._sessions = sessions
        self._adapters = adapters

    def piece(self, path: Path, code: str) -> Piece:
        """Store a file, cleaned, and return it as a piece of evidence.

        Raises:
            EvidenceError: The file vanished, is too large, or is a picture that cannot be cleaned.
            StoreError: The disk is full or read-only.
            UsageError: EVID-001, the code is none.
        """
        self._check_code(code)
        cleaned = self._adapters.cleaner()(path)
        sha256 = self._adapters.blobs().put(cleaned.data)
        return Piece(
            id=self._desk.ids.row(),
            code=code,
            name=harmless(path.name, _NAME_LIMIT),
            sha256=sha256,
            bytes=len(cleaned.data),
            type=cleaned.type,
        )

    def seen_piece(self, text: str, code: str) -> Piece:
        """Return something seen and not copied as a piece of evidence.

        Raises:
            UsageError: EVID-001, the code is none.
        """
        self._check_code(code)
        return Piece(id=self._desk.ids.row(), code=code, seen=True, text=text.strip())

    def attach(self, visit: str, path: Path, ref: str = "", code: str = "D", *, confirm: bool = False) -> EvidenceView:
        """Give a file as evidence of a visit or of one of its items.

        Raises:
            EvidenceError: As ``piece``.
            VisitError: The visit is closed, or has no such item; PRIV-001 for a file name with a number that
                looks personal.
        """
        session = self._sessions.open(visit)
        key = session.resolve(ref) if ref else ""
        refuse_personal(path.name, confirmed=confirm, field="name")
        return self._add(visit, key, self.piece(path, code), confirm=confirm)

    def seen(self, visit: str, text: str, ref: str = "", code: str = "O", *, confirm: bool = False) -> EvidenceView:
        """Note something that was seen and not copied.

        Raises:
            VisitError: VISIT-026 without a text, PRIV-001 for a number that looks personal.
        """
        session = self._sessions.open(visit)
        key = session.resolve(ref) if ref else ""
        return self._add(visit, key, self.seen_piece(text, code), confirm=confirm)

    def _add(self, visit: str, key: str, piece: Piece, *, confirm: bool = False) -> EvidenceView:
        session = self._sessions.open(visit)
        effects = add_evidence(session, key, piece, confirmed=confirm)
        self._sessions.write(session, effects)
        return next(view for view in session.record.all_evidence() if view.id == piece.id)

    def list(self, visit: str) -> tuple[EvidenceView, ...]:
        """Return all evidence of a visit."""
        return tuple(self._sessions.record(visit).all_evidence())

    def records(self, visit: str) -> Sequence[dict[str, Any]]:
        """Return all evidence of a visit as the command line prints it."""
        session = self._sessions.open(visit)
        return [evidence_json(session, view) for view in session.record.all_evidence()]

    def path(self, sha256: str) -> Path:
        """Return where a file lies.

        Raises:
            EvidenceError: BLOB-005, it is not on this device.
        """
        blobs = self._adapters.blobs()
        if not blobs.exists(sha256):
            raise EvidenceError(
                "BLOB-005",
                _("The file {hash} is not on this device").format(hash=sha256[:12]),
                hint=_("It travels beside the bundles; import again with the file in the same folder."),
                where={"sha256": sha256},
            )
        return blobs.path(sha256)

    def open(self, sha256: str) -> None:
        """Open a file with the program of the system.

        Raises:
            EvidenceError: The file is not here, or no program opens it.
        """
        self._adapters.opener(self.path(sha256))

    def _check_code(self, code: str) -> None:
        if not self._desk.codes.has("evidence", code):
            raise UsageError(
                "EVID-001",
                _("{code} is no code of evidence").format(code=code or "-"),
                hint=_("Codes: {codes}").format(
                    codes=", ".join(f"{item.code} {item.label}" for item in self._desk.codes.options("evidence"))
                ),
                where={"code": code},
            )
