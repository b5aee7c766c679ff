"""The lines of the register: the tree of subjects, and one subject beside it."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from fieldkit.i18n import _
from fieldkit.services.subject_view import SubjectDetail, SubjectLine
from fieldkit.widgets.lines import Line, Span, cells, clean, cut, fit, line, wrap

__all__ = ["detail_lines", "list_lines", "subject_row"]


def subject_row(row: SubjectLine, *, here: bool, folded: bool, size: int) -> Line:
    """Return one subject: fold sign, name, kind, stars, open visits and findings."""
    sign = (">" if folded else "v") if row.children else " "
    figures = []
    if row.star:
        figures.append(f"{row.star}*")
    if row.open_visits:
        figures.append(_("{count} open").format(count=row.open_visits))
    if row.findings:
        figures.append(_("{count} f").format(count=row.findings))
    tail = f" {fit(clean(row.kind_label or row.kind), 12)} {fit(' '.join(figures), 16)}"
    if size < 58:
        tail = f" {fit(' '.join(figures), 16 if size > 44 else 12)}"
    head = f" {'>' if here else ' '}{'  ' * min(row.depth, 6)}{sign} "
    room = max(size - cells(head) - cells(tail), 6)
    style = "cursor" if here else ""
    tag = f"subject:{row.id}"
    return line(
        Span(head, style or "key", tag), Span(fit(clean(row.name), room), style, tag), Span(tail, style or "dim", tag)
    )


def list_lines(
    query: str, rows: Sequence[SubjectLine], folded: AbstractSet[str], scroll: tuple[int, int], room: tuple[int, int]
) -> list[Line]:
    """Return the part of the tree that is scrolled to.

    Args:
        query: What is searched for; empty = the whole tree.
        rows: Subjects that are not folded away.
        folded: Ids of those whose children are hidden.
        scroll: Row with the cursor, and first row shown.
        room: Cells of a row, and rows there are.
    """
    at, top = scroll
    size, height = room
    out = [
        subject_row(row, here=index == at, folded=row.id in folded, size=size)
        for index, row in enumerate(rows[top : top + height], top)
    ]
    if not rows:
        texts = (
            [_("No subject matches {query}.").format(query=clean(query)), _("Esc shows all again.")]
            if query
            else [
                _("The register is empty: it would list places and bodies to visit."),
                _("a adds one by hand or from a list (CSV, XLSX)."),
            ]
        )
        out = [line(" " + part) for text in texts for part in wrap(text, size - 2)]
    return out[:height]


def detail_lines(detail: SubjectDetail, size: int) -> list[Line]:
    """Return one subject: what it is, its visits, findings, burden and twins."""
    top = detail.line
    rows: list[Line] = [line((fit(clean(top.name), max(size - cells(top.id) - 1, 8)), "label"), " ", (top.id, "dim"))]
    path = " < ".join(clean(parent.name) for parent in reversed(detail.path))
    if path:
        rows.append(line((cut(_("of {parents}").format(parents=path), size), "dim")))
    facts = [f"{clean(field.label)} {clean(field.shown)}" for field in detail.fields
             if field.shown and field.name not in {"id", "name_zh", "name_en", "parent"}]  # fmt: skip
    rows.extend(line((part, "")) for part in wrap(_(", ").join(facts), size)[:4])
    rows += [(), line((_("VISITS"), "head"))]
    for visit in detail.visits[:6]:
        score = f"{visit.percent:.1f}" if visit.percent is not None else ""
        star = f"{visit.star}*" if visit.star is not None else ""
        tail = f" {fit(visit.state_label, 10)}{fit(score, 6, 'right')} {fit(star, 3)}"
        text = f"{visit.started[:10]}  {' '.join(visit.forms)}"
        rows.append(
            line("  ", Span(fit(text, max(size - 2 - cells(tail), 12)), "", f"visit:{visit.id}"), (tail, "dim"))
        )
    if not detail.visits:
        rows.append(line(("  " + cut(_("None yet; a starts one."), size - 2), "dim")))
    if detail.findings:
        rows += [(), line((_("FINDINGS"), "head"))]
    for finding in detail.findings[:6]:
        text = f"{finding.number}  {finding.severity}  {clean(finding.statement)}"
        rows.append(line("  ", Span(cut(text, size - 2), "", f"finding:{finding.id}")))
    burden = _("{week} visits in 7 days, {month} in 30").format(week=detail.visits_7_days, month=detail.visits_30_days)
    rows += [(), line((_("BURDEN"), "head"), "  ", cut(burden, max(size - cells(_("BURDEN")) - 2, 8)))]
    if detail.notes:
        rows.append(line((_("NOTES"), "head"), f"  {detail.notes}"))
    if detail.children:
        rows.append(line((_("BELOW IT"), "head")))
        rows.extend(line("  " + cut(clean(child.name), size - 2)) for child in detail.children[:5])
    if detail.twins:
        rows.append(line((_("MAY BE A TWIN OF"), "warn")))
        rows.extend(line("  " + cut(clean(f"{twin.id} {twin.name}"), size - 2)) for twin in detail.twins[:3])
    return rows
