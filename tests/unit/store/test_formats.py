"""Workspaces that released versions wrote open for ever, with the same content."""

from __future__ import annotations

import shutil
from pathlib import Path

from fieldkit.model.document import digest, shown
from fieldkit.store import open_store

FORMAT_1 = Path(__file__).parent / "format1"


def test_a_workspace_of_format_1_opens(tmp_path: Path) -> None:
    """Two segments of lines, definitions, groups, causes, unknown members and plain documents."""
    home = tmp_path / "home"
    shutil.copytree(FORMAT_1, home)
    with open_store(home) as store:
        assert store.problems == []
        operations = list(store.operations())
        assert len(operations) == 23
        assert operations[6].cause == "undo x"
        assert operations[8].extra == {"later": [1]}
        assert operations[10].prev == (operations[7].id,)
        assert shown(store.document("visit/v2"), "answer:demo:/data/q0") == "值 20"
        assert store.vector()["b" * 16] == 3
        assert store.table("outbox").all() == [{"n": 1, "seen": True}]
        assert store.table("outbox").insert({}) == 3
        state = digest(document for kind in store.kinds() for document in store.documents(kind))
        assert state == (FORMAT_1 / "digest.txt").read_text(encoding="utf-8").strip()
