"""A second copy of the journal on another disk or stick, kept up in the background: the only help against a dead disk.

The mirror follows the journal; a save never waits for it. ``mirror.json`` there says how far it is durable.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.engine import Engine
from fieldkit.store.packing import decode, encode
from fieldkit.store.segment import Segment

__all__ = ["Mirror", "mirror_problems"]

_LIST: Final = "mirror.json"

_PAUSE: Final = 0.2
"""Seconds between two looks at the journal."""


class Mirror:
    """Copies durable bytes of the journal to a folder.

    Attributes:
        number: Last line that is durable in the mirror.
        problem: Why the mirror is behind, empty while all is well.
    """

    def __init__(self, engine: Engine, folder: Path, *, threaded: bool = True) -> None:
        self.number = 0
        self.problem = ""
        self._engine = engine
        self._folder = folder
        self._is_compared = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fieldkit-mirror", daemon=True)
        if threaded:
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE):
            self.catch_up()

    def catch_up(self) -> bool:
        """Copy what is missing; False where the mirror's disk refuses, with the reason in ``problem``."""
        journal = self._engine.journal
        following = journal.next_number
        if following - 1 == self.number:
            return True
        try:
            self._engine.disk.make_folder(self._folder / "journal")
            self._compare(list(journal.segments))
            for segment in list(journal.segments):
                self._copy(segment)
            self._engine.disk.sync_folder(self._folder / "journal")
            names = {segment.path.name for segment in journal.segments}
            for path in (self._folder / "journal").glob("*.seg"):
                if path.name not in names:
                    self._engine.disk.remove(path)
            copy = self._engine.home / "journal" / "workspace.copy.json"
            self._engine.disk.write_whole(self._folder / "workspace.json", copy.read_bytes())
            self._engine.disk.write_whole(self._folder / _LIST, encode({"number": following - 1}) + b"\n")
        except OSError as error:
            self.problem = str(error)
            return False
        self.number, self.problem = following - 1, ""
        return True

    def _compare(self, segments: list[Segment]) -> None:
        """Remove the newest copy of an earlier session where a power cut left something else than the journal's bytes.

        All older ones were durable before it was begun.
        """
        if self._is_compared:
            return
        targets = [self._folder / "journal" / segment.path.name for segment in segments]
        there = [(segment, target) for segment, target in zip(segments, targets, strict=True) if target.exists()]
        if there:
            segment, target = there[-1]
            data = self._engine.disk.read(target)
            if len(data) > segment.size or self._engine.disk.read_part(segment.path, 0, len(data)) != data:
                self._engine.disk.remove(target)
        self._is_compared = True

    def _copy(self, segment: Segment) -> None:
        disk, target = self._engine.disk, self._folder / "journal" / segment.path.name
        size = segment.size
        have = target.stat().st_size if target.exists() else -1
        if have == size:
            return
        fd = disk.open_append(target, have) if 0 <= have < size else disk.create(_removed(target))
        try:
            disk.write(fd, disk.read_part(segment.path, max(have, 0), size - max(have, 0)))
            disk.fsync(fd)
        finally:
            disk.close(fd)

    def close(self) -> None:
        """Copy the rest and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.catch_up()


def _removed(path: Path) -> Path:
    if path.exists():
        path.unlink()
    return path


def mirror_problems(folder: str, workspace: str, last: int, running: Mirror | None) -> list[dict[str, Json]]:
    """Return why the second copy of a workspace is not what it should be, with the next step; empty while all is well.

    Args:
        folder: The setting, empty where no mirror is wanted.
        workspace: Id of the workspace.
        last: Number of the journal's last line.
        running: The mirror of this process, None where it keeps none.
    """
    if not folder:
        return []
    if not Path(folder).is_dir():
        text = _("The mirror folder is not there, so there is no second copy: {folder}").format(folder=folder)
        hint = _("Plug the disk or stick in, then open the workspace again.")
        return [_warning("STORE-054", text, hint)]
    if running is not None and running.problem:
        text = _("The mirror is behind and cannot be written: {cause}").format(cause=running.problem)
        return [_warning("STORE-055", text, _("Check the disk or stick and its free room; copying goes on by itself."))]
    behind = last - _held(Path(folder) / workspace)
    if running is None and behind > 0:
        text = _("The mirror lacks the last {count} records of the journal").format(count=behind)
        return [_warning("STORE-055", text, _("Open the workspace for writing and leave it open for a moment."))]
    return []


def _held(copy: Path) -> int:
    """Return the last line that is durable in a mirror, 0 where there is none."""
    try:
        return int(decode((copy / _LIST).read_bytes())["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _warning(code: str, text: str, hint: str) -> dict[str, Json]:
    return {"code": code, "severity": "warning", "message": text, "hint": hint}
