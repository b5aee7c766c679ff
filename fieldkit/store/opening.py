"""Opens or makes the store of a workspace: lock, description, passphrase, journal, identity."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.store.disk import Disk, is_full, is_read_only
from fieldkit.store.engine import Engine, Options
from fieldkit.store.failures import disk_full, write_failed
from fieldkit.store.folders import settle
from fieldkit.store.identity import Identity, Mark, Workspace, agree, read_workspace, write_workspace
from fieldkit.store.lock import WorkspaceLock
from fieldkit.store.segment import Cipher
from fieldkit.store.workspace import Store

__all__ = ["cannot_open", "cipher_of", "locked", "no_workspace", "open_store"]


def open_store(
    home: Path,
    *,
    read_only: bool = False,
    passphrase: str | None = None,
    create: bool = True,
    options: Options | None = None,
    disk: Disk | None = None,
) -> Store:
    """Open or make the store of a workspace.

    A workspace that another process writes to, or that lies on a read-only medium, is opened for reading;
    ``Store.read_only`` and ``Store.lock_holder`` say so.

    Args:
        home: Folder of the workspace.
        read_only: Open for reading only, without the lock.
        passphrase: Opens a sealed workspace; the recovery words do too.
        create: Make the workspace where there is none.
        options: How the store uses disk and memory.
        disk: The file system; tests give their own.

    Raises:
        StoreError: STORE-001 no workspace, STORE-003 no locks here, STORE-004 newer,
            STORE-005 to STORE-007 damaged, STORE-030 sealed, STORE-031 wrong passphrase.
    """
    files = disk or Disk()
    lock: WorkspaceLock | None = None
    if not home.is_dir() and create and not read_only:
        _make_home(files, home)
    if not read_only and home.is_dir():
        lock = WorkspaceLock(home)
        if not lock.take():
            lock, read_only = None, True
    try:
        store = _open(home, files, lock, passphrase, create=create, options=options or Options())
    except BaseException:
        if lock is not None:
            lock.give_back()
        raise
    if lock is None:
        store.lock_holder = WorkspaceLock(home).holder()
    return store


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the right to write while a workspace is converted, repaired or restored.

    Raises:
        StoreError: STORE-001 no such folder, STORE-015 another process writes to it.
    """
    if not home.is_dir():
        raise no_workspace(home)
    lock = WorkspaceLock(home)
    if not lock.take():
        holder = lock.holder()
        raise StoreError(
            "STORE-015",
            _("The workspace is in use by process {pid} on {host}").format(
                pid=holder.pid if holder else "?", host=holder.host if holder else "?"
            ),
            hint=_("Close it there first."),
            where={"home": str(home)},
        )
    try:
        yield
    finally:
        lock.give_back()


def no_workspace(home: Path) -> StoreError:
    """Return the refusal for a folder without a workspace."""
    return StoreError(
        "STORE-001",
        _("There is no workspace in {home}").format(home=home),
        hint=_("Check the folder's name, or start Fieldkit there once to make one."),
        where={"home": str(home)},
    )


def cipher_of(workspace: Workspace, passphrase: str | None) -> Cipher | None:
    """Return the cipher of a sealed workspace, None for a plain one.

    Raises:
        StoreError: STORE-030 without a passphrase, STORE-031 with a wrong one.
    """
    if workspace.seal is None:
        return None
    if not passphrase:
        raise StoreError(
            "STORE-030",
            _("The workspace is sealed"),
            hint=_("Give the passphrase when asked, or with --passphrase-file; the recovery words open it too."),
        )
    from fieldkit.store.ciphers import open_seal

    return open_seal(workspace.id, workspace.seal, passphrase)


def _make_home(files: Disk, home: Path) -> None:
    try:
        files.make_folder(home)
        files.sync_folder(home.parent)
    except OSError as error:
        raise disk_full(error) if is_full(error) else write_failed(error) from error


def _open(
    home: Path, files: Disk, lock: WorkspaceLock | None, passphrase: str | None, *, create: bool, options: Options
) -> Store:
    read_only = lock is None
    try:
        if not read_only:
            settle(home, files)
        workspace = read_workspace(home, files)
        if workspace is None:
            if read_only or not create:
                raise no_workspace(home)
            workspace = _make(home, files)
        elif not read_only:
            agree(home, files, workspace)
        if not (home / "journal").is_dir():
            raise _no_journal(home)
        cipher = cipher_of(workspace, passphrase)
        if not read_only and workspace.extra.get("converting"):
            from fieldkit.store.conversion import finish_attachments

            finish_attachments(home, files, workspace, cipher)
        engine = Engine(home, workspace.id, disk=files, read_only=read_only, options=options, cipher=cipher)
        try:
            engine.open()
        except BaseException:
            engine.journal.close()
            raise
    except OSError as error:
        raise cannot_open(error) from error
    store = Store(home, engine, Identity(home, files), lock, Mark(home / "journal" / "mark"))
    try:
        store.settle_identity()
    except OSError as error:
        engine.journal.close()
        raise cannot_open(error) from error
    return store


def _no_journal(home: Path) -> StoreError:
    if (home / "journal.new").is_dir():
        return StoreError(
            "STORE-019",
            _("A conversion of the workspace was interrupted and must be completed first"),
            hint=_("Open it once for writing; nothing is lost."),
            where={"home": str(home)},
        )
    return StoreError(
        "STORE-007",
        _("The journal of the workspace is missing"),
        hint=_("Put the folder journal back, or restore a backup into a new folder."),
        where={"home": str(home)},
    )


def cannot_open(error: OSError) -> StoreError:
    """Return the refusal for a workspace whose files cannot be read or made."""
    if is_full(error):
        return disk_full(error)
    return StoreError(
        "STORE-002",
        _("The workspace cannot be opened: {cause}").format(cause=error.strerror or str(error)),
        hint=_("Check the rights of the folder.") if is_read_only(error) else _("Check the disk, then try again."),
        where={"cause": str(error)},
    )


def _make(home: Path, files: Disk) -> Workspace:
    workspace = Workspace(secrets.token_hex(16))
    try:
        files.make_folder(home / "journal")
        write_workspace(home, files, workspace)
    except OSError as error:
        raise disk_full(error) if is_full(error) else write_failed(error) from error
    return workspace
