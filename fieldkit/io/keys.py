"""Keys that sign: Ed25519, for a device or an office."""

from __future__ import annotations

import base64
import secrets

from fieldkit.errors import SyncError
from fieldkit.i18n import _

__all__ = ["SigningKey", "verify"]

_SEED_BYTES = 32


class SigningKey:
    """A private Ed25519 key.

    Attributes:
        public: The public key, 32 bytes.
    """

    __slots__ = ("_key", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric import ed25519

        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def new(cls) -> SigningKey:
        """Return a new key made of the system's randomness."""
        return cls(secrets.token_bytes(_SEED_BYTES))

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Return a key from its stored text.

        Raises:
            SyncError: SYNC-021, the text is none.
        """
        try:
            return cls(base64.b64decode(text.encode("ascii"), validate=True))
        except ValueError as error:
            raise SyncError(
                "SYNC-021",
                _("The stored key of this workspace is damaged"),
                hint=_("Restore the workspace from a backup, or make a new key and let the office trust it."),
            ) from error

    def to_text(self) -> str:
        """Return the private key as text, to be kept in the workspace and nowhere else."""
        return base64.b64encode(self._seed).decode("ascii")

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, 64 bytes."""
        return self._key.sign(message)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature of a message was made with the private key of ``public``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ed25519

    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
