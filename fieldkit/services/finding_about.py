"""What surrounds findings: their subjects with everything above them, and their visits' campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldkit.model.document import Document, fields
from fieldkit.model.ids import id_of, record_name
from fieldkit.review.findings import read_finding
from fieldkit.review.query import About, FindingRow
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records

__all__ = ["Surroundings"]


class Surroundings:
    """Knows the subjects of findings; each is read once."""

    def __init__(self, desk: Desk, records: Records) -> None:
        self._desk = desk
        self._records = records
        self._known: dict[str, About] = {}
        self._values: dict[str, Mapping[str, Any]] = {}

    def subject(self, subject: str) -> About:
        """Return name, kind, ancestors and tags of a subject."""
        known = self._known.get(subject)
        if known is None:
            known = self._known[subject] = self._read(subject)
        return known

    def _fields(self, subject: str) -> Mapping[str, Any]:
        known = self._values.get(subject)
        if known is None:
            document = self._desk.document(record_name("subject", subject))
            known = self._values[subject] = fields(document) if document else {}
        return known

    def _read(self, subject: str) -> About:
        values = self._fields(subject)
        parents: list[str] = []
        above = str(values.get("parent") or "")
        while above and above not in parents:
            names = self._fields(above)
            parents += [above, *(str(names[field]) for field in ("name_zh", "name_en") if names.get(field))]
            above = str(names.get("parent") or "")
        tags = tuple(str(values.get("tags") or "").split())
        name = self._records.subject_name(subject)
        return About(name, str(values.get("kind") or ""), tuple(parents), tags=tags)

    def campaign(self, visit: str) -> str:
        """Return the campaign of a visit; empty where there is none."""
        document = self._desk.document(record_name("visit", visit)) if visit else None
        return str((fields(document).get("meta") or {}).get("campaign") or "") if document else ""

    def row(self, document: Document, *, with_campaign: bool = True) -> FindingRow:
        """Return a finding as a query sees it."""
        finding = read_finding(id_of(document["id"]), fields(document))
        about = self.subject(finding.subject)
        campaign = self.campaign(finding.visit) if with_campaign else ""
        actor = str(document["first"][1]).partition("/")[0]
        return FindingRow.of(finding, About(about.subject_name, about.kind, about.parents, campaign, actor, about.tags))
