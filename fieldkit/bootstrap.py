"""Joins ports to adapters: the one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from msgspec.structs import replace

from fieldkit.errors import StoreError
from fieldkit.i18n import _, locale_language, set_language
from fieldkit.keys import rebind
from fieldkit.model.codes import load_codes
from fieldkit.model.scheme import load_scheme
from fieldkit.model.states import load_machines
from fieldkit.ports.clock import Clock, IdSource
from fieldkit.resources import data_path
from fieldkit.services.adapters import Adapters
from fieldkit.services.clockwork import FixedClock, RandomIds, SeededIds, SystemClock
from fieldkit.services.desk import Desk
from fieldkit.services.form_cache import FormCache
from fieldkit.services.house import Services
from fieldkit.services.indexes import INDEXES, TEXTS, VERSION
from fieldkit.services.spelling import Spelling
from fieldkit.services.writer import Writer
from fieldkit.settings import Doubt, SettingsFile

if TYPE_CHECKING:
    from fieldkit.ports.blobs import BlobStore, PhotoCleaner
    from fieldkit.ports.bundles import BundleFiles
    from fieldkit.ports.forms import FormConverter
    from fieldkit.ports.register import SubjectFiles
    from fieldkit.store import Store

__all__ = ["Opening", "make_demo", "open_services"]


class Opening(TypedDict, total=False):
    """How a workspace is opened; everything may be left out."""

    now: datetime | None
    """Fixes the clock."""
    lang: str | None
    """Language of the interface; the settings' or the system's where left out."""
    actor: str | None
    """Who acts in this run."""
    role: str | None
    """Which of their roles, for this run."""
    read_only: bool
    """Open for reading, also beside another process."""
    passphrase: str | None
    """Opens a sealed workspace."""
    threaded: bool
    """Writes return at once and a thread makes them durable (the preset); else each write waits."""
    ids: IdSource | None
    """Where names of records come from."""


def open_services(home: Path, **options: Unpack[Opening]) -> Services:
    """Open a workspace with all its use cases.

    Args:
        home: Folder of the workspace; made where there is none.
        **options: How it is opened, see ``Opening``.

    Raises:
        StoreError: WSP-001 where another process writes to it, or another reason of the store.
        SettingsError: ACT-001 or ACT-002 for an actor or role that is not there.
    """
    now, passphrase = options.get("now"), options.get("passphrase")
    settings_file = SettingsFile.of(home)
    settings, doubts = settings_file.load()
    doubts += tuple(Doubt(f"bindings.{name}") for name in rebind(settings.bindings))
    set_language(options.get("lang") or settings.language or locale_language())
    store = _open_store(home, read_only=options.get("read_only", False), passphrase=passphrase)
    if settings.mirror_folder and not store.read_only and Path(settings.mirror_folder).is_dir():
        store.mirror(Path(settings.mirror_folder) / store.engine.journal.workspace)
    clock: Clock = FixedClock(now) if now is not None else SystemClock()
    writer = Writer(store, clock, threaded=options.get("threaded", True))
    codes = load_codes(_shipped_text("codes.tsv"))
    events = {code.code: (code.zh, code.en) for code in codes.options("event")}
    desk = Desk(
        home=home,
        store=store,
        writer=writer,
        clock=clock,
        ids=options.get("ids") or RandomIds(),
        codes=codes,
        machines=replace(load_machines(_shipped_text("states.json")), events=events),
        scheme=load_scheme(_shipped_text("schemes", "default.json")),
        settings_file=settings_file,
        settings=settings,
        doubts=doubts,
        actor_code=options.get("actor") or "",
        role=options.get("role") or "",
        may_cache=not _is_sealed(store),
        pinyin=Spelling(_pinyin, FormCache(home / "cache", read_only=store.read_only or _is_sealed(store))),
    )
    try:
        desk.acting()
    except BaseException:
        store.close()
        raise
    return Services(desk, _adapters(home, store, passphrase))


def make_demo(home: Path, seed: int = 1, *, now: datetime | None = None, lang: str | None = None) -> Mapping[str, Any]:
    """Make the demo workspace in an empty folder and return how much is in it.

    Args:
        home: Folder of the workspace.
        seed: The same seed gives the same demo.
        now: Moment that it ends at; the present one where left out.
        lang: Language of its texts.

    Raises:
        StoreError: WSP-003, the folder holds a workspace already.
    """
    from fieldkit.services.demo import Demo, moment_of

    if (home / "workspace.json").exists():
        raise StoreError(
            "WSP-003",
            _("There is a workspace in {home} already").format(home=home),
            hint=_("Demo and real data never mix: choose an empty folder with --home, or open this one without demo."),
            where={"home": str(home)},
        )
    services = open_services(home, now=moment_of(now), lang=lang, threaded=False, ids=SeededIds(seed))
    try:
        clock = services.desk.clock
        assert isinstance(clock, FixedClock)
        return Demo(services, data_path("demo", "plan.json"), clock, seed).build()
    finally:
        services.close()


def _open_store(home: Path, *, read_only: bool, passphrase: str | None) -> Store:
    from fieldkit.store import IndexSpec, Options, open_store

    indexes = [IndexSpec(name, kind, extract, version=VERSION) for (kind, name), extract in INDEXES.items()]
    indexes += [IndexSpec(name, kind, extract, "text", VERSION) for (kind, name), extract in TEXTS.items()]
    store = open_store(home, read_only=read_only, passphrase=passphrase, options=Options(indexes=tuple(indexes)))
    if store.read_only and not read_only:
        holder = store.lock_holder
        store.close()
        if holder is None:
            raise StoreError(
                "WSP-002",
                _("The workspace {home} can only be read").format(home=home),
                hint=_("Check the rights of the folder, or copy it to a disk that can be written."),
                where={"home": str(home)},
            )
        raise StoreError(
            "WSP-001",
            _("The workspace is in use by process {pid} on {host}").format(pid=holder.pid, host=holder.host),
            hint=_("Close it there first; reading commands work beside it."),
            where={"home": str(home), "pid": holder.pid, "host": holder.host},
        )
    return store


def _is_sealed(store: Store) -> bool:
    return store.engine.journal.cipher is not None


def _sealed_blobs(home: Path, store: Store, inner: BlobStore) -> BlobStore:
    from fieldkit.io.bundlefile import write_durably
    from fieldkit.services.sealed_blobs import SealedBlobs
    from fieldkit.store.conversion import open_attachment, seal_attachment

    cipher = store.engine.journal.cipher
    assert cipher is not None
    return SealedBlobs(
        inner,
        home / "scratch",
        lambda name, data: seal_attachment(cipher, name, data),
        lambda name, data: open_attachment(cipher, name, data),
        write_durably,
    )


def _shipped_text(*parts: str) -> str:
    return data_path(*parts).read_text(encoding="utf-8")


def _adapters(home: Path, store: Store, passphrase: str | None) -> Adapters:
    def blobs() -> BlobStore:
        from fieldkit.io.blobs import BlobStore as Blobs

        return _sealed_blobs(home, store, Blobs(home)) if _is_sealed(store) else Blobs(home)

    def converter() -> FormConverter:
        from fieldkit.io.xlsform import convert

        return convert

    def subject_files() -> SubjectFiles:
        from fieldkit.io.subjects import read_subjects

        return read_subjects

    def cleaner() -> PhotoCleaner:
        from fieldkit.io.photos import clean_file

        return clean_file

    def bundles() -> BundleFiles:
        from fieldkit.io.bundlefile import DiskBundles

        return DiskBundles()

    def report(job: str, path: Path | None = None) -> dict[str, Any]:
        from fieldkit.store.care import repair_workspace, verify_workspace
        from fieldkit.store.doctor import doctor

        if job in {"backup", "tinydb"}:
            assert path is not None
            return dict(store.backup(path) if job == "backup" else store.export_tinydb(path))
        if job == "doctor":
            found = doctor(home)
            mirrored = store.mirror_problems(SettingsFile.of(home).load()[0].mirror_folder)
            return {**found, "problems": [*found["problems"], *mirrored]}
        work = repair_workspace if job == "repair" else verify_workspace
        return dict(work(home, passphrase=passphrase))

    return Adapters(
        blobs=blobs,
        converter=converter,
        subject_files=subject_files,
        cleaner=cleaner,
        bundles=bundles,
        opener=_open_with_system,
        store_report=report,
        shipped=_shipped_checklists,
        crypto=_crypto,
        codes=_codes,
        openrosa=_openrosa,
        drop=_drop,
        is_address=_is_address,
    )


def _openrosa() -> Any:
    from fieldkit.io import openrosa

    return openrosa


def _drop(address: str, hosts: Any = None) -> Any:
    from fieldkit.io.remote import open_drop

    return open_drop(address, hosts)


def _is_address(text: str) -> bool:
    if "://" not in text:
        return False
    from fieldkit.io.remoteplace import is_remote

    return is_remote(text)


def _crypto() -> Any:
    from types import SimpleNamespace

    from fieldkit.io import age, evidencefile, keys

    return SimpleNamespace(
        SigningKey=keys.SigningKey,
        verify=keys.verify,
        new_identity=age.new_identity,
        prove=age.prove,
        prove_recipient=age.prove_recipient,
        sealer=age.sealer,
        unsealer=age.unsealer,
        check_recipient=age.check_recipient,
        send_evidence=evidencefile.send_evidence,
        find_evidence=evidencefile.find_evidence,
        open_evidence=evidencefile.open_evidence,
    )


def _codes() -> Any:
    from fieldkit.io import scan

    return scan


def _shipped_checklists() -> Sequence[Path]:
    return sorted(data_path("checklists", "xform").glob("*.xml"))


def _pinyin(text: str) -> Sequence[str]:
    from fieldkit.io.pinyin import pinyin_keys

    return pinyin_keys(text)


def _open_with_system(path: Path) -> None:
    from fieldkit.io.opener import open_file

    open_file(path)
