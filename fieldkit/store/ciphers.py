"""The cipher of a sealed workspace: AES-256-GCM, its key wrapped by a passphrase and by recovery words."""

from __future__ import annotations

import binascii
import hashlib
import os
import secrets
import unicodedata
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldkit.errors import StoreError
from fieldkit.i18n import _
from fieldkit.model.operation import Json
from fieldkit.store.words import KEY_BYTES, from_words, to_words

__all__ = ["RecordCipher", "Wrapped", "new_seal", "open_seal", "rewrap"]

_NONCE: Final = 12
_COST: Final = {"name": "scrypt", "n": 1 << 15, "r": 8, "p": 1}
"""About 34 MB and a tenth of a second; recorded in the workspace, so that it can rise later."""

Wrapped = dict[str, Json]
"""Member ``seal`` of ``workspace.json``."""


class RecordCipher:
    """Seals lines and files with keys derived from one data key.

    Attributes:
        salt: Secret bytes for keyed hashes of the sidecar.
    """

    def __init__(self, data_key: bytes) -> None:
        self.salt = _derive(data_key, b"salt")
        self._lines = AESGCM(_derive(data_key, b"lines"))
        self._raw = AESGCM(_derive(data_key, b"raw"))

    def seal(self, payload: bytes, context: bytes) -> bytes:
        """Return a payload as sealed text."""
        nonce = os.urandom(_NONCE)
        return binascii.b2a_base64(nonce + self._lines.encrypt(nonce, payload, context), newline=False)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return the payload of sealed text.

        Raises:
            StoreError: STORE-032, it was altered or belongs to another place or workspace.
        """
        try:
            data = binascii.a2b_base64(sealed)
            return self._lines.decrypt(data[:_NONCE], data[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise _altered() from error

    def seal_raw(self, data: bytes, context: bytes) -> bytes:
        """Return sealed bytes."""
        nonce = os.urandom(_NONCE)
        return nonce + self._raw.encrypt(nonce, data, context)

    def open_raw(self, data: bytes | memoryview, context: bytes) -> bytes:
        """Return the content of sealed bytes.

        Raises:
            StoreError: STORE-032, they were altered or belong elsewhere.
        """
        view = memoryview(data)
        try:
            return self._raw.decrypt(bytes(view[:_NONCE]), view[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise _altered() from error


def _altered() -> StoreError:
    return StoreError(
        "STORE-032",
        _("A sealed record was altered or belongs to another workspace"),
        hint=_("Make a copy of the folder, then restore a backup or run: fieldkit verify --repair"),
    )


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(b"fieldkit " + purpose, key=data_key, digest_size=32).digest()


def new_seal(workspace: str, passphrase: str) -> tuple[Wrapped, RecordCipher, list[str]]:
    """Make a data key and wrap it.

    Returns:
        What to keep in ``workspace.json``, the cipher, and the recovery words, which are kept nowhere.
    """
    data_key, recovery = secrets.token_bytes(32), secrets.token_bytes(KEY_BYTES)
    seal = _wrap(workspace, data_key, passphrase)
    seal["recovery"] = _encrypt(_recovery_key(recovery), data_key, workspace)
    return seal, RecordCipher(data_key), to_words(recovery)


def open_seal(workspace: str, seal: Wrapped, passphrase: str) -> RecordCipher:
    """Return the cipher for a passphrase, or for the twelve recovery words in its place.

    Raises:
        StoreError: STORE-031, neither fits.
    """
    return RecordCipher(_data_key(workspace, seal, passphrase))


def rewrap(workspace: str, seal: Wrapped, passphrase: str, new: str) -> Wrapped:
    """Return the seal for a new passphrase; data and recovery words stay as they are.

    Raises:
        StoreError: STORE-031, the passphrase is wrong.
    """
    data_key = _data_key(workspace, seal, passphrase)
    return {**seal, **_wrap(workspace, data_key, new)}


def _data_key(workspace: str, seal: Wrapped, passphrase: str) -> bytes:
    data_key = _decrypt(_passphrase_key(seal["kdf"], passphrase), seal["wrapped"], workspace)
    if data_key is None:
        data_key = _by_words(workspace, seal, passphrase)
    if data_key is None:
        raise StoreError(
            "STORE-031",
            _("The passphrase is wrong"),
            hint=_("Check the input method and capitals, or give the twelve recovery words instead."),
        )
    return data_key


def _by_words(workspace: str, seal: Wrapped, text: str) -> bytes | None:
    try:
        return _decrypt(_recovery_key(from_words(text)), seal["recovery"], workspace)
    except StoreError:
        return None


def _recovery_key(recovery: bytes) -> bytes:
    return hashlib.blake2b(b"fieldkit recovery", key=recovery, digest_size=32).digest()


def _wrap(workspace: str, data_key: bytes, passphrase: str) -> Wrapped:
    kdf: dict[str, Any] = {**_COST, "salt": secrets.token_hex(16)}
    wrapped = _encrypt(_passphrase_key(kdf, passphrase), data_key, workspace)
    return {"cipher": "AES-256-GCM", "kdf": kdf, "wrapped": wrapped}


def _passphrase_key(kdf: dict[str, Any], passphrase: str) -> bytes:
    text = unicodedata.normalize("NFKC", passphrase).encode()
    scrypt = Scrypt(salt=bytes.fromhex(kdf["salt"]), length=32, n=kdf["n"], r=kdf["r"], p=kdf["p"])
    return scrypt.derive(text)


def _encrypt(key: bytes, data: bytes, workspace: str) -> str:
    nonce = os.urandom(_NONCE)
    return (nonce + AESGCM(key).encrypt(nonce, data, workspace.encode())).hex()


def _decrypt(key: bytes, wrapped: str, workspace: str) -> bytes | None:
    data = bytes.fromhex(wrapped)
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], workspace.encode())
    except InvalidTag:
        return None
