"""The remote drop: bundles and evidence go up whole or not at all, receipts come back the same way.

``inbox/<device>/<sha256>.fkb`` is written as ``.part-…`` beside it, checked by size and renamed; a name that is
there already is done. Readers pass over ``.part-…`` and believe only what has the hash of its name. Nothing
is ever renamed over another name, and a reader moves nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.io.bundlefile import PARTIAL
from fieldkit.io.remotehosts import HostKeys
from fieldkit.io.remoteplace import Place, open_place
from fieldkit.model.ids import is_device_id
from fieldkit.sync.bundle import READ_LIMIT, SUFFIX
from fieldkit.sync.evidence import EVIDENCE_SUFFIX
from fieldkit.sync.receipt import RECEIPT_SUFFIX

__all__ = ["Drop", "Item", "Progress", "open_drop"]

Progress = Callable[[str, int, int], bool]
"""Is told (name, bytes done, bytes in all) and cancels by returning false."""

STALE_SECONDS = 24 * 3600
"""Age at which the office removes what an interrupted upload left behind."""

_HASH_LENGTH = 64
_FILE_LIMIT = 256 << 20


@dataclass(frozen=True, slots=True)
class Item:
    """A file in a drop.

    Attributes:
        device: Folder of the sender.
        name: File name.
        size: Bytes.
    """

    device: str
    name: str
    size: int

    @property
    def sha256(self) -> str:
        """Return the hash that its name states."""
        return self.name.partition(".")[0]


def open_drop(address: str, hosts: HostKeys | None = None) -> Drop:
    """Return the drop at an address.

    Args:
        address: Where it is.
        hosts: Keeps the keys of SFTP servers; None accepts every key.

    Raises:
        SyncError: SYNC-050 to SYNC-052, SYNC-055 and SYNC-056, it cannot be used, in words.
    """
    return Drop(open_place(address, hosts))


class Drop:
    """A folder on a server where laptops leave bundles and offices leave receipts."""

    def __init__(self, place: Place) -> None:
        """Use a place as a drop."""
        self._place = place

    @property
    def shown(self) -> str:
        """Return the address without its password."""
        return self._place.shown

    def send(self, device: str, name: str, data: bytes, progress: Progress | None = None) -> bool:
        """Upload a bundle or a file of evidence, and tell whether anything had to be sent.

        Args:
            device: Id of the sending device.
            name: ``<sha256>.fkb`` or ``<sha256>.fke``.
            data: Its bytes.
            progress: Is told how far it is; false cancels.

        Raises:
            SyncError: SYNC-050, SYNC-051, SYNC-054: it did not arrive; SYNC-053: it was cancelled.
        """
        return self._put(f"inbox/{device}/{name}", data, progress)

    def send_receipt(self, device: str, name: str, data: bytes) -> bool:
        """Leave a receipt for a device, and tell whether it was not there yet.

        Raises:
            SyncError: SYNC-050, SYNC-051 or SYNC-054, it did not arrive.
        """
        return self._put(f"receipts/{device}/{name}", data, None)

    def bundles(self) -> list[Item]:
        """Return the bundles of all devices, sorted by device and name.

        Raises:
            SyncError: The drop cannot be read.
        """
        return list(self._items("inbox", SUFFIX))

    def evidence(self) -> list[Item]:
        """Return the files of evidence of all devices.

        Raises:
            SyncError: The drop cannot be read.
        """
        return list(self._items("inbox", EVIDENCE_SUFFIX))

    def receipts(self, device: str) -> list[Item]:
        """Return the receipts that lie here for a device.

        Raises:
            SyncError: The drop cannot be read.
        """
        names = self._place.names(f"receipts/{device}")
        return [Item(device, name, size) for name, size in sorted(names.items()) if name.endswith(RECEIPT_SUFFIX)]

    def fetch(self, item: Item) -> bytes:
        """Return a bundle whose bytes have the hash of its name.

        Raises:
            SyncError: SYNC-004 they have not, SYNC-002 it is too large, or the drop cannot be read.
        """
        limit = READ_LIMIT if item.name.endswith(SUFFIX) else _FILE_LIMIT
        data = self._place.read(f"inbox/{item.device}/{item.name}", limit)
        if len(data) > limit:
            raise SyncError(
                "SYNC-002",
                _("The file is larger than a bundle may be: {file}").format(file=item.name),
                hint=_("Fieldkit splits exports at 4 MiB. This is another file, or it was altered."),
            )
        if item.name.endswith(SUFFIX) and hashlib.sha256(data).hexdigest() != item.sha256:
            raise SyncError(
                "SYNC-004",
                _("The file is not what its name says: its hash is {sha256}").format(
                    sha256=hashlib.sha256(data).hexdigest()
                ),
                hint=_("It was altered or copied badly. Copy it again from the sender."),
                where={"bundle": item.name},
            )
        return data

    def fetch_receipt(self, item: Item) -> bytes:
        """Return a receipt; its signature tells whether it is whole.

        Raises:
            SyncError: The drop cannot be read.
        """
        return self._place.read(f"receipts/{item.device}/{item.name}", 1 << 20)

    def clean(self, now_seconds: float) -> int:
        """Remove what interrupted uploads left more than a day ago, and return how many files.

        Args:
            now_seconds: The present moment, seconds since 1970.

        Raises:
            SyncError: The drop cannot be changed.
        """
        removed = 0
        for device in filter(is_device_id, self._place.folders("inbox")):
            for name in self._place.names(f"inbox/{device}"):
                path = f"inbox/{device}/{name}"
                if not name.startswith(PARTIAL):
                    continue
                changed = self._place.age(path)
                if changed is not None and now_seconds - changed > STALE_SECONDS:
                    self._place.remove(path)
                    removed += 1
        return removed

    def _items(self, folder: str, suffix: str) -> Iterator[Item]:
        for device in filter(is_device_id, self._place.folders(folder)):
            for name, size in sorted(self._place.names(f"{folder}/{device}").items()):
                stem = name.removesuffix(suffix)
                is_hash = len(stem) == _HASH_LENGTH and set(stem) <= set("0123456789abcdef")
                if name.endswith(suffix) and is_hash:
                    yield Item(device, name, size)

    def _put(self, path: str, data: bytes, progress: Progress | None) -> bool:
        there = self._place.size(path)
        if there == len(data) or (there is not None and path.endswith(EVIDENCE_SUFFIX)):
            # Sealing the same evidence again gives another size: what is there was whole when it got its name.
            return False
        folder, _slash, name = path.rpartition("/")
        partial = f"{folder}/{PARTIAL}{name.partition('.')[0]}-{secrets.token_hex(4)}"
        written = partial if self._place.renames else path
        try:
            self._place.write(written, data, self._watch(name, len(data), progress))
            arrived = self._place.size(written)
            if arrived != len(data):
                raise self._short(name, arrived, len(data))
            if written != path:
                self._settle(partial, path, len(data))
        except SyncError:
            self._tidy(partial)
            raise
        if self._place.size(path) != len(data):
            raise self._short(name, self._place.size(path), len(data))
        return True

    def _settle(self, partial: str, path: str, size: int) -> None:
        """Rename to the final name; where another upload was faster, its file is the same."""
        there = self._place.size(path)
        if there is None:
            self._place.rename(partial, path)
        elif there == size:
            self._place.remove(partial)
        else:
            raise self._short(path.rpartition("/")[2], there, size)

    def _tidy(self, partial: str) -> None:
        """Try to remove what was begun; a dead connection leaves it to the office."""
        try:
            if self._place.renames:
                self._place.remove(partial)
        except SyncError:
            return

    def _watch(self, name: str, size: int, progress: Progress | None) -> Callable[[int], None]:
        def watch(done: int) -> None:
            if progress is not None and not progress(name, done, size):
                raise SyncError(
                    "SYNC-053",
                    _("Sending {name} was cancelled").format(name=name),
                    hint=_("Nothing half stands under its name; send again when you like."),
                )

        return watch

    def _short(self, name: str, found: int | None, size: int) -> SyncError:
        return SyncError(
            "SYNC-054",
            _("{place} kept {found} of {size} bytes of {name}").format(
                place=self.shown, found=found or 0, size=size, name=name
            ),
            hint=_("Send again. If it happens again, the server loses data: use another way."),
            where={"place": self.shown, "name": name},
        )
