"""Sealing to one or more recipients with age (X25519), readable by the standard ``age`` program."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkit.errors import SyncError
from fieldkit.i18n import _

if TYPE_CHECKING:
    from pyrage import x25519

__all__ = [
    "check_recipient",
    "new_identity",
    "prove",
    "prove_recipient",
    "recipient_of",
    "seal",
    "seal_file",
    "sealer",
    "unseal",
    "unseal_file",
    "unsealer",
]


def new_identity() -> tuple[str, str]:
    """Return a new private identity (``AGE-SECRET-KEY-1…``) and its recipient (``age1…``), proven to work.

    Raises:
        SyncError: SYNC-023, what was sealed could not be opened.
    """
    from pyrage import x25519

    identity = x25519.Identity.generate()
    text = str(identity)
    prove(text)
    return text, str(identity.to_public())


def recipient_of(identity: str) -> str:
    """Return the recipient of a private identity.

    Raises:
        SyncError: SYNC-021, the identity is damaged.
    """
    return str(_identity(identity).to_public())


def check_recipient(recipient: str) -> str:
    """Return a recipient as it is written, refused where it is none.

    Raises:
        SyncError: SYNC-022, it is no age recipient.
    """
    return str(_recipient(recipient))


def prove(identity: str) -> None:
    """Seal something small and open it again, before anything real is sealed.

    Raises:
        SyncError: SYNC-023, it does not come back.
    """
    _try(identity, [recipient_of(identity)])


def prove_recipient(recipient: str) -> None:
    """Seal something small to a recipient and to a key that lives only here, and open it with that key.

    Only the recipient can open what is sealed to it alone; this shows all that can be shown without it: that the
    recipient is one, and that what is sealed to it as well comes back whole.

    Raises:
        SyncError: SYNC-022 it is no recipient, SYNC-023 what was sealed does not come back.
    """
    from pyrage import x25519

    identity = str(x25519.Identity.generate())
    _try(identity, [recipient, recipient_of(identity)])


def _try(identity: str, recipients: Sequence[str]) -> None:
    sample = secrets.token_bytes(48)
    sealed = seal(sample, recipients)
    try:
        proven = sample not in sealed and unseal(sealed, [identity]) == sample
    except SyncError as error:
        raise _unproven() from error
    if not proven:
        raise _unproven()


def seal(data: bytes, recipients: Sequence[str]) -> bytes:
    """Return bytes that any one of the recipients can open, and nobody else, the sender included.

    Raises:
        SyncError: SYNC-022, a recipient is none, or there is none at all.
    """
    import pyrage

    sealed: bytes = pyrage.encrypt(data, _recipients(recipients))
    return sealed


def unseal(data: bytes, identities: Sequence[str]) -> bytes:
    """Return the bytes that were sealed to one of these identities.

    Raises:
        SyncError: SYNC-014, none of them opens it, or it is cut off or altered.
    """
    import pyrage

    try:
        opened: bytes = pyrage.decrypt(data, [_identity(text) for text in identities])
    except pyrage.DecryptError as error:
        raise _closed() from error
    return opened


def seal_file(source: Path, target: Path, recipients: Sequence[str]) -> None:
    """Seal a file of any size into another one.

    Raises:
        SyncError: SYNC-022, a recipient is none, or there is none at all.
        OSError: A file cannot be read or written.
    """
    import pyrage

    with source.open("rb") as reader, target.open("wb") as writer:
        pyrage.encrypt_io(reader, writer, _recipients(recipients))


def unseal_file(source: Path, target: Path, identities: Sequence[str]) -> None:
    """Open a sealed file of any size into another one.

    Raises:
        SyncError: SYNC-014, none of the identities opens it, or it is cut off or altered.
        OSError: A file cannot be read or written.
    """
    import pyrage

    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            pyrage.decrypt_io(reader, writer, [_identity(text) for text in identities])
    except pyrage.DecryptError as error:
        raise _closed() from error


def sealer(recipients: Sequence[str]) -> Callable[[bytes], bytes]:
    """Return the function that seals to these recipients."""
    return functools.partial(seal, recipients=tuple(recipients))


def unsealer(identities: Sequence[str]) -> Callable[[bytes], bytes]:
    """Return the function that opens what was sealed to these identities."""
    return functools.partial(unseal, identities=tuple(identities))


def _recipients(recipients: Sequence[str]) -> list[x25519.Recipient]:
    if not recipients:
        raise SyncError(
            "SYNC-022",
            _("There is nobody to seal to"),
            hint=_("Trust the office's card first, or give --recipient."),
        )
    return [_recipient(text) for text in recipients]


def _recipient(text: str) -> x25519.Recipient:
    import pyrage

    try:
        return pyrage.x25519.Recipient.from_str(text.strip().lower())
    except pyrage.RecipientError as error:
        raise SyncError(
            "SYNC-022",
            _("This is no key to seal to: {text}").format(text=text[:80]),
            hint=_("A recipient begins with age1 and has 62 characters; take it from the office's card."),
            where={"recipient": text[:80]},
        ) from error


def _identity(text: str) -> x25519.Identity:
    import pyrage

    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError as error:
        raise SyncError(
            "SYNC-021",
            _("The stored key of this workspace is damaged"),
            hint=_("Restore the workspace from a backup, or make a new key and let the office trust it."),
        ) from error


def _unproven() -> SyncError:
    return SyncError(
        "SYNC-023",
        _("A test with the new key failed: what was sealed could not be opened"),
        hint=_("Do not use this key. Make another one, and report the fault."),
    )


def _closed() -> SyncError:
    return SyncError(
        "SYNC-014",
        _("The sealed file cannot be opened here: it is sealed for somebody else, cut off, or altered"),
        hint=_("Import it at the office it was sealed for; if this is that office, copy the file again."),
    )
