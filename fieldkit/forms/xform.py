"""Read an XForm: its model, body and texts become a FormDefinition, with every fault named."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fieldkit.errors import FormError
from fieldkit.forms.attachments import read_instances
from fieldkit.forms.body import BodyReader
from fieldkit.forms.collection import pauses_collection
from fieldkit.forms.definition import Entity, FormDefinition, NodeDefinition, Texts
from fieldkit.forms.diagnostics import Problem, refusal
from fieldkit.forms.limits import FORM_BYTES
from fieldkit.forms.model import ModelReader
from fieldkit.forms.texts import local, named, read_itext
from fieldkit.i18n import _

__all__ = ["compile_xform", "parse_document"]

Element = Any

_ANSWERED = frozenset({"input", "select1", "select", "rank", "range", "trigger", "upload"})


def parse_document(data: bytes) -> Element:
    """Parse XML without entities, document types and network; return the root element of lxml.

    Raises:
        FormError: FORM-100 where it is not well-formed, FORM-107 where it is too large.
    """
    from lxml import etree

    if len(data) > FORM_BYTES:
        raise FormError("FORM-107", _("The form is larger than {limit} MB").format(limit=FORM_BYTES >> 20))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormError(
            "FORM-100",
            _("The form is not well-formed XML: {reason}").format(reason=error),
            hint=_("Convert the workbook again, or ask its author for a whole file."),
        ) from error
    information: Any = root.getroottree().docinfo
    if information.doctype:
        raise FormError("FORM-100", _("The form has a document type declaration, which is not allowed"))
    return root


@pauses_collection
def compile_xform(
    xml: bytes, *, media: Mapping[str, bytes] | None = None, strict_media: bool = False
) -> FormDefinition:
    """Compile an XForm so that instances of it can be answered.

    Args:
        xml: The whole XForm.
        media: Attachments by file name.
        strict_media: Refuse the form where an attachment is missing; otherwise it counts as empty, with a warning.

    Raises:
        FormError: The form cannot open; ``where["problems"]`` lists every fault.
    """
    from fieldkit.forms.planning import plan_of

    definition = _Compiler(xml, media or {}, strict_media).definition()
    plan_of(definition)
    return definition


class _Compiler:
    """One compilation: collects problems, then refuses or returns."""

    def __init__(self, xml: bytes, media: Mapping[str, bytes], strict_media: bool) -> None:
        self.xml = xml
        self.media = media
        self.strict_media = strict_media
        self.problems: list[Problem] = []

    def definition(self) -> FormDefinition:
        """Read everything and check it."""
        root = parse_document(self.xml)
        model, body, title = self._parts(root)
        reader = ModelReader(self.problems)
        reader.read(model)
        if reader.seed is None:
            raise refusal(self.problems)
        body_reader = BodyReader(reader, self.problems)
        if body is not None:
            body_reader.read(body)
        reader.finish()
        reader.read_actions(model)
        itext = next(named(model, "itext"), None)
        texts, languages = read_itext(itext) if itext is not None else ({}, ())
        instances = read_instances(model, self.media, self.problems, strict=self.strict_media)
        definition = self._assemble(reader, body_reader, texts, languages)
        definition.title = title
        definition.instances = instances
        if any(problem.severity == "error" for problem in self.problems):
            raise refusal(self.problems)
        definition.problems = tuple(self.problems)
        return definition

    def _parts(self, root: Element) -> tuple[Element, Element | None, str]:
        model = body = None
        title = ""
        for child in root:
            name = local(child)
            if name == "head":
                for item in child:
                    if local(item) == "model" and model is None:
                        model = item
                    elif local(item) == "title":
                        title = "".join(item.itertext()).strip()
            elif name == "body":
                body = child
        if model is None:
            raise refusal([_fault("FORM-101", _("This is not an XForm: it has no model"))])
        return model, body, title

    def _assemble(
        self, model: ModelReader, body: BodyReader, texts: Texts, languages: tuple[str, ...]
    ) -> FormDefinition:
        root = model.nodes[0]
        attributes = dict(root.attributes)
        version = attributes.get("version") or _by_local(attributes, "version")
        controls = body.controls
        answered = {control.node for control in controls if control.tag in _ANSWERED and control.node >= 0}
        assert model.seed is not None
        return FormDefinition(
            form_id=attributes.get("id") or _by_local(attributes, "id") or root.ns or root.local,
            version=version,
            title="",
            hash=hashlib.sha256(self.xml).hexdigest(),
            languages=languages,
            default_language=languages[0] if languages else "",
            questions=sum(1 for index in answered if not _is_note(model.nodes[index])),
            namespaces=model.namespaces,
            nodes=model.nodes,
            controls=controls,
            body=body.top,
            seed=model.seed,
            templates=model.templates,
            texts=texts,
            instances={},
            actions=model.actions + body.actions,
            entities=_entities(model.nodes),
            submission=model.submission,
            files={name: data for name, data in self.media.items() if _is_table(name)},
        )


def _is_table(name: str) -> bool:
    return name.lower().endswith(".csv")


def _is_note(node: NodeDefinition) -> bool:
    bind = node.bind
    if bind is None:
        return False
    return (bind.readonly or "").replace(" ", "") in ("true()", "1") or bind.calculate is not None


def _by_local(attributes: Mapping[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


def _entities(nodes: list[NodeDefinition]) -> list[Entity]:
    entities = []
    for node in nodes:
        if node.local != "entity":
            continue
        attributes = dict(node.attributes)
        if "dataset" not in attributes:
            continue
        saves = {}
        for other in nodes:
            bind = other.bind
            saveto = bind and next((v for k, v in bind.attributes.items() if k.endswith("}saveto")), None)
            if saveto:
                saves[other.path] = saveto
        entities.append(Entity(attributes["dataset"], attributes, saves))
    return entities


def _fault(code: str, message: str) -> Problem:
    return Problem(code, "error", message)
