"""Receipts: those that came from an office, and those that this office gave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.services.desk import Desk
from fieldkit.services.keyring import KeyRing
from fieldkit.sync.conflicts import moment
from fieldkit.sync.receipt import RECEIPT_SUFFIX, parse_receipt

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["ReceiptLine", "Receipts"]

_SHORTEST = 6


class ReceiptLine(Struct, frozen=True):
    """One receipt, given or received."""

    bundle: str
    """Hash of the bundle that it is about."""
    at: str
    office: str
    """Name of the office; empty where this workspace gave the receipt."""
    device: str
    """Name of the device whose bundle it is; empty where it was received."""
    operations: int
    given: bool


class Receipts:
    """Takes receipts, and shows those of this office again."""

    def __init__(self, desk: Desk, adapters: Adapters, keys: KeyRing) -> None:
        self._desk = desk
        self._adapters = adapters
        self._keys = keys

    # -- received --------------------------------------------------------------------------------

    def apply(self, path: Path) -> dict[str, Any]:
        """Take a receipt of a trusted office: what it names is acknowledged.

        Raises:
            SyncError: SYNC-030 it is no receipt, SYNC-031 no trusted office signed it, SYNC-013 it was altered.
        """
        return self._take(self._adapters.bundles().read(path))

    def apply_text(self, text: str) -> dict[str, Any]:
        """Take a receipt that was pasted: the text of its QR code, or what stands in its file.

        Raises:
            SyncError: SYNC-030 it is no receipt, SYNC-031 no trusted office signed it, SYNC-013 it was altered.
        """
        # A terminal may break a long line; no receipt has a line break of its own but the last.
        return self._take("".join(text.strip().splitlines()))

    def _take(self, data: bytes | str) -> dict[str, Any]:
        trust = self._keys.trust()
        signed = parse_receipt(data, verify=self._adapters.crypto().verify, offices=trust.offices())
        exported: dict[str, Any] = {}
        bundle = signed.receipt.bundle
        for sha256, row in self._desk.shelf("outbox", "sha256").items().items():
            if signed.belongs_to(sha256):
                bundle, exported = sha256, row["ranges"]
        ranges, vector = signed.acknowledged(exported)
        office = signed.receipt.office or next(
            (peer.device for peer in trust.peers if peer.office and peer.key == signed.key), ""
        )
        row = {
            "ranges": ranges,
            "vector": vector,
            "at": moment(f"{signed.receipt.at_ms}.0"),
            "office": office,
            "evidence": list(signed.receipt.evidence),
            "operations": signed.receipt.counts.accepted,
        }
        self._keep(bundle, row)
        for peer in trust.learned(signed.receipt):
            self._keys.save(peer)
        return {"bundle": bundle, "acknowledged": row["operations"], "at": row["at"], "office": office or None}

    def _keep(self, bundle: str, row: dict[str, Any]) -> None:
        """Keep a receipt; a code never takes away what the file of the same receipt said."""
        shelf = self._desk.shelf("receipts", "sha256")
        before = shelf.get(bundle)
        if before:
            row["evidence"] = sorted({*row["evidence"], *before.get("evidence", ())})
            row["ranges"] = row["ranges"] or before.get("ranges", {})
        shelf.put(bundle, row)

    # -- given -----------------------------------------------------------------------------------

    def list(self) -> tuple[ReceiptLine, ...]:
        """Return the receipts that came, and those that this office gave; the newest first."""
        names = {peer.device: peer.name or peer.device[:6] for peer in self._keys.trust().peers}
        rows = [
            ReceiptLine(
                sha256, str(row["at"]), names.get(row["office"], str(row["office"])), "", int(row["operations"]), False
            )
            for sha256, row in self._desk.shelf("receipts", "sha256").items().items()
        ]
        imports = self._desk.shelf("imports", "sha256").items() if self._keys.is_office else {}
        rows += [
            ReceiptLine(
                sha256,
                str(row["at"]),
                "",
                names.get(row["device"], str(row["device"])[:6]),
                int(row["operations"]),
                True,
            )
            for sha256, row in imports.items()
            if self._file(sha256).is_file()
        ]
        return tuple(sorted(rows, key=lambda row: (row.at, row.bundle), reverse=True))

    def code(self, bundle: str) -> str:
        """Return the text of the one still QR code of a receipt that this office gave.

        Args:
            bundle: The bundle's hash, or the beginning of it.

        Raises:
            SyncError: SYNC-032, this office has given no single such receipt.
        """
        wanted = Path(bundle).name.partition(".")[0]
        found = sorted(self._folder.glob(f"{wanted}*{RECEIPT_SUFFIX}")) if _is_start(wanted) else []
        if len(found) != 1:
            raise SyncError(
                "SYNC-032",
                _("This office has given no receipt for the bundle {bundle}").format(bundle=bundle),
                hint=_("Import the bundle first; an office then writes its receipt."),
                where={"bundle": bundle},
            )
        signer = self._keys.signer()
        own = {self._desk.store.device: signer.public}
        signed = parse_receipt(found[0].read_bytes(), verify=self._adapters.crypto().verify, offices=own)
        return signed.receipt.to_code(signer, tuple(signed.receipt.accepted))

    @property
    def _folder(self) -> Path:
        return self._desk.home / "receipts"

    def _file(self, sha256: str) -> Path:
        return self._folder / f"{sha256}{RECEIPT_SUFFIX}"


def _is_start(text: str) -> bool:
    return len(text) >= _SHORTEST and set(text) <= set("0123456789abcdef")
