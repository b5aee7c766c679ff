"""The journalled TinyDB: loses nothing that was acknowledged, and costs the same at the last record as at the first.

``open_store`` gives the ``Store`` of a workspace; ``docs/store-format.md`` describes its files and guarantees.

A workspace as a whole is sealed, repaired, restored by the functions of ``fieldkit.store.care``, which are not loaded
until they are needed.
"""

from __future__ import annotations

from fieldkit.store.engine import Options
from fieldkit.store.lock import Holder
from fieldkit.store.opening import open_store
from fieldkit.store.postings import IndexSpec
from fieldkit.store.workspace import KINDS, Store

__all__ = ["KINDS", "Holder", "IndexSpec", "Options", "Store", "open_store"]
