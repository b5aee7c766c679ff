"""Work on a whole workspace that nobody has open: seal, change the passphrase, unseal, repair, restore."""

from __future__ import annotations

from pathlib import Path

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store import salvage
from fieldkit.store.backup import read_backup, unpack_backup
from fieldkit.store.conversion import convert, open_attachments
from fieldkit.store.disk import Disk
from fieldkit.store.exchange import read_tables
from fieldkit.store.folders import settle
from fieldkit.store.identity import Identity, Workspace, read_workspace, write_workspace
from fieldkit.store.journal import Journal
from fieldkit.store.opening import cannot_open, cipher_of, locked, no_workspace, open_store
from fieldkit.store.segment import Cipher
from fieldkit.store.verification import verify_engine

__all__ = [
    "change_passphrase",
    "repair_workspace",
    "restore_tinydb",
    "restore_workspace",
    "seal_workspace",
    "unseal_workspace",
    "verify_workspace",
]

_SHORTEST = 8


def _described(home: Path, disk: Disk) -> Workspace:
    settle(home, disk)
    workspace = read_workspace(home, disk)
    if workspace is None:
        raise no_workspace(home)
    return workspace


def _journal(home: Path, disk: Disk, workspace: Workspace, cipher: Cipher | None) -> Journal:
    journal = Journal(home / "journal", workspace.id, disk=disk, read_only=True, cipher=cipher)
    journal.open(None, lambda _line: None)
    return journal


def _check_strength(passphrase: str) -> None:
    if len(passphrase.strip()) < _SHORTEST:
        raise StoreError(
            "STORE-034",
            _("The passphrase is too short: at least {count} characters").format(count=_SHORTEST),
            hint=_("Several words that you can remember are better than one with signs."),
        )


def seal_workspace(home: Path, passphrase: str, *, disk: Disk | None = None) -> list[str]:
    """Seal a plain workspace and return the recovery words, which are shown once and kept nowhere.

    Raises:
        StoreError: STORE-010 no room, STORE-015 in use, STORE-034 passphrase too short, STORE-035 sealed already.
    """
    from fieldkit.store.ciphers import new_seal

    files = disk or Disk()
    _check_strength(passphrase)
    with locked(home):
        workspace = _described(home, files)
        if workspace.seal is not None:
            raise StoreError("STORE-035", _("The workspace is sealed already"))
        try:
            journal = _journal(home, files, workspace, None)
            seal, cipher, words = new_seal(workspace.id, passphrase)
            convert(home, files, journal, Workspace(workspace.id, workspace.format, seal, workspace.extra), cipher)
        except OSError as error:
            raise cannot_open(error) from error
    return words


def change_passphrase(home: Path, passphrase: str, new: str, *, disk: Disk | None = None) -> None:
    """Give a sealed workspace a new passphrase; no record is written anew and the recovery words stay.

    Raises:
        StoreError: STORE-015 in use, STORE-031 wrong passphrase, STORE-034 too short, STORE-036 not sealed.
    """
    from fieldkit.store.ciphers import rewrap

    files = disk or Disk()
    _check_strength(new)
    with locked(home):
        workspace = _described(home, files)
        if workspace.seal is None:
            raise _not_sealed()
        try:
            workspace.seal = rewrap(workspace.id, workspace.seal, passphrase, new)
            write_workspace(home, files, workspace)
        except OSError as error:
            raise cannot_open(error) from error


def unseal_workspace(home: Path, passphrase: str, *, disk: Disk | None = None) -> None:
    """Write a sealed workspace in plain again.

    Raises:
        StoreError: STORE-010 no room, STORE-015 in use, STORE-031 wrong passphrase, STORE-036 not sealed.
    """
    files = disk or Disk()
    with locked(home):
        workspace = _described(home, files)
        cipher = cipher_of(workspace, passphrase)
        if cipher is None:
            raise _not_sealed()
        try:
            journal = _journal(home, files, workspace, cipher)
            open_attachments(home, files, workspace, cipher)
            extra = {key: value for key, value in workspace.extra.items() if key != "converting"}
            convert(home, files, journal, Workspace(workspace.id, workspace.format, None, extra), None)
        except OSError as error:
            raise cannot_open(error) from error


def _not_sealed() -> StoreError:
    return StoreError("STORE-036", _("The workspace is not sealed"))


def verify_workspace(home: Path, *, passphrase: str | None = None, disk: Disk | None = None) -> dict[str, Json]:
    """Read everything of a workspace that may be too damaged to open, and report what is wrong.

    Raises:
        StoreError: STORE-001 no workspace, STORE-030 or STORE-031 it is sealed.
    """
    files = disk or Disk()
    try:
        with open_store(home, read_only=True, passphrase=passphrase, create=False, disk=files) as store:
            return verify_engine(store.engine, home, store.problems)
    except StoreError as error:
        if error.code == "STORE-019":
            return {"ok": False, "records": 0, "operations": 0, "segments": 0, "problems": [error.as_json()]}
        if error.code not in salvage.DAMAGE:
            raise
        report = salvage.inspect(home, files, passphrase)
        problems = report["problems"]
        assert isinstance(problems, list)
        if not problems:
            problems.append(error.as_json())
        return report


def repair_workspace(home: Path, *, passphrase: str | None = None, disk: Disk | None = None) -> dict[str, Json]:
    """Save every readable record of a damaged workspace into a new journal; the damaged one is kept beside it.

    Returns:
        The report of ``verify`` for the new journal, with ``kept``, ``lost`` (line numbers), ``gone`` (numbers of
        operations by device that are missing) and ``damaged`` (where the old journal lies now).

    Raises:
        StoreError: STORE-015 in use, STORE-030 or STORE-031 it is sealed.
    """
    files = disk or Disk()
    with locked(home):
        try:
            settle(home, files)
            result = salvage.repair(home, files, passphrase)
            Identity(home, files).renew()
        except OSError as error:
            raise cannot_open(error) from error
    return {**verify_workspace(home, passphrase=passphrase, disk=files), **result}


def restore_workspace(source: Path, home: Path, *, disk: Disk | None = None) -> dict[str, Json]:
    """Bring a backup back into an empty folder; it takes a new device id, so no number is ever given twice.

    Raises:
        StoreError: STORE-016 the folder is not empty, STORE-040 the backup is damaged.
    """
    files = disk or Disk()
    backup = read_backup(source)
    _refuse_filled(home)
    try:
        files.make_folder(home)
        with locked(home):
            unpack_backup(backup, home, files)
            Identity(home, files).renew()
    except OSError as error:
        raise cannot_open(error) from error
    return {"home": str(home), "files": len(backup.files), **backup.counted}


def restore_tinydb(source: Path, home: Path, *, disk: Disk | None = None) -> dict[str, Json]:
    """Make a workspace in an empty folder of a TinyDB JSON file: its operations, and the tables that are no records.

    Raises:
        StoreError: STORE-016 the folder is not empty, STORE-044 the file is no TinyDB JSON.
    """
    read_tables(source)
    _refuse_filled(home)
    with open_store(home, disk=disk) as store:
        return {"home": str(home), **store.import_tinydb(source)}


def _refuse_filled(home: Path) -> None:
    if home.exists() and any(path.name not in {".lock", "lock.json"} for path in home.iterdir()):
        raise StoreError(
            "STORE-016",
            _("The folder is not empty: {home}").format(home=home),
            hint=_("Choose a new folder with --home; a workspace is never overwritten."),
            where={"home": str(home)},
        )
