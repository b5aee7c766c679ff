"""A bundle: operations as JSON lines, compressed, under a signed manifest that pins them by hash.

The bytes are described in ``docs/bundle-format.md``: line 1 is a JSON object with the manifest as a text and
the signature over it, the rest is one compressed frame. A sealed bundle is the same bytes inside age.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.model.clock import ZERO_HLC
from fieldkit.model.ids import kind_of
from fieldkit.model.operation import Operation, from_json, order_key, to_json
from fieldkit.sync import strictjson
from fieldkit.sync.codec import INFLATED_LIMIT, Codec, deflate, inflate
from fieldkit.sync.coverage import ranges_of
from fieldkit.sync.manifest import (
    BUNDLE_TYPE,
    Manifest,
    Signer,
    Verify,
    parse_manifest,
    sign_envelope,
    verify_envelope,
)

__all__ = [
    "FILE_LIMIT",
    "READ_LIMIT",
    "SEALED",
    "SUFFIX",
    "Built",
    "Bundle",
    "Context",
    "Rejected",
    "build",
    "is_sealed",
    "open_bundle",
]

FILE_LIMIT = 4 << 20
"""Bytes of a bundle file; an export writes as many files as it needs."""
READ_LIMIT = FILE_LIMIT + (64 << 10)
"""Bytes of a file that is read: sealing adds a little."""
SUFFIX = ".fkb"
"""Ending of a bundle's file name; before it stands the SHA-256 of the file."""
SEALED = b"age-encryption.org/v1"
"""Beginning of a sealed bundle."""

_FIRST_LINE_LIMIT = 2 << 20
_SPLIT_AT = 24 << 20
_COUNT_LIMIT = 1_000_000
_HASH_NAME = re.compile(r"[0-9a-f]{64}")


class Context(Struct, frozen=True):
    """What an export says beside its operations.

    Attributes:
        device: Id of the exporting device.
        vector: What this device holds without gaps.
        signer: Signs the bundle; None leaves it unsigned.
        seal: Encrypts the bundle to its recipients; None leaves it readable.
        campaigns: Campaigns that the operations belong to.
        checklists: Hashes of the forms that the visits refer to.
        evidence: Hash and size of the files that travel beside it.
        codec: How the body is compressed.
        recipient: Key that answers to this device are sealed to, or empty.
    """

    device: str
    vector: Mapping[str, int]
    signer: Signer | None = None
    seal: Callable[[bytes], bytes] | None = None
    campaigns: tuple[str, ...] = ()
    checklists: tuple[str, ...] = ()
    evidence: tuple[tuple[str, int], ...] = ()
    codec: Codec = "zstd"
    recipient: str = ""


class Built(Struct, frozen=True):
    """A bundle ready to be written.

    Attributes:
        data: The bytes of the file.
        sha256: Their hash, which names the file.
        manifest: What is in it.
    """

    data: bytes
    sha256: str
    manifest: Manifest

    @property
    def name(self) -> str:
        """Return the file name."""
        return self.sha256 + SUFFIX


class Rejected(Struct, frozen=True):
    """A line of a bundle that is no operation; the other lines are not touched.

    Attributes:
        line: Number of the line in the body, from 1.
        code: Code of the error.
        reason: What is wrong with it.
    """

    line: int
    code: str
    reason: str


class Bundle(Struct, frozen=True):
    """A bundle that was read and whose hashes and signature are right.

    Attributes:
        sha256: Hash of the file.
        manifest: What it says about itself.
        operations: Its operations, in the order of the file.
        rejected: Lines that are no operations.
        key: Public key that signed it, None when it is unsigned.
        sealed: True where it was encrypted.
        size: Bytes of the file.
        is_known: True where the body was not read since everything in it is here.
    """

    sha256: str
    manifest: Manifest
    operations: tuple[Operation, ...]
    rejected: tuple[Rejected, ...]
    key: bytes | None
    sealed: bool
    size: int
    is_known: bool = False


def is_sealed(data: bytes) -> bool:
    """Tell whether bytes are a bundle encrypted with age."""
    return data.startswith(SEALED)


def build(operations: Iterable[Operation], context: Context) -> list[Built]:
    """Return the bundles that carry these operations, in causal order, none when there are no operations.

    Raises:
        SyncError: SYNC-002, one single operation does not fit into a bundle.
    """
    ordered = sorted(operations, key=order_key)
    lines = [strictjson.compact(to_json(operation)).encode("utf-8") + b"\n" for operation in ordered]
    built: list[Built] = []
    start = size = 0
    for index, line in enumerate(lines):
        if size + len(line) > _SPLIT_AT and index > start:
            built += _fitting(ordered[start:index], lines[start:index], context)
            start, size = index, 0
        size += len(line)
    if ordered:
        built += _fitting(ordered[start:], lines[start:], context)
    return built


def open_bundle(
    data: bytes,
    *,
    name: str = "",
    verify: Verify | None = None,
    unseal: Callable[[bytes], bytes] | None = None,
    holds: Callable[[str, int], bool] | None = None,
) -> Bundle:
    """Return the bundle of a file's bytes after every check that needs no store.

    Args:
        data: The whole file.
        name: Its name; where that is a hash the content must agree.
        verify: Checks signatures.
        unseal: Decrypts with this workspace's keys.
        holds: Tells whether an operation is here; where all that the manifest announces are, the body is
            checked by its hash and not read.

    Raises:
        SyncError: SYNC-002 to SYNC-009 and SYNC-011 to SYNC-015, each with its reason and next step.
    """
    if len(data) > READ_LIMIT:
        raise _too_big(len(data))
    sha256 = hashlib.sha256(data).hexdigest()
    sealed = is_sealed(data)
    try:
        plain = _unsealed(data, unseal) if sealed else data
        manifest, key, body = _checked(plain, verify)
    except SyncError as error:
        error.where.setdefault("bundle", name or sha256)
        raise
    _check_name(name, sha256)
    if holds is not None and _all_held(manifest, holds):
        return Bundle(sha256, manifest, (), (), key, sealed, len(data), is_known=True)
    text = inflate(body, manifest.codec, manifest.inflated_bytes)
    operations, rejected = _operations(text)
    if len(operations) + len(rejected) != manifest.operations:
        raise _altered(_("it holds {found} operations, the manifest says {stated}").format(
            found=len(operations) + len(rejected), stated=manifest.operations
        ))  # fmt: skip
    return Bundle(sha256, manifest, tuple(operations), tuple(rejected), key, sealed, len(data))


def _all_held(manifest: Manifest, holds: Callable[[str, int], bool]) -> bool:
    """Tell whether the announced ranges have just as many operations as are counted, and all are here."""
    pairs = [(device, first, last) for device, pairs in manifest.ranges.items() for first, last in pairs]
    if not 0 < manifest.operations <= _COUNT_LIMIT:
        return False
    if sum(last - first + 1 for _device, first, last in pairs) != manifest.operations:
        return False
    return all(holds(device, seq) for device, first, last in pairs for seq in range(first, last + 1))


def _fitting(operations: Sequence[Operation], lines: Sequence[bytes], context: Context) -> list[Built]:
    built = _built(operations, lines, context)
    if len(built.data) <= FILE_LIMIT:
        return [built]
    if len(operations) == 1:
        raise SyncError(
            "SYNC-002",
            _("One value of {record} is too large for a bundle: {size} bytes").format(
                record=operations[0].record, size=len(lines[0])
            ),
            hint=_("Attach large content as a file; files travel beside the bundles."),
            where={"record": operations[0].record, "field": operations[0].field},
        )
    half = len(operations) // 2
    return _fitting(operations[:half], lines[:half], context) + _fitting(operations[half:], lines[half:], context)


def _built(operations: Sequence[Operation], lines: Sequence[bytes], context: Context) -> Built:
    text = b"".join(lines)
    body = deflate(text, context.codec)
    records = Counter(kind_of(record) for record in {operation.record for operation in operations})
    manifest = Manifest(
        device=context.device,
        ranges=ranges_of((operation.device, operation.seq) for operation in operations),
        vector=dict(sorted(context.vector.items())),
        operations=len(operations),
        records=dict(sorted(records.items())),
        last=operations[-1].hlc if operations else ZERO_HLC,
        codec=context.codec,
        body_sha256=hashlib.sha256(body).hexdigest(),
        body_bytes=len(body),
        inflated_bytes=len(text),
        campaigns=context.campaigns,
        checklists=context.checklists,
        evidence=context.evidence,
        recipient=context.recipient,
    )
    envelope = sign_envelope(BUNDLE_TYPE, "manifest", strictjson.compact(manifest.to_json()), context.signer)
    data = strictjson.compact(envelope).encode("utf-8") + b"\n" + body
    if context.seal is not None:
        data = context.seal(data)
    return Built(data, hashlib.sha256(data).hexdigest(), manifest)


def _unsealed(data: bytes, unseal: Callable[[bytes], bytes] | None) -> bytes:
    if unseal is None:
        raise SyncError(
            "SYNC-014",
            _("The bundle is sealed, and this workspace has no key that opens it"),
            hint=_("Import it at the office it was sealed for."),
        )
    plain = unseal(data)
    if len(plain) > READ_LIMIT:
        raise _too_big(len(plain))
    return plain


def _checked(data: bytes, verify: Verify | None) -> tuple[Manifest, bytes | None, bytes]:
    """Return manifest, signing key and the body that the manifest pins."""
    envelope, body = _envelope(data)
    text, key = verify_envelope(envelope, BUNDLE_TYPE, "manifest", verify)
    manifest = parse_manifest(text)
    if manifest.inflated_bytes > INFLATED_LIMIT:
        inflate(b"", manifest.codec, manifest.inflated_bytes)
    if len(body) < manifest.body_bytes:
        raise SyncError(
            "SYNC-005",
            _("The bundle is cut off: {found} of {stated} bytes are there").format(
                found=len(body), stated=manifest.body_bytes
            ),
            hint=_("Copy the file again; nothing of it was imported."),
        )
    if len(body) != manifest.body_bytes or hashlib.sha256(body).hexdigest() != manifest.body_sha256:
        raise _altered(_("its content does not match its manifest"))
    return manifest, key, body


def _envelope(data: bytes) -> tuple[Mapping[str, Any], bytes]:
    end = data.find(b"\n", 0, _FIRST_LINE_LIMIT)
    if not data.startswith(b"{"):
        raise _no_bundle()
    if end < 0:
        raise SyncError(
            "SYNC-005",
            _("The bundle is cut off in its first line"),
            hint=_("Copy the file again; nothing of it was imported."),
        )
    try:
        envelope = strictjson.parse(data[:end].decode("utf-8"), place="line 1")
    except (UnicodeDecodeError, SyncError) as error:
        raise _altered(_("its first line is not readable")) from error
    if not isinstance(envelope, Mapping) or envelope.get("type") != BUNDLE_TYPE:
        raise _no_bundle()
    return envelope, data[end + 1 :]


def _operations(text: bytes) -> tuple[list[Operation], list[Rejected]]:
    operations: list[Operation] = []
    rejected: list[Rejected] = []
    seen: set[tuple[str, int]] = set()
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line:
            continue
        try:
            operation = from_json(strictjson.parse(line.decode("utf-8"), place=f"line {number}"))
        except UnicodeDecodeError:
            rejected.append(Rejected(number, "SYNC-011", _("not UTF-8")))
        except SyncError as error:
            rejected.append(Rejected(number, error.code, error.message))
        else:
            if (operation.device, operation.seq) in seen:
                rejected.append(Rejected(number, "SYNC-012", _("its number is used twice")))
                continue
            seen.add((operation.device, operation.seq))
            operations.append(operation)
    return operations, rejected


def _check_name(name: str, sha256: str) -> None:
    stem = name.rsplit("/", 1)[-1].removesuffix(SUFFIX)
    if _HASH_NAME.fullmatch(stem) and stem != sha256:
        raise SyncError(
            "SYNC-004",
            _("The file is not what its name says: its hash is {sha256}").format(sha256=sha256),
            hint=_("It was altered or copied badly. Copy it again from the sender."),
            where={"bundle": name},
        )


def _too_big(size: int) -> SyncError:
    return SyncError(
        "SYNC-002",
        _("The file is larger than a bundle may be: {size} bytes").format(size=size),
        hint=_("Fieldkit splits exports at 4 MiB. This is another file, or it was altered."),
        where={"bytes": size},
    )


def _altered(reason: str) -> SyncError:
    return SyncError(
        "SYNC-006",
        _("The bundle was altered: {reason}").format(reason=reason),
        hint=_("Do not use it. Copy it again from the sender, and compare the eight digits."),
    )


def _no_bundle() -> SyncError:
    return SyncError(
        "SYNC-003",
        _("This is no Fieldkit bundle"),
        hint=_("Bundles end in .fkb and begin with a JSON line."),
    )
