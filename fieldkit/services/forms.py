"""Checklists: added from workbooks, kept in every version, compiled once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from fieldkit.errors import FormError, UsageError
from fieldkit.i18n import _
from fieldkit.model.clock import hlc_key
from fieldkit.model.document import Document, shown
from fieldkit.model.ids import id_of, record_name
from fieldkit.services.desk import Desk
from fieldkit.services.form_cache import FormCache
from fieldkit.services.records import Records
from fieldkit.services.writer import WITH, Draft

if TYPE_CHECKING:
    from fieldkit.forms import FormDefinition
    from fieldkit.services.adapters import Adapters

__all__ = ["SUITED", "FormInfo", "Forms"]

MEDIA_LIMIT = 1 << 20
"""Bytes of a form's files that travel with it."""

SUITED: Mapping[str, tuple[str, ...]] = {
    "branch": ("branch_std", "weak_lax", "recheck"),
    "village": ("village_econ", "recheck"),
    "community": ("community_gov", "recheck"),
    "street": ("community_gov", "unit_check", "spot_research"),
    "estate": ("community_gov",),
    "unit": ("unit_check", "spot_research", "recheck"),
    "project": ("project_frontline", "recheck"),
    "station": ("talent_station", "recheck"),
    "link": ("pairing",),
    "township": ("unit_check", "spot_research"),
    "county": ("spot_research",),
    "city": ("spot_research",),
}
"""Kind of subject to the shipped checklists that are made for it, the best first."""


class FormInfo(Struct, frozen=True):
    """A version of a form in a list."""

    form_id: str
    version: str
    hash: str
    title: str
    questions: int
    languages: tuple[str, ...] = ()
    shipped: bool = False
    """True where it comes with the product and was not used yet."""

    def as_json(self) -> dict[str, Any]:
        """Return the form as the command line prints it."""
        return {**asdict(self), "id": self.hash, "kind": "form", "languages": list(self.languages)}


class Forms:
    """The forms of this workspace and those that come with the product."""

    def __init__(self, desk: Desk, records: Records, adapters: Adapters) -> None:
        self._desk = desk
        self._records = records
        self._adapters = adapters
        self._cache = FormCache(desk.home / "cache" / "forms", read_only=desk.store.read_only or not desk.may_cache)
        self._definitions: dict[str, FormDefinition] = {}
        self._shipped: dict[str, FormInfo] | None = None
        self._shipped_xform: dict[str, tuple[bytes, Mapping[str, bytes]]] = {}

    # -- lists -----------------------------------------------------------------------------------

    def list(self) -> tuple[FormInfo, ...]:
        """Return every version in the workspace, then the shipped checklists that are not in it."""
        here = [self._info(document) for document in self._records.documents("form")]
        hashes = {info.hash for info in here}
        return (*here, *(info for info in self._all_shipped().values() if info.hash not in hashes))

    def suited(self, kind: str) -> tuple[FormInfo, ...]:
        """Return the forms for a kind of subject, those made for it first, each in its current version."""
        current = {info.form_id: info for info in self.list() if info.shipped}
        current.update({info.form_id: info for info in map(self._info, self._newest().values())})
        first = [current[form_id] for form_id in SUITED.get(kind, ()) if form_id in current]
        return (*first, *(info for info in current.values() if info not in first))

    def show(self, name: str) -> dict[str, Any]:
        """Return a form with its questions as the command line prints it."""
        info = self.find(name)
        definition = self.definition(info.hash)
        versions = [
            self._info(document)
            for document in self._records.documents("form")
            if self._info(document).form_id == info.form_id
        ]
        return {
            **info.as_json(),
            "default_language": definition.default_language,
            "versions": [{"version": other.version, "hash": other.hash} for other in versions],
            "problems": [problem.as_json() for problem in definition.problems],
        }

    def find(self, name: str) -> FormInfo:
        """Return the form of an id, a hash or the start of one; of an id its current version.

        Raises:
            UsageError: FORMS-001, there is none.
        """
        newest = self._newest().get(name)
        shipped = self._shipped_info(name)
        if newest is not None and not (shipped and self._is_outdated(newest, shipped)):
            return self._info(newest)
        if shipped is not None:
            return shipped
        found = [info for info in self.list() if len(name) >= 6 and info.hash.startswith(name)]
        if len(found) == 1:
            return found[0]
        known = sorted({info.form_id for info in self.list()})
        raise UsageError(
            "FORMS-001",
            _("There is no form {name}").format(name=name or "-"),
            hint=_("Known: {forms}. Add one with: fieldkit form add FILE").format(forms=", ".join(known)),
            where={"form": name},
        )

    @staticmethod
    def _is_outdated(document: Document, shipped: FormInfo) -> bool:
        """Tell whether a form in the workspace is an older version of a checklist that the product brings."""
        meta = shown(document, "meta") or {}
        return bool(meta.get("shipped")) and meta.get("hash") != shipped.hash

    def _newest(self) -> dict[str, Document]:
        newest: dict[str, Document] = {}
        for document in self._records.documents("form"):
            form_id = str((shown(document, "meta") or {}).get("form_id", ""))
            other = newest.get(form_id)
            if other is None or hlc_key(document["last"][0]) > hlc_key(other["last"][0]):
                newest[form_id] = document
        return newest

    def _info(self, document: Document) -> FormInfo:
        meta = shown(document, "meta") or {}
        return FormInfo(
            form_id=str(meta.get("form_id", "")),
            version=str(meta.get("version", "")),
            hash=id_of(document["id"]),
            title=str(meta.get("title", "")),
            questions=int(meta.get("questions", 0)),
            languages=tuple(map(str, meta.get("languages", ()))),
        )

    # -- adding ----------------------------------------------------------------------------------

    def add(self, path: Path, media_dir: Path | None = None) -> FormInfo:
        """Add a workbook or XForm and return it; adding it twice changes nothing.

        Raises:
            FormError: It cannot be opened; every problem is in ``where["problems"]``.
        """
        xform, media = self._converted(path, media_dir)
        definition = self._compile(xform, media)
        info = _info_of(definition)
        self._desk.write(self._drafts(info, xform, media, shipped=False))
        return info

    def drafts(self, info: FormInfo) -> Sequence[Draft]:
        """Return what must be written so that a form is in the workspace; nothing where it is."""
        if self._desk.document(record_name("form", info.hash)) is not None:
            return ()
        xform, media = self._shipped_source(info.form_id)
        return self._drafts(info, xform, media, shipped=True)

    def _drafts(self, info: FormInfo, xform: bytes, media: Mapping[str, bytes], *, shipped: bool) -> Sequence[Draft]:
        record = record_name("form", info.hash)
        current = self._desk.document(record)
        meta: dict[str, Any] = {
            "form_id": info.form_id,
            "version": info.version,
            "title": info.title,
            "hash": info.hash,
            "questions": info.questions,
            "languages": list(info.languages),
        }
        if shipped:
            meta["shipped"] = True
        values: dict[str, Any] = {"meta": meta, "xform": xform.decode("utf-8")}
        for name, data in sorted(media.items()):
            values[f"media:{name}"] = self._media_value(data)
        drafts = [Draft(record, field, value) for field, value in values.items() if shown(current, field) != value]
        return [
            Draft(draft.record, draft.field, draft.value, WITH if place else "") for place, draft in enumerate(drafts)
        ]

    def _media_value(self, data: bytes) -> dict[str, Any]:
        value: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        if len(data) <= MEDIA_LIMIT:
            return {**value, "base64": base64.b64encode(data).decode("ascii")}
        self._adapters.blobs().put(data)
        return value

    def _converted(self, path: Path, media_dir: Path | None) -> tuple[bytes, Mapping[str, bytes]]:
        from fieldkit.forms.diagnostics import refusal

        conversion = self._adapters.converter()(path, media_dir=media_dir)
        if conversion.xform is None:
            raise refusal(list(conversion.problems))
        return conversion.xform, dict(conversion.media)

    # -- definitions -----------------------------------------------------------------------------

    def definition(self, form_hash: str) -> FormDefinition:
        """Return the compiled form of a hash.

        Raises:
            FormError: FORMS-002 where the form is not here, or the reason why it does not open.
        """
        found = self._definitions.get(form_hash)
        if found is None:
            found = self._definitions[form_hash] = self._cached(form_hash) or self._compiled(form_hash)
        return found

    def _cached(self, form_hash: str) -> FormDefinition | None:
        data = self._cache.get(f"{form_hash}.form")
        if data is None:
            return None
        from fieldkit.forms import load_definition

        try:
            return load_definition(data)
        except (FormError, ValueError):
            return None

    def _compiled(self, form_hash: str) -> FormDefinition:
        document = self._desk.document(record_name("form", form_hash))
        if document is None:
            shipped = next((info for info in self._all_shipped().values() if info.hash == form_hash), None)
            if shipped is None:
                raise FormError(
                    "FORMS-002",
                    _("The form of this visit is not here: {hash}").format(hash=form_hash[:12]),
                    hint=_("Import the bundle that carries it, or ask the sender for it."),
                    where={"hash": form_hash},
                )
            return self._compile(*self._shipped_source(shipped.form_id))
        return self._compile(str(shown(document, "xform") or "").encode(), self._media(document))

    def _media(self, document: Document) -> dict[str, bytes]:
        media: dict[str, bytes] = {}
        for field, heads in document["heads"].items():
            if field.startswith("media:") and isinstance(heads[0][3], dict):
                data = self._media_data(heads[0][3])
                if data is not None:
                    media[field.removeprefix("media:")] = data
        return media

    def _media_data(self, value: Mapping[str, Any]) -> bytes | None:
        if "base64" in value:
            try:
                return base64.b64decode(str(value["base64"]), validate=True)
            except (binascii.Error, ValueError):
                return None
        sha256, blobs = str(value.get("sha256", "")), self._adapters.blobs()
        if not blobs.exists(sha256):
            return None
        with blobs.open(sha256) as stream:
            return stream.read()

    def _compile(self, xform: bytes, media: Mapping[str, bytes]) -> FormDefinition:
        from fieldkit.forms import compile_xform

        definition = compile_xform(xform, media=media)
        self._definitions[definition.hash] = definition
        try:
            self._cache.put(f"{definition.hash}.form", definition.dump())
        except FormError:
            pass
        return definition

    # -- what comes with the product -------------------------------------------------------------

    def _all_shipped(self) -> dict[str, FormInfo]:
        if self._shipped is None:
            paths = self._adapters.shipped()
            stamp = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in paths]
            self._shipped = self._kept_index(stamp) or self._made_index(paths, stamp)
        return self._shipped

    def _shipped_info(self, form_id: str) -> FormInfo | None:
        """Return a shipped checklist; only this one is compiled where none is known yet."""
        if self._shipped is not None:
            return self._shipped.get(form_id)
        path = next((path for path in self._adapters.shipped() if path.stem == form_id), None)
        if path is None:
            return None
        xform = path.read_bytes()
        form_hash = hashlib.sha256(xform).hexdigest()
        definition = self._definitions.get(form_hash) or self._cached(form_hash) or self._compile(xform, {})
        self._definitions[form_hash] = definition
        self._shipped_xform[form_id] = (xform, {})
        return _info_of(definition, shipped=True)

    def _kept_index(self, stamp: Sequence[Sequence[Any]]) -> dict[str, FormInfo] | None:
        try:
            kept = json.loads(self._cache.get("shipped.json") or b"{}")
            if kept.get("stamp") != stamp:
                return None
            infos = [FormInfo(**{**entry, "languages": tuple(entry["languages"])}) for entry in kept["forms"]]
        except (ValueError, TypeError, KeyError):
            return None
        return {info.form_id: info for info in infos}

    def _made_index(self, paths: Sequence[Path], stamp: Sequence[Sequence[Any]]) -> dict[str, FormInfo]:
        infos: dict[str, FormInfo] = {}
        for path in paths:
            xform = path.read_bytes()
            info = _info_of(self._compile(xform, {}), shipped=True)
            self._shipped_xform[info.form_id] = (xform, {})
            infos[info.form_id] = info
        entries = [asdict(info) for info in infos.values()]
        self._cache.put("shipped.json", json.dumps({"stamp": stamp, "forms": entries}, ensure_ascii=False).encode())
        return infos

    def _shipped_source(self, form_id: str) -> tuple[bytes, Mapping[str, bytes]]:
        if form_id not in self._shipped_xform:
            path = next(path for path in self._adapters.shipped() if path.stem == form_id)
            self._shipped_xform[form_id] = (path.read_bytes(), {})
        return self._shipped_xform[form_id]


def _info_of(definition: FormDefinition, *, shipped: bool = False) -> FormInfo:
    return FormInfo(
        form_id=definition.form_id,
        version=definition.version,
        hash=definition.hash,
        title=definition.title,
        questions=definition.questions,
        languages=tuple(definition.languages),
        shipped=shipped,
    )
