"""ODK's JavaScript engine as the peer: installed once into a cache folder, then asked through one script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["NAME", "PeerMissingError", "PeerRun", "Step", "ask", "prepare"]

NAME = "@getodk/xforms-engine 0.22.0"
PACKAGES = ("@getodk/xforms-engine@0.22.0", "jsdom@24")
Step = tuple[str, str, str]
"""``("answer", ref, value)``, ``("choices", ref, "")``, ``("add", ref, "")`` or ``("remove", ref[n], "")``."""

_SCRIPT = Path(__file__).with_name("forms_peer.mjs")


class PeerMissingError(Exception):
    """The peer cannot run on this machine."""


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What the peer reports.

    Attributes:
        loads: Milliseconds of each load; the first one in the process comes first.
        times: Milliseconds of each step that there was time for, None where it had no such node.
        cpu: CPU milliseconds of these steps together.
        rss: Resident bytes with the form ready.
        state: Value, relevance and violated condition by reference.
    """

    loads: list[float]
    times: list[float | None]
    cpu: float
    rss: int
    state: dict[str, tuple[str, bool, str | None]]


def _folder() -> Path:
    base = os.environ.get("FIELDKIT_BENCH_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "fieldkit-bench"


def prepare() -> Path:
    """Install the peer with npm where it is not there yet and return its folder.

    Raises:
        PeerMissingError: Without node 20 or newer, npm or a registry.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise PeerMissingError("node and npm are needed for the peer")
    folder = _folder()
    if (folder / "node_modules/@getodk/xforms-engine/dist/index.js").exists() and (
        folder / "node_modules/jsdom"
    ).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise PeerMissingError(f"npm could not install the peer: {done.stderr.strip()[-300:]}")
    return folder


def ask(
    folder: Path,
    form: bytes,
    script: Sequence[Step] = (),
    *,
    media: Mapping[str, bytes] | None = None,
    rounds: int = 3,
    seconds: int = 240,
) -> PeerRun:
    """Let the peer load a form and run a script of steps, as far as its time reaches.

    Args:
        folder: Where the peer is installed.
        form: The XForm.
        script: What to do with it.
        media: Attachments by address.
        rounds: Most loads.
        seconds: After so many it is ended; loads and steps get a share of it each.

    Raises:
        PeerMissingError: The peer failed on this form; the message is its own.
    """
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        (base / "form.xml").write_bytes(form)
        files = {}
        for number, (address, data) in enumerate((media or {}).items()):
            path = base / f"{number}-{address.rpartition('/')[2]}"
            path.write_bytes(data)
            files[address] = str(path)
        target = base / "report.json"
        job = {
            "form": str(base / "form.xml"),
            "media": files,
            "rounds": rounds,
            "loadSeconds": seconds // 12,
            "stepSeconds": seconds // 4,
            "script": list(script),
            "report": str(target),
        }
        (base / "job.json").write_text(json.dumps(job), encoding="utf-8")
        command = ["node", "--expose-gc", "--max-old-space-size=4000", str(_SCRIPT), str(base / "job.json")]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            raise PeerMissingError(f"the peer took more than {seconds} s") from error
        if done.returncode != 0:
            raise PeerMissingError(f"the peer failed: {done.stderr.strip()[-400:]}")
        report: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if "failure" in report:
        raise PeerMissingError(f"the peer fails on this form: {report['failure'][:300]}")
    state = {
        ref: (str(value), bool(relevant), violation) for ref, (value, relevant, violation) in report["state"].items()
    }
    return PeerRun(report["loads"], report["times"], report["cpu"], report["rss"], state)
