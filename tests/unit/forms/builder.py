"""Builds small XForms for tests: an instance, binds and a body, without the ceremony around them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from zoneinfo import ZoneInfo

from fieldkit.forms import Form, FormDefinition, FormEnvironment, compile_xform

__all__ = ["environment", "live", "table", "xform"]

_HEAD = (
    '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"'
    ' xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms"'
    ' xmlns:odk="http://www.opendatakit.org/xforms" xmlns:fk="urn:fieldkit:xf"><h:head><h:title>T</h:title><model>'
)


def xform(instance: str, binds: str = "", body: str = "", *, more: str = "", itext: str = "") -> bytes:
    """Return an XForm: the root's children, its binds, its body, and what else stands in the model."""
    text = (
        f'{_HEAD}{itext}<instance><data id="t" version="1">{instance}</data></instance>{more}{binds}'
        f"</model></h:head><h:body>{body}</h:body></h:html>"
    )
    return text.encode("utf-8")


def table(lines: str) -> bytes:
    """Return an XForm after lines ``name | type | key=value; key=value``; all nodes lie in the root."""
    instance, binds, body = "", "", ""
    for line in lines.strip().splitlines():
        name, kind, *rest = [cell.strip() for cell in line.split("|")]
        pairs = [part.split("=", 1) for part in (rest[0].split(";;") if rest and rest[0] else [])]
        attributes = "".join(f' {key.strip()}="{_escaped(value.strip())}"' for key, value in pairs)
        instance += f"<{name}/>"
        binds += f'<bind nodeset="/data/{name}" type="{kind}"{attributes}/>'
        if "calculate" not in attributes:
            body += f'<input ref="/data/{name}"><label>{name}</label></input>'
    return xform(instance, binds, body)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def environment(*, properties: dict[str, str] | None = None, last_saved: str = "") -> FormEnvironment:
    """Return a device whose clock stands still and whose chance is known."""
    numbers = count(1)
    return FormEnvironment(
        clock=lambda: datetime(2025, 6, 15, 17, 34, 56, 789000, tzinfo=UTC),
        timezone=ZoneInfo("Asia/Shanghai"),
        random=lambda: 0.25,
        uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
        properties=properties or {},
        last_saved=last_saved,
    )


def live(xml: bytes | FormDefinition, *, media: dict[str, bytes] | None = None, language: str | None = None) -> Form:
    """Return a fresh live form."""
    definition = xml if isinstance(xml, FormDefinition) else compile_xform(xml, media=media)
    return Form.new(definition, environment(), language=language)
