"""ODK's functions for texts, numbers, selections and sets of answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from fieldkit.errors import FormError
from fieldkit.forms.xpath.code import Code, Kind, Run, booleans, numbers, strings
from fieldkit.forms.xpath.context import Context
from fieldkit.forms.xpath.core_functions import rounded
from fieldkit.forms.xpath.leaves import Term, leaf_or, leaf_present
from fieldkit.forms.xpath.library import Function, simple
from fieldkit.forms.xpath.values import NodeSet, NumberReader, Value, known_numbers, to_boolean, to_number, to_string
from fieldkit.i18n import _

if TYPE_CHECKING:
    from fieldkit.forms.xpath.builder import Builder
    from fieldkit.forms.xpath.syntax import Call

__all__ = ["CHOICE_FUNCTIONS", "count_non_empty"]


def _texts(values: tuple[Value, ...]) -> list[str]:
    """Return the texts of values; of a node-set all nodes count."""
    texts: list[str] = []
    for value in values:
        if isinstance(value, str | float | int):
            texts.append(to_string(value))
        else:
            texts.extend([node.string_value() for node in value])
    return texts


def _concat(_context: Context, *values: Value) -> str:
    return "".join(_texts(values))


def _join(_context: Context, separator: str, *values: Value) -> str:
    return separator.join(_texts(values))


def _selected(_context: Context, answer: str, choice: str) -> bool:
    wanted = choice.strip()
    return wanted in answer.split() if wanted else not answer.strip()


def _selected_at(_context: Context, answer: str, place: float) -> str:
    parts = answer.split()
    if place != place or not 0 <= place < len(parts):  # noqa: PLR0124 - NaN is no place
        return ""
    return parts[int(place)]


def _substr(_context: Context, text: str, start: float, end: float | None = None) -> str:
    """Return characters from `start` to before `end`, from 0; negative numbers count from the end."""
    if start != start or (end is not None and end != end):  # noqa: PLR0124 - NaN takes nothing
        return ""
    return text[_place(start, text) : len(text) if end is None else _place(end, text)]


def _place(number: float, text: str) -> int:
    bounded = int(max(-float(len(text)), min(float(len(text)), number)))
    return bounded if bounded >= 0 else max(len(text) + bounded, 0)


def _coalesce(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    runs = [code.run for code in codes]

    def run(context: Context) -> Value:
        value: Value = ""
        for one in runs:
            value = one(context)
            if _is_present(value):
                break
        return value

    def as_number(reader: NumberReader) -> Callable[[Context], float]:
        readers = [_present_number(code, reader) for code in codes]

        def number(context: Context) -> float:
            for one in readers:
                value = one(context)
                if value is not None:
                    return value
            return math.nan

        return number if default is None else leaf_or(codes[0].leaf, default, number, reader)

    default = _default(codes)
    code = Code(_common_kind(codes), run, as_number)
    if default is not None:
        code.term = Term(codes[0].leaf, default, known_numbers(compiler.reader), None)
    return code


def _default(codes: list[Code]) -> float | None:
    """Return the number of ``coalesce(/data/leaf, 0)``, None for other arguments."""
    if len(codes) != 2 or not codes[0].leaf or not codes[1].is_constant:
        return None
    default = codes[1].value
    return default if isinstance(default, float) and not math.isnan(default) else None


def _is_present(value: Value) -> bool:
    """Tell whether a value is an answer: JavaRosa and Web Forms both pass over NaN as they do over an empty text."""
    if isinstance(value, float | int):
        return value == value  # noqa: PLR0124 - NaN
    return to_string(value) != ""


def _present_number(code: Code, reader: NumberReader) -> Callable[[Context], float | None]:
    """Return a closure that gives a value as a number, None where it is no answer."""
    run = code.run
    if code.kind == "nodes":

        def first(context: Context) -> float | None:
            found = run(context)
            text = found[0].string_value() if found else ""
            return reader(text, context.zone) if text else None

        return leaf_present(code.leaf, first, reader) if code.leaf else first
    if code.is_constant and isinstance(code.value, float):
        constant = code.value if code.value == code.value else None
        return lambda _context: constant

    def other(context: Context) -> float | None:
        value = run(context)
        return to_number(value, context.zone, reader) if _is_present(value) else None

    return other


def _common_kind(codes: list[Code]) -> Kind:
    first = codes[0].kind
    return first if all(code.kind == first for code in codes) else "any"


def _if(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    test = booleans(codes[0])
    yes, no = codes[1].run, codes[2].run
    if codes[0].is_constant:
        return codes[1] if to_boolean(codes[0].value) else codes[2]

    def as_number(reader: NumberReader) -> Callable[[Context], float]:
        first, second = numbers(codes[1], reader), numbers(codes[2], reader)
        return lambda context: first(context) if test(context) else second(context)

    code = Code(_common_kind(codes[1:]), lambda context: yes(context) if test(context) else no(context), as_number)
    code.term = _term_of_if(codes)
    return code


def _term_of_if(codes: list[Code]) -> Term | None:
    """Return the term of ``if(/data/leaf = 'yes', 5, 0)``; its last argument may be another such condition."""
    choice, yes, no = codes[0].choice, codes[1], codes[2]
    if choice is None or not _is_number(yes):
        return None
    full = cast("float", yes.value)
    if _is_number(no):
        return choice.term(full, cast("float", no.value))
    last = no.term
    if last is None or last.other is None or last.path != choice.path or not choice.wanted:
        return None
    known = {**last.known, **dict.fromkeys(choice.texts, full)}
    return Term(last.path, known.get("", last.empty), known, last.other)


def _is_number(code: Code) -> bool:
    return code.is_constant and code.kind == "number" and type(code.value) is float


def _once(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    value = codes[0].run

    def run(context: Context) -> Value:
        kept = context.current.string_value()
        return kept or value(context)

    return Code("any", run)


def _int(_context: Context, value: float) -> float:
    return float(math.trunc(value)) if math.isfinite(value) else value


def _round(_context: Context, value: float, digits: float | None = None) -> float:
    """Round to decimals; unlike in XPath 1.0, halves go away from zero."""
    if digits is None or not math.isfinite(value):
        return math.copysign(rounded(abs(value)), value)
    if not math.isfinite(digits):
        return math.nan
    places = math.trunc(digits)
    if abs(places) > 300:
        return value if places > 0 else math.copysign(0.0, value)
    text = repr(float(value))
    whole, _point, part = text.partition(".")
    if places >= 0 and "e" not in text:
        if len(part) <= places:
            return float(value)
        # The digits themselves, as the decimal arithmetic below has them, at a third of its time.
        up = part[places] >= "5"
        result = float(f"{int(whole + part[:places]) + (up if value > 0 else -up)}e-{places}")
        return result or math.copysign(0.0, value)
    from decimal import ROUND_HALF_UP, Decimal

    exact = Decimal(text)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and places >= -exponent:
        return float(value)
    result = float(exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))
    return result or math.copysign(0.0, value)


def _power(_context: Context, base: float, exponent: float) -> float:
    if abs(base) == 1 and math.isinf(exponent):
        return math.nan
    try:
        result = math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base == 0 and exponent < 0:
            return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
        return math.nan
    return math.nan if exponent != exponent else result  # noqa: PLR0124 - pow(1, NaN) is NaN here


def _real(function: Callable[[float], float]) -> Callable[[Context, float], float]:
    """Return a function of a real number that gives NaN outside its domain and infinity beyond its range."""

    def run(_context: Context, value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return run


def _log(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else function(value)


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[Builder, Call, list[Code]], Code]:
    def build(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
        runs = [code.run for code in codes]
        reader = compiler.reader

        def run(context: Context) -> float:
            zone = context.zone
            found: list[float] = []
            for one in runs:
                value = one(context)
                if isinstance(value, str | float | int):
                    found.append(to_number(value, zone, reader))
                else:
                    found.extend([reader(node.string_value(), zone) for node in value])
            if not found or any(number != number for number in found):  # noqa: PLR0124 - NaN
                return math.nan
            return float(choose(found))

        return Code("number", run)

    return build


def count_non_empty(_context: Context, found: NodeSet) -> float:
    """Return how many nodes of a set have a text."""
    return float(sum(1 for node in found if node.string_value()))


def _checklist(compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    least, most = compiler.number(codes[0]), compiler.number(codes[1])
    runs = [code.run for code in codes[2:]]

    def run(context: Context) -> bool:
        checked = [mark for one in runs for mark in _marks(one(context))]
        return _is_between(float(sum(checked)), least(context), most(context))

    return Code("boolean", run)


def _marks(value: Value) -> list[bool]:
    """Return whether each answer is checked: a node by its text, any other value by its truth."""
    if isinstance(value, str | float | int):
        return [to_boolean(value)]
    return [not _is_blank(node.string_value()) for node in value]


def _is_blank(text: str) -> bool:
    return not text.strip(" \t\r\n")


def _is_between(value: float, least: float, most: float) -> bool:
    return not (least >= 0 and value < least) and not (most >= 0 and value > most)


def _weighted_checklist(compiler: Builder, call: Call, codes: list[Code]) -> Code:
    if len(codes) % 2:
        message = _("{name}() cannot have {count} arguments.").format(name=call.name, count=len(codes))
        return compiler.failing(compiler.problem("XPATH-102", message, call.at))
    least, most = compiler.number(codes[0]), compiler.number(codes[1])
    runs = [code.run for code in codes[2:]]
    reader = compiler.reader

    def weights(value: Value, context: Context) -> Iterator[float]:
        if isinstance(value, str | float | int):
            yield to_number(value, context.zone, reader)
        else:
            for node in value:
                yield reader(node.string_value(), context.zone)

    def run(context: Context) -> bool:
        if least(context) <= 0 and most(context) < 0:
            return True
        total = 0.0
        for answers, points in zip(runs[::2], runs[1::2], strict=True):
            marks, counted = _marks(answers(context)), list(weights(points(context), context))
            if len(marks) < len(counted):
                return False
            for is_checked, weight in zip(marks, counted, strict=False):
                total += weight if is_checked else 0.0
        return _is_between(total, least(context), most(context))

    return Code("boolean", run)


def _regex(_compiler: Builder, _call: Call, codes: list[Code]) -> Code:
    from fieldkit.forms.xpath.patterns import matcher

    text: Run = strings(codes[0])
    if codes[1].is_constant:
        matches = matcher(to_string(codes[1].value))
        return Code("boolean", lambda context: matches(text(context)))
    pattern = strings(codes[1])
    return Code("boolean", lambda context: matcher(pattern(context))(text(context)))


def _digest(_context: Context, text: str, algorithm: str, encoding: str = "base64") -> str:
    import base64
    import hashlib

    names = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
    name = names.get(algorithm.strip().upper())
    if name is None:
        raise FormError("XPATH-104", _("digest() knows no algorithm {name}.").format(name=algorithm))
    raw = hashlib.new(name, text.encode("utf-8"), usedforsecurity=False)
    form = encoding.strip().lower()
    if form == "hex":
        return raw.hexdigest()
    if form != "base64":
        raise FormError("XPATH-104", _("digest() knows no encoding {name}.").format(name=encoding))
    return base64.b64encode(raw.digest()).decode("ascii")


def _base64_decode(_context: Context, text: str) -> str:
    import base64
    import binascii

    packed = "".join(text.split())
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return raw.decode("utf-8", "replace")


def _extract_signed(_context: Context, message: str, key: str) -> str:
    """Return the content of a message signed with Ed25519, or an empty text when the signature is not right."""
    import base64
    import binascii

    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signed = base64.b64decode("".join(message.split()), validate=True)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode("".join(key.split()), validate=True))
        public.verify(signed[:64], signed[64:])
        return signed[64:].decode("utf-8")
    except (binascii.Error, ValueError, InvalidSignature):
        return ""


def _truth_of_text(_context: Context, text: str) -> bool:
    return text in {"1", "true"}


CHOICE_FUNCTIONS: tuple[Function, ...] = (
    simple("concat", ("value",), "string", _concat, optional=1, rest=True),
    simple("join", ("string", "value"), "string", _join, optional=1, rest=True),
    simple("ends-with", ("string", "string"), "boolean", lambda _c, text, end: text.endswith(end)),
    simple("selected", ("string", "string"), "boolean", _selected),
    simple("is-selected", ("string", "string"), "boolean", _selected),
    simple("selected-at", ("string", "number"), "string", _selected_at),
    simple("count-selected", ("string",), "number", lambda _c, answer: float(len(answer.split()))),
    simple("substr", ("string", "number", "number"), "string", _substr, optional=1),
    Function("coalesce", 2, 2, _coalesce),
    Function("if", 3, 3, _if),
    Function("once", 1, 1, _once, is_pure=False),
    simple("boolean-from-string", ("string",), "boolean", _truth_of_text),
    simple("int", ("number",), "number", _int),
    simple("round", ("number", "number"), "number", _round, optional=1),
    simple("abs", ("number",), "number", lambda _c, value: abs(float(value))),
    simple("pow", ("number", "number"), "number", _power),
    simple("sqrt", ("number",), "number", _real(math.sqrt)),
    simple("exp", ("number",), "number", _real(math.exp)),
    simple("exp10", ("number",), "number", lambda context, value: _power(context, 10.0, value)),
    simple("log", ("number",), "number", _real(_log(math.log))),
    simple("log10", ("number",), "number", _real(_log(math.log10))),
    simple("sin", ("number",), "number", _real(math.sin)),
    simple("cos", ("number",), "number", _real(math.cos)),
    simple("tan", ("number",), "number", _real(math.tan)),
    simple("asin", ("number",), "number", _real(math.asin)),
    simple("acos", ("number",), "number", _real(math.acos)),
    simple("atan", ("number",), "number", _real(math.atan)),
    simple("atan2", ("number", "number"), "number", lambda _c, y, x: math.atan2(y, x)),
    simple("pi", (), "number", lambda _c: math.pi),
    Function("max", 0, None, _extreme(max), is_pure=False),
    Function("min", 0, None, _extreme(min), is_pure=False),
    Function("checklist", 2, None, _checklist),
    Function("weighted-checklist", 2, None, _weighted_checklist),
    Function("regex", 2, 2, _regex, is_pure=False),
    simple("digest", ("string", "string", "string"), "string", _digest, optional=1),
    simple("base64-decode", ("string",), "string", _base64_decode),
    simple("extract-signed", ("string", "string"), "string", _extract_signed),
)
"""Functions whose value depends on their arguments."""
