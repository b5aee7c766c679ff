"""The wheel that we ship works from any folder: ``python -m tests.wheel DIST`` installs and uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def _run(command: list[str], folder: Path, home: Path) -> str:
    environment = {**os.environ, "FIELDKIT_HOME": str(home), "PYTHONUTF8": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main(arguments: list[str]) -> int:
    """Install the newest wheel into an empty environment and run the product from another folder."""
    wheel = max(Path(arguments[0]).glob("*.whl"), key=lambda path: path.stat().st_mtime).resolve()
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("fieldkit/data/states.json", "fieldkit/data/codes.tsv", "fieldkit/data/checklists/branch_std.xlsx"):
        if name not in names:
            raise SystemExit(f"{name} is not in {wheel.name}")
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        venv.create(folder / "env", with_pip=True)
        scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        pip = [str(scripts / "python"), "-m", "pip", "install", "-q"]
        _run([*pip, "-c", str(ROOT / "constraints.txt"), str(wheel)], folder, folder)
        made = _run([str(scripts / "fieldkit"), "demo", "--no-open", "--json"], folder, folder / "home")
        if not json.loads(made)["visits"]:
            raise SystemExit("the demo of the installed wheel has no visits")
        listed = json.loads(_run([str(scripts / "fieldkit"), "form", "list", "--json"], folder, folder / "home"))
    print(f"{wheel.name}: installed, demo made, {len(listed)} forms listed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
