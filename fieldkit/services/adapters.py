"""Ways to the outside that the services are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from fieldkit.ports.blobs import BlobStore, PhotoCleaner
from fieldkit.ports.bundles import BundleFiles
from fieldkit.ports.forms import FormConverter
from fieldkit.ports.register import SubjectFiles

__all__ = ["Adapters"]


class Adapters(Struct, frozen=True):
    """Ways to the outside, each made when it is first used."""

    blobs: Callable[[], BlobStore]
    converter: Callable[[], FormConverter]
    subject_files: Callable[[], SubjectFiles]
    cleaner: Callable[[], PhotoCleaner]
    bundles: Callable[[], BundleFiles]
    opener: Callable[[Path], None]
    """Opens a file with the program of the system."""
    store_report: Callable[..., dict[str, Any]]
    """Verifies, repairs or backs up the store: called with the name of the job."""
    shipped: Callable[[], Sequence[Path]]
    """Checklists that come with the product."""
    crypto: Callable[[], Any]
    """Signing, sealing and the files of evidence beside bundles."""
    codes: Callable[[], Any]
    """Pictures of QR codes: written, and read back."""
    openrosa: Callable[[], Any]
    """Files and servers of the OpenRosa family."""
    drop: Callable[..., Any]
    """Opens a drop on a server by its address and what keeps the keys of servers."""
    is_address: Callable[[str], bool]
    """Tells the address of a server from a path."""
