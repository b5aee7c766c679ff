"""Bundles and cards as QR codes on the screen, and codes that were read back into files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from fieldkit.services.desk import Desk
from fieldkit.sync.bundle import SUFFIX
from fieldkit.sync.frames import Frames, still_text
from fieldkit.sync.unusable import unusable

if TYPE_CHECKING:
    from fieldkit.services.adapters import Adapters

__all__ = ["Film", "Filming", "ScanProgress", "Scanned"]

STICK_BYTES = 100_000
"""From this size on a stick is faster than looking at codes."""


class ScanProgress(Protocol):
    """How far a scan is."""

    @property
    def got(self) -> int:
        """Independent frames so far."""

    @property
    def needed(self) -> int:
        """How many are needed; 0 while nothing was read."""


class Film(Struct, frozen=True):
    """A bundle that is shown as frames."""

    data: bytes
    sha256: str
    digits: str
    """Eight digits to compare by eye or telephone."""
    sealed: bool
    owed: int
    """Files of evidence that codes never carry."""
    owed_bytes: int

    @property
    def bytes(self) -> int:
        """Return its size."""
        return len(self.data)

    @property
    def better_by_stick(self) -> bool:
        """Tell whether it is so large that a stick is the better way."""
        return len(self.data) > STICK_BYTES

    def frames(self, version: int) -> Frames:
        """Return its frames in codes of a version.

        Raises:
            SyncError: SYNC-040 or SYNC-043, it makes no frames.
        """
        return Frames(self.data, version)


class Scanned(Struct, frozen=True):
    """A file that was read from codes."""

    path: Path
    sha256: str
    bytes: int
    frames: int
    still: str
    """The text where it was one still code: a card or a receipt."""


class Filming:
    """Opens bundles for showing, and gathers codes."""

    def __init__(self, desk: Desk, adapters: Adapters) -> None:
        self._desk = desk
        self._adapters = adapters

    def film(self, path: Path, digits: str = "", owed: tuple[int, int] = (0, 0)) -> Film:
        """Return a bundle's file for showing.

        Args:
            path: The file.
            digits: Its eight digits, where they are known.
            owed: How many files of evidence belong to it, and their bytes.

        Raises:
            SyncError: SYNC-001, the file cannot be read.
        """
        data = self._adapters.bundles().read(path)
        return Film(data, hashlib.sha256(data).hexdigest(), digits, data.startswith(b"age-encryption"), *owed)

    def pictures(self, film: Film, version: int) -> tuple[Path, int]:
        """Write a film as PNG files and return their folder and number.

        Raises:
            SyncError: SYNC-001, the folder cannot be written.
        """
        folder = self._desk.home / "outbox" / f"qr-{film.sha256[:8]}-v{version}"
        frames = self._adapters.codes().write_frames(film.data, folder, version=version)
        return folder, frames.advised

    def scan(self, source: str, on_progress: Callable[[Any], bool] | None = None) -> Scanned:
        """Gather codes from ``camera``, a video, a folder of pictures or a file of lines, until a file is whole.

        What was read so far is kept, and the next scan goes on from there.

        Args:
            source: Where they are.
            on_progress: Is told how far the scan is, and stops it by returning false.

        Raises:
            SyncError: SYNC-001 the source cannot be read, SYNC-042 a reader is not installed, SYNC-044 the codes
                ended too early.
        """
        target = self._folder / "incoming"
        progress = self._adapters.codes().scan_source(source, target, on_progress=on_progress)
        return self._named(target, progress.frames)

    def paste(self, text: str) -> Scanned:
        """Gather codes from pasted lines, one code in each; they are added to what was read before.

        Raises:
            SyncError: SYNC-044, more codes are needed.
        """
        still = still_text(text.strip().encode("utf-8", errors="replace"))
        if still is not None:
            return Scanned(Path(), hashlib.sha256(still.encode()).hexdigest(), len(still), 1, still)
        target = self._folder / "incoming"
        codes = self._adapters.codes()
        progress = codes.scan(codes.codes_of_lines(text.splitlines()), target)
        return self._named(target, progress.frames)

    def waiting(self) -> int:
        """Return how many codes of an unfinished scan are kept."""
        kept = self._folder / "incoming.scan"
        try:
            return len(kept.read_text(encoding="ascii", errors="replace").splitlines()) if kept.is_file() else 0
        except OSError:
            return 0

    def forget(self) -> None:
        """Begin the next scan anew."""
        (self._folder / "incoming.scan").unlink(missing_ok=True)

    @property
    def _folder(self) -> Path:
        return self._desk.home / "scans"

    def _named(self, target: Path, frames: int) -> Scanned:
        data = target.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        still = still_text(data)
        if still is not None:
            target.unlink()
            return Scanned(Path(), sha256, len(data), frames, still)
        path = target.with_name(sha256 + SUFFIX)
        try:
            target.replace(path)
        except OSError as error:
            raise unusable(path, error) from error
        return Scanned(path, sha256, len(data), frames, "")
