"""The journalled TinyDB: loses nothing that was acknowledged, and costs the same at the last record as at the first.

``open_store`` gives the ``Store`` of a workspace; ``docs/store-format.md`` describes its files and guarantees.
"""

from __future__ import annotations

from fieldkit.store.engine import Options
from fieldkit.store.lock import Holder
from fieldkit.store.postings import IndexSpec
from fieldkit.store.workspace import KINDS, Store, open_store

__all__ = ["KINDS", "Holder", "IndexSpec", "Options", "Store", "open_store"]
