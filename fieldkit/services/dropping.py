"""Bundles by way of a server: sent whole or not at all, fetched by hash, answered by receipts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.services.desk import Desk
from fieldkit.services.sync_view import BundleOut, ExportResult, ImportPreview, ImportResult, ImportRow

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["Dropping", "Progress"]

Progress = Callable[[str, int, int], bool]
"""Is told what is on its way, how much is done and how much there is; false stops."""


class _Folders(Protocol):
    """Exports to and imports from folders."""

    def export(
        self, folder: Path | None = None, *, everything: bool = False, recipients: Sequence[str] = ()
    ) -> ExportResult: ...
    def preview(self, sources: Sequence[Path]) -> ImportPreview: ...
    def import_(self, sources: Sequence[Path], *, require_trust: bool = False) -> ImportResult: ...
    def apply_receipt(self, path: Path) -> dict[str, Any]: ...


class KnownServers:
    """The keys of the servers that this workspace has met.

    Attributes:
        met: What is to be said of servers that were met for the first time.
    """

    def __init__(self, desk: Desk) -> None:
        self.met: list[str] = []
        self._desk = desk
        self._shelf = desk.shelf("servers", "host")

    def known(self, host: str) -> str:
        """Return the fingerprint that is kept for a server, empty before the first contact."""
        return str((self._shelf.get(host) or {}).get("fingerprint", ""))

    def learned(self, host: str, fingerprint: str) -> None:
        """Keep the fingerprint of a server, and show it."""
        self._shelf.put(host, {"fingerprint": fingerprint, "at": self._desk.now_text()})
        text = _("First contact with {host}. Its key is {fingerprint}: compare it with what the office says")
        self.met.append(text.format(host=host, fingerprint=fingerprint))


class Dropping:
    """Exports to and imports from a drop."""

    def __init__(self, desk: Desk, adapters: Adapters, sync: _Folders) -> None:
        self._desk = desk
        self._adapters = adapters
        self._sync = sync
        self._hosts = KnownServers(desk)

    def test(self, address: str) -> tuple[str, int]:
        """Log in, look at what lies there, and return the address without its password and the number of bundles.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        drop = self._adapters.drop(address, self._hosts)
        return drop.shown, len(drop.bundles())

    def send(
        self, address: str, *, everything: bool, recipients: Sequence[str], progress: Progress | None = None
    ) -> ExportResult:
        """Export to a server; what did not arrive counts as not exported.

        Args:
            address: Where to.
            everything: Also what is acknowledged.
            recipients: Age keys that the bundles are encrypted to.
            progress: Is told name, bytes done and bytes in all of each file; false cancels.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used or the upload broke off.
        """
        drop = self._adapters.drop(address, self._hosts)
        folder = self._desk.home / "drop" / "out"
        before = self._desk.shelf("outbox", "sha256").items()
        result = self._sync.export(folder, everything=everything, recipients=recipients)
        device, sent = self._desk.store.device, []
        try:
            for path in self._beside(folder, result):
                drop.send(device, path.name, path.read_bytes(), progress)
            for bundle in result.bundles:
                sent.append(self._send(drop, bundle, progress))  # noqa: PERF401 - what arrived before a failure is known
        except SyncError:
            for bundle in result.bundles:
                if bundle.sha256 not in before and not any(other.sha256 == bundle.sha256 for other in sent):
                    self._desk.shelf("outbox", "sha256").remove(bundle.sha256)
            raise
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            path.unlink()
        return replace(result, bundles=tuple(sent), warnings=(*result.warnings, *self._hosts.met))

    def _beside(self, folder: Path, result: ExportResult) -> list[Path]:
        """Return the files of evidence: they go up before the bundles that name them."""
        bundles = {Path(bundle.file).name for bundle in result.bundles}
        return [path for path in sorted(folder.glob("*.fke")) if path.name not in bundles]

    def _send(self, drop: Any, bundle: BundleOut, progress: Progress | None) -> BundleOut:
        path = Path(bundle.file)
        drop.send(self._desk.store.device, path.name, path.read_bytes(), progress)
        shelf = self._desk.shelf("outbox", "sha256")
        row = shelf.get(bundle.sha256) or {}
        shelf.put(bundle.sha256, {**row, "to": drop.shown})
        return replace(bundle, file=f"{drop.shown}/inbox/{self._desk.store.device}/{path.name}")

    def look(self, address: str, *, progress: Progress | None = None) -> tuple[ImportPreview, tuple[ImportRow, ...]]:
        """Fetch what lies in a drop and return what its import would do, and what could not be fetched.

        Nothing is imported; the files wait for ``receive`` with ``fetched``, or for ``forget``.

        Args:
            address: Where from.
            progress: Is told name, number and count of the files; false stops before the next one.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        self.forget()
        drop = self._adapters.drop(address, self._hosts)
        refused = self._bring(drop, self._wanted(drop), progress)
        folder = self._folder()
        return self._sync.preview([folder] if folder.is_dir() else []), tuple(refused)

    def forget(self) -> None:
        """Remove what was fetched and not imported; it still lies in the drop."""
        folder = self._folder()
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            path.unlink()

    def receive(
        self, address: str, *, require_trust: bool, progress: Progress | None = None, fetched: bool = False
    ) -> ImportResult:
        """Import what lies in a drop, leave receipts where this is an office, and take those for this device.

        Args:
            address: Where from.
            require_trust: Hold back what is not of a trusted device.
            progress: Is told name, number and count of the files; false stops before the next one, and what has
                come is imported.
            fetched: Import what ``look`` has fetched and nothing else.

        Raises:
            SyncError: SYNC-050 to SYNC-055, the server cannot be used.
        """
        if not fetched:
            self.forget()
        drop = self._adapters.drop(address, self._hosts)
        folder = self._folder()
        wanted = self._wanted(drop)
        refused = [] if fetched else self._bring(drop, wanted, progress)
        senders = {item.name: item.device for item in wanted if (folder / item.name).exists()}
        taken = self._sync.import_([folder], require_trust=require_trust) if folder.is_dir() else ImportResult(())
        rows = [self._answered(drop, senders, row) for row in taken.rows]
        self._take_receipts(drop, folder)
        self.forget()
        return ImportResult((*rows, *refused), tuple(self._hosts.met))

    def _folder(self) -> Path:
        return self._desk.home / "drop" / "in"

    def _wanted(self, drop: Any) -> list[Any]:
        """Return what lies in a drop and is neither of this device nor imported."""
        known = self._desk.shelf("imports", "sha256").items()
        own = self._desk.store.device
        return [item for item in (*drop.evidence(), *drop.bundles()) if item.device != own and item.sha256 not in known]

    def _bring(self, drop: Any, wanted: Sequence[Any], progress: Progress | None) -> list[ImportRow]:
        """Fetch files into the folder, and return what could not be fetched."""
        refused: list[ImportRow] = []
        folder = self._folder()
        for number, item in enumerate(wanted, 1):
            if progress is not None and not progress(item.name, number, len(wanted)):
                break
            try:
                self._adapters.bundles().place(folder / item.name, drop.fetch(item))
            except SyncError as error:
                reason = f"{error.code}: {error.message}"
                refused.append(ImportRow(item.name, "refused", "none", 0, 0, 0, reason, hint=error.hint))
        return refused

    def _answered(self, drop: Any, senders: dict[str, str], row: ImportRow) -> ImportRow:
        if row.receipt is None or row.bundle not in senders:
            return row
        path = Path(row.receipt)
        drop.send_receipt(senders[row.bundle], path.name, path.read_bytes())
        return replace(row, receipt=f"{drop.shown}/receipts/{senders[row.bundle]}/{path.name}")

    def _take_receipts(self, drop: Any, folder: Path) -> None:
        """Apply the receipts that lie there for this device; one that nobody trusted signed is left alone."""
        received = self._desk.shelf("receipts", "sha256").items()
        for item in drop.receipts(self._desk.store.device):
            if item.sha256 in received:
                continue
            path = folder / item.name
            self._adapters.bundles().place(path, drop.fetch_receipt(item))
            try:
                self._sync.apply_receipt(path)
            except SyncError:
                continue
