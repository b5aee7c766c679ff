"""Compiled forms as bytes: a known form opens without reading its XForm or its expressions again.

The bytes begin with a mark and the version of this layout; then follows MessagePack, compressed with
Zstandard and read against the types of the definition, so that foreign data cannot become code.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import Struct

from fieldkit.errors import FormError
from fieldkit.forms.collection import pauses_collection
from fieldkit.forms.definition import FormDefinition
from fieldkit.forms.dependencies import Reads
from fieldkit.forms.limits import MEDIA_BYTES
from fieldkit.forms.plan import Plan
from fieldkit.forms.planning import plan_of
from fieldkit.forms.units import Aspect, Unit
from fieldkit.i18n import _

__all__ = ["VERSION", "dump", "load_definition"]

VERSION = 4
"""Version of the layout; bytes of another one are refused, and the form is compiled again."""

_MARK = b"FKFORM"
_LARGEST = 4 * MEDIA_BYTES


class _Unit(Struct):
    """A unit of the plan as it lies in the cache."""

    node: int
    aspect: int
    source: str
    rank: int
    depth: int
    series: bool
    constant: bool | None
    circle: int
    keeps: bool
    values: dict[int, int]
    rows: dict[int, int]
    positions: list[int]
    itself: bool


class _Cached(Struct):
    """What the cache holds."""

    definition: FormDefinition
    units: list[_Unit]


def dump(definition: FormDefinition) -> bytes:
    """Return a definition with its plan as bytes that ``load_definition`` reads."""
    import msgspec
    import zstandard

    units = [
        _Unit(
            unit.node,
            int(unit.aspect),
            unit.source,
            unit.rank,
            unit.depth,
            unit.series,
            unit.constant,
            unit.circle,
            unit.keeps,
            unit.reads.values,
            unit.reads.rows,
            sorted(unit.reads.positions),
            unit.reads.itself,
        )
        for unit in plan_of(definition).units
    ]
    body = msgspec.msgpack.encode(_Cached(replace(definition, _plan=None, _dynamic=None), units))
    packed = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(body)
    return _MARK + VERSION.to_bytes(2, "big") + packed


@pauses_collection
def load_definition(data: bytes) -> FormDefinition:
    """Return the definition of bytes that ``dump`` made.

    Raises:
        FormError: FORM-130 where the bytes are damaged or of another version; compile the form again.
    """
    import msgspec
    import zstandard

    head = len(_MARK) + 2
    if data[:head] != _MARK + VERSION.to_bytes(2, "big"):
        raise _unreadable("version")
    try:
        size = zstandard.frame_content_size(data[head:])
        if not 0 <= size <= _LARGEST:
            raise _unreadable("size")
        body = zstandard.ZstdDecompressor().decompress(data[head:], max_output_size=_LARGEST)
        cached = msgspec.msgpack.decode(body, type=_Cached)
        definition = cached.definition
        definition._plan = _plan(definition, cached.units)  # noqa: SLF001 - the definition only carries it
    except (zstandard.ZstdError, msgspec.MsgspecError, IndexError, KeyError, ValueError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    return definition


def _plan(definition: FormDefinition, cached: list[_Unit]) -> Plan:
    plan = Plan(definition)
    for item in cached:
        found = Reads(item.values, item.rows, set(item.positions), itself=item.itself)
        aspect = Aspect(item.aspect)
        chain = plan.layout.chains[item.node][: item.depth]
        unit = Unit(
            item.node, aspect, 1 << aspect, item.source, found, chain, len(chain), item.series, item.constant,
            item.keeps, rank=item.rank, circle=item.circle,
        )  # fmt: skip
        plan.units.append(unit)
    plan.connect()
    return plan


def _unreadable(reason: str) -> FormError:
    message = _("The compiled form cannot be read again: {reason}").format(reason=reason)
    return FormError("FORM-130", message, hint=_("It is compiled again from its XForm."))
