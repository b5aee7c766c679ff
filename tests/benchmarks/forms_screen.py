"""What a person waits for: a key in a long list, and a workbook's way to its first question."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from fieldkit.widgets.picker import Matcher, PickRow
from tests.benchmarks.report import Goal, Row

__all__ = ["opening_rows", "type_ahead_rows"]

ROOT = Path(__file__).resolve().parents[2]
_WORDS = ("village 4999", "V4999", "柳林村 7", "liulin", "llc", "4")
_HEAVY = ("pyxform", "openpyxl")


def type_ahead_rows(*, quick: bool) -> list[Row]:
    """Return how long one key takes in a list of many rows: part of a label, a code, pinyin, initials."""
    count = 5_000 if quick else 50_000
    rows = [
        PickRow(f"Village {number}" if number % 2 else f"柳林村 {number}", f"v{number}", f"v{number}")
        for number in range(count)
    ]
    start = time.perf_counter()
    matcher = Matcher(rows)
    matcher.find("")
    opened = (time.perf_counter() - start) * 1000
    keys: list[float] = []
    for word in _WORDS:
        for size in range(1, len(word) + 1):
            start = time.perf_counter()
            matcher.find(word[:size])
            keys.append((time.perf_counter() - start) * 1000)
    note = f"{len(keys)} keys of {len(_WORDS)} searches; median {statistics.median(keys):.3g} ms"
    return [
        Row(f"type-ahead over {count} rows, slowest key", "ms", max(keys), goal=Goal("<=", 20, "ours"), note=note),
        Row(f"type-ahead over {count} rows, opening the list", "ms", opened),
    ]


def opening_rows(shared: Path, *, quick: bool) -> list[Row]:
    """Return how long a workbook takes to its first question in a fresh process, and what a cached form imports."""
    rows = []
    paths = [shared / "forms/bench/whova2022.xlsx", *sorted((shared / "checklists").glob("*.xlsx"))[:1]]
    for path in (path for path in paths if path.exists()):
        runs = [_child("workbook", path) for _ in range(1 if quick else 3)]
        took = statistics.median(run["took"] for run in runs)
        note = (
            f"conversion {statistics.median(run['converted'] for run in runs):.3g} ms of it, pyxform's import included"
        )
        rows.append(Row(f"XLSForm to first question, {path.stem}", "ms", took, note=note))
        cached = _child("cached", path)
        rows.append(
            Row(f"cached form to first question, {path.stem}", "ms", cached["took"], note="engine's imports included")
        )
        rows.append(Row("pyxform and openpyxl imported by it", "count", cached["heavy"], goal=Goal("==", 0, "ours")))
    return rows


def _child(job: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, job, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _workbook(path: Path) -> dict[str, float]:
    start = time.perf_counter()
    from fieldkit.io.xlsform import convert

    conversion = convert(path)
    converted = time.perf_counter() - start
    from fieldkit.forms import Form, compile_xform
    from tests.builders.checklists import environment

    assert conversion.xform is not None
    form = Form.new(compile_xform(conversion.xform, media=conversion.media), environment())
    _first_question(form)
    return {"took": (time.perf_counter() - start) * 1000, "converted": converted * 1000}


def _cached(path: Path) -> dict[str, float]:
    # Compiled in a process of its own: what this one imports is what opening needs.
    code = (
        "import sys; from fieldkit.io.xlsform import convert; from fieldkit.forms import compile_xform\n"
        "made = convert(sys.argv[1])\n"
        "sys.stdout.buffer.write(compile_xform(made.xform, media=made.media).dump())\n"
    )
    data = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True, cwd=ROOT).stdout
    start = time.perf_counter()
    from fieldkit.forms import Form, load_definition
    from tests.builders.checklists import environment

    _first_question(Form.new(load_definition(data), environment()))
    took = (time.perf_counter() - start) * 1000
    return {"took": took, "heavy": sum(name in sys.modules for name in _HEAVY)}


def _first_question(form: object) -> str:
    from fieldkit.forms import Form

    assert isinstance(form, Form)
    node = next(node for node in form.nodes() if node.kind == "question" and node.relevant)
    return node.label + node.hint + "".join(choice.label for choice in node.choices())


if __name__ == "__main__":
    print(json.dumps({"workbook": _workbook, "cached": _cached}[sys.argv[1]](Path(sys.argv[2]))))
