"""The lines of Sync: the outbox, an import's preview, conflicts, and an export's digest as QR code."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.i18n import N_, _, sentences
from fieldkit.services.lines import ConflictView
from fieldkit.services.sync_view import ExportResult, ImportPreview, OutboxLine, SyncView
from fieldkit.widgets.lines import Line, Span, beside, cells, clean, cut, fit, line, wrap

__all__ = ["conflict_lines", "export_lines", "grouped_digits", "outbox_lines", "preview_lines", "tab_line"]


def grouped_digits(digits: str) -> str:
    """Return eight digits in two groups, to be read aloud."""
    return f"{digits[:4]}-{digits[4:]}" if len(digits) == 8 else digits


def tab_line(view: SyncView, tab: int) -> Line:
    """Return the tabs; the active one in brackets."""
    names = [f"{_('Outbox')} {view.waiting}", _("Import"), f"{_('Conflicts')} {view.conflicts}"]
    spans: list[Span] = [Span(" ")]
    for index, name in enumerate(names):
        text = f"[{name}]" if index == tab else f" {name} "
        spans += [Span(text, "label" if index == tab else "dim", f"tab:{index}"), Span(" ")]
    return tuple(spans)


_TRUST = {
    "confirmed": N_("key confirmed"),
    "unconfirmed": N_("key not confirmed"),
    "unsigned": N_("not signed"),
    "mismatch": N_("signed with another key"),
    "revoked": N_("key revoked"),
}


_FIGURES = 42
"""Cells of the outbox's columns behind the title: when it was saved, its operations, where it is."""


def _when(text: str) -> str:
    return text[:16].replace("T", " ") if text else "-"


def outbox_lines(view: SyncView, rows: Sequence[OutboxLine], at: int, top: int, size: int, height: int) -> list[Line]:
    """Return where each record is: saved here, exported, acknowledged."""
    title = _("WHERE IS MY RECORD")
    if view.records > len(view.rows):
        title += " " + _("(the last {count} of {total})").format(count=len(view.rows), total=view.records)
    out: list[Line] = [
        line((fit(f" {title}", size - _FIGURES), "head"),
             (f"{fit(_('saved'), 17)}{fit(_('operations'), 10, 'right')}  {_('state')}", "dim"))
    ]  # fmt: skip
    labels = {"saved": _("saved here"), "exported": _("exported"), "acknowledged": _("acknowledged")}
    room = max(height - 6, 3)
    for index, row in enumerate(rows[top : top + room], top):
        here = index == at
        style = "cursor" if here else ""
        number = "" if row.title.startswith(row.number) or len(row.number) > 20 else f"{row.number}  "
        name = cut(clean(f"{number}{row.title or row.kind}"), size - _FIGURES - 4)
        text = f" {'>' if here else ' '} {fit(name, size - _FIGURES - 3)}{fit(_when(row.changed), 17)}"
        counts = f"{row.exported}/{row.operations}"
        mark = {"saved": "warn", "exported": "", "acknowledged": "good"}.get(row.status, "")
        out.append(
            line(
                Span(text, style, f"row:{index}"),
                Span(fit(counts, 10, "right") + "  ", style or "dim"),
                Span(labels.get(row.status, row.status), style or mark),
            )
        )
    if not rows:
        out.append(
            line(
                (
                    "   "
                    + cut(_("Nothing waits: every record is acknowledged, or nothing was written yet."), size - 4),
                    "dim",
                )
            )
        )
    foot = _("x exports {records} records, {operations} operations").format(
        records=view.waiting + view.exported, operations=view.waiting_operations
    )
    out += [(), line((" " + cut(foot, size - 2), "label"))]
    last = _("last export {export}    last import {imported}").format(
        export=_when(view.last_export), imported=_when(view.last_import)
    )
    out.append(line((" " + cut(last, size - 2), "dim")))
    receipt = view.receipt
    words = (
        _("last receipt {at} from {office}").format(at=_when(receipt.at), office=receipt.office)
        if receipt
        else _("no receipt of an office yet")
    )
    out.append(line((" " + cut(clean(words), size - 2), "dim")))
    if view.quarantined:
        out.append(
            line((" " + cut(_("{count} records in quarantine").format(count=view.quarantined), size - 2), "warn"))
        )
    return out


def preview_lines(preview: ImportPreview, size: int) -> list[Line]:
    """Return what an import would do; nothing is written yet."""
    rows: list[Line] = [line((_("NOTHING IS WRITTEN YET"), "warn"))]
    counts = _("new {new}    changed {changed}    conflicts {conflicts}    operations {operations}").format(
        new=preview.new, changed=preview.changed, conflicts=preview.conflicts, operations=preview.operations
    )
    rows.append(line((counts, "label")))
    for bundle in preview.bundles:
        style = {"imported": "good", "known": "dim"}.get(bundle.status, "bad")
        words = {
            "imported": _("can be taken"),
            "known": _("known already"),
            "quarantined": _("quarantine"),
            "refused": _("refused"),
        }
        name = bundle.file.replace("\\", "/").rpartition("/")[2]
        rows.append(
            line(
                (f"{fit(words.get(bundle.status, bundle.status), 16)}", style),
                cut(clean(name), max(size - 40, 12)),
                "  ",
                (grouped_digits(bundle.digits), "label"),
            )
        )
        if bundle.reason:
            rows.extend(
                line(("  " + part, "bad")) for part in wrap(clean(sentences(bundle.reason, bundle.hint)), size - 4)[:3]
            )
        elif bundle.device:
            words_from = _("from {device}, {at}, {trust}").format(
                device=bundle.device, at=_when(bundle.created), trust=_(_TRUST.get(bundle.trust, bundle.trust)) or "-"
            )
            rows.append(line(("  " + cut(clean(words_from), size - 2), "dim")))
        for change in bundle.changes[:40]:
            sign = {"new": "+", "changed": "~", "conflict": "!"}.get(change.change, " ")
            text = f"  {sign} {fit(_(change.kind), 10)} {change.title}"
            rows.append(line((cut(clean(text), size - 2), "bad" if sign == "!" else "")))
    return rows


def export_lines(result: ExportResult, code: Sequence[str], size: int) -> list[Line]:
    """Return what an export wrote: files, counts, the QR code and eight digits beneath it.

    Args:
        result: What was written.
        code: Rows of the QR code in half blocks; empty where there is none.
        size: Cells of a row.
    """
    if not result.bundles:
        return [line(_("Nothing waits to be exported."))]
    wide = max((cells(text) for text in code), default=0)
    room = size - wide - 2 if wide else size
    side: list[Line] = []
    for text in result.warnings:
        side.extend(line((part, "warn")) for part in wrap(clean(text), room)[:3])
    for bundle in result.bundles:
        name = bundle.file.replace("\\", "/").rpartition("/")[2]
        counts = _("{operations} operations, {records} records, {bytes} bytes").format(
            operations=bundle.operations, records=bundle.records, bytes=bundle.bytes
        )
        side.append(line((cut(clean(name), room), "label")))
        side.extend(line(part) for part in wrap(counts, room))
        side.append(line(("sha256 " + bundle.sha256[:16] + "..", "dim")))
        side.append(line((_("check"), "dim"), "  ", (grouped_digits(bundle.digits), "label")))
        side.append(())
    advice = wrap(_("Read the eight digits aloud: the import shows the same."), room)
    side.extend(line((part, "dim")) for part in advice)
    if not wide:
        return side
    digits = grouped_digits(result.bundles[0].digits)
    left = [line((text, "qr")) for text in code]
    left.append(line(" " * ((wide - cells(digits)) // 2), (digits, "label")))
    return beside(left, side, wide, "  ")


def conflict_lines(conflicts: Sequence[ConflictView], at: int, size: int, height: int) -> list[Line]:
    """Return the conflicts, the one under the cursor with every value."""
    if not conflicts:
        none = _("No conflict: every copy agrees. A real disagreement would be kept whole and shown here.")
        return [line((" " + part, "dim")) for part in wrap(none, size - 2)]
    rows: list[Line] = []
    first = max(min(at - 4, len(conflicts) - 9), 0)
    for index, conflict in enumerate(conflicts[first : first + 9], first):
        here = index == at
        text = f" {'>' if here else ' '} {conflict.title}  {conflict.label}"
        rows.append(
            line(
                Span(fit(clean(text), size - 14), "cursor" if here else "", f"row:{index}"),
                (f" {_('{count} values').format(count=len(conflict.heads))}", "dim"),
            )
        )
    conflict = conflicts[at]
    rows += [
        (),
        line(
            (
                " "
                + cut(
                    _("Enter shows the versions whole, with what follows from each."),
                    size - 2,
                ),
                "dim",
            )
        ),
        (),
    ]
    for number, head in enumerate(conflict.heads, 1):
        mark = _("  shown meanwhile") if head.selected else ""
        rows.append(
            line((f"   {number}  ", "key"), (cut(clean(head.shown or "-"), max(size - 40, 12)), "label"), (mark, "dim"))
        )
        rows.append(line((f"        {clean(head.actor.partition('/')[0])}  {head.device[:6]}", "dim")))
    return rows[:height]
