"""What two people compare to be sure that they hold the same bundle: eight digits, and one QR text."""

from __future__ import annotations

import hashlib
import re

from msgspec import Struct

from fieldkit.errors import SyncError
from fieldkit.i18n import _
from fieldkit.sync.bundle import Built, Bundle

__all__ = ["Summary", "agrees", "check_digits", "parse_summary", "summary_of"]

_TEXT = re.compile(r"FIELDKIT1/([0-9A-F]{64})/(\d{1,9})/(\d{1,9})/(\d{1,9})")
_DIGITS = re.compile(r"(\d{4})[-\s]?(\d{4})")


class Summary(Struct, frozen=True):
    """The digest and the counts of a bundle.

    Attributes:
        sha256: Hash of the file.
        operations: Number of operations.
        records: Number of records.
        size: Bytes of the file.
    """

    sha256: str
    operations: int
    records: int
    size: int

    @property
    def text(self) -> str:
        """Return the text of the QR code: capitals only, so that the code stays small."""
        return f"FIELDKIT1/{self.sha256.upper()}/{self.operations}/{self.records}/{self.size}"

    @property
    def digits(self) -> str:
        """Return the eight digits, ``1234-5678``."""
        return check_digits(bytes.fromhex(self.sha256))


def check_digits(content: bytes) -> str:
    """Return eight digits of some bytes, ``1234-5678``, to be read aloud and compared."""
    number = int.from_bytes(hashlib.sha256(b"fieldkit check digits" + content).digest()[:8], "big") % 10**8
    return f"{number // 10**4:04d}-{number % 10**4:04d}"


def summary_of(bundle: Built | Bundle) -> Summary:
    """Return the summary of a bundle."""
    size = len(bundle.data) if isinstance(bundle, Built) else bundle.size
    manifest = bundle.manifest
    return Summary(bundle.sha256, manifest.operations, sum(manifest.records.values()), size)


def parse_summary(text: str) -> Summary:
    """Return the summary of a QR text as a scanner gives it; spaces and line ends around it do no harm.

    Raises:
        SyncError: SYNC-020, the text is none.
    """
    found = _TEXT.fullmatch("".join(text.split()).upper())
    if found is None:
        raise SyncError(
            "SYNC-020",
            _("This is not the text of a bundle's code"),
            hint=_("Paste the whole text that the scanner shows; it begins with FIELDKIT1, or type the 8 digits."),
        )
    sha256, operations, records, size = found.groups()
    return Summary(sha256.lower(), int(operations), int(records), int(size))


def agrees(pasted: str, summary: Summary) -> bool:
    """Tell whether pasted text, or eight typed digits, belongs to this bundle.

    Raises:
        SyncError: SYNC-020, it is neither.
    """
    digits = _DIGITS.fullmatch(pasted.strip())
    if digits:
        return "-".join(digits.groups()) == summary.digits
    return parse_summary(pasted) == summary
