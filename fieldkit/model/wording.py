"""The sentences of guards and fields in ``states.toml``, marked for translation; a test compares both."""

from __future__ import annotations

from fieldkit.i18n import N_

__all__ = ["FIELD_TEXTS", "GUARD_TEXTS"]

GUARD_TEXTS: dict[str, str] = {
    "templates_compile": N_("every template of the campaign compiles without error"),
    "one_assignment_each": N_("a subject has at most one assignment for each template"),
    "uncovered_have_reason": N_(
        "every assignment is done, excused, merged or void, or waived with a reason code"
    ),
    "no_open_conflict": N_("no assignment of the campaign is in conflict"),
    "ratings_decided": N_("every rating of the campaign is approved, suspended or void"),
    "one_team_only": N_("the assignment lies in the pack of one team only"),
    "all_templates_final": N_(
        "each template of the assignment is in a visit that is final, or is waived with a reason"
    ),
    "waiver_code_known": N_("the code is one of codes.tsv list waiver_reason; other needs a text"),
    "heads_resolved": N_("no record of the visit has two unresolved values"),
    "main_visit_final": N_("the visit chosen as main is final or accepted"),
    "same_subject": N_("both assignments are about the same subject or its branch"),
    "required_filled": N_("every relevant required question has an answer"),
    "constraints_pass": N_("no relevant answer violates its constraint"),
    "samples_met": N_("minimum samples of the scheme are reached, or the event brings a reason"),
    "directions_covered": N_("spot research: talks in all four directions exist"),
    "rating_not_locked": N_("no approved rating rests on this visit"),
    "remarks_given": N_("at least one remark, each tied to a question or to the whole visit"),
    "basis_fact_statement": N_("criterion, fact or evidence, and statement are filled"),
    "s1_two_sources": N_("severity S1: evidence from two different sources (scheme evidence.min_sources)"),
    "exchange_not_needed": N_(
        "type good_practice or early_sign, or confidentiality internal: no exchange of views"
    ),
    "approver_if_s1": N_("severity S1: only an approver"),
    "approver_if_s1_s2": N_("severity S1 or S2: only an approver"),
    "lead_disposition": N_("a team lead may decide only fix_at_once and remind"),
    "disposition_fields": N_("the fields of the chosen disposition are filled (required_when)"),
    "goes_to_ledger": N_("disposition rectify, fix_at_once or tolerate (correction item)"),
    "goes_to_file": N_("disposition remind, clarify, refer, needs_upper or good_practice"),
    "is_reminder": N_("disposition is remind"),
    "main_is_other": N_("the main finding is another one, about the same subject, not merged or void"),
    "is_clarified": N_("disposition clarify is granted and its document number is there"),
    "measures_complete": N_("each measure has unit and post, due date and done-when"),
    "deadline_in_limit": N_("no due date beyond the limit of the preset or the scheme"),
    "extensions_left": N_("number of extensions is below the scheme's limit"),
    "proof_listed": N_("at least one proof is listed for each measure"),
    "preset_fix_at_once": N_("preset is fix_at_once and due within its days"),
    "short_path": N_("preset fix_at_once, severity S3 or S4, and the proof was seen on a visit of the team"),
    "t10_pass": N_("an accepted T10 row of this item says ok or most"),
    "t10_fail": N_("an accepted T10 row of this item says part, none or fake"),
    "milestones_dated": N_("each milestone has a date"),
    "effect_days_over": N_("the days to the effectiveness check (scheme) are over"),
    "successor_known": N_("the successor is a subject of the register"),
    "trigger_gone": N_("the trigger no longer holds"),
    "level_end_met": N_(
        "the end condition of the level holds (reply, dated plan, commitments as measures, acknowledgement)"
    ),
    "inputs_accepted": N_("the visits it rests on are accepted"),
    "caps_kept": N_("no change lifts a cap or a veto"),
    "reason_each_change": N_("each manual change has a reason"),
    "promotion_reason": N_("promotion above the scheme's steps carries a reason code"),
    "publicity_dates": N_("publicity from and to are set and last the scheme's days or more"),
    "publicity_over": N_("the publicity period has ended and every objection is answered"),
    "measure_per_circumstance": N_("each circumstance has at least one measure"),
    "all_items_claimed": N_("every ledger item of the plan is claimed, closed, effective or longterm"),
    "acceptance_pass": N_(
        "an accepted T2 acceptance: points at or above, dissatisfied at or below the scheme's lines"
    ),
    "acceptance_fail": N_("an accepted T2 acceptance below a line"),
    "lookback_failed": N_("an accepted look-back shows the circumstance again"),
    "form_complete": N_(
        "the form of the disposition (tolerance, clarification, referral, request) is complete"
    ),
    "needs_no_decision": N_("disposition refer or needs_upper: the answer of the body is enough"),
    "needs_decision": N_("disposition tolerate or clarify: a decision is needed"),
}
"""What each guard asks for."""

FIELD_TEXTS: dict[str, str] = {
    "advice": N_("text: advice given with a reminder"),
    "body": N_("text: name of the outside or upper body"),
    "changes": N_("list of {what, from, to, reason}"),
    "clarify_mode": N_("codes of list clarify_mode; written is always among them"),
    "disposition": N_("code of list disposition"),
    "document_no": N_("text: number of the paper"),
    "due": N_("date"),
    "fits_cause": N_("yes: the reviewer has checked that the measures answer the cause"),
    "follow_up": N_("date of the next look at a reminder"),
    "grounds": N_("codes of list tolerance_ground"),
    "main_finding": N_("id of a finding"),
    "main_visit": N_("id of a visit"),
    "measure": N_("text: what is done"),
    "measures": N_("list of {text, unit, post, due, done_when}"),
    "merged_with": N_("id of an assignment"),
    "milestones": N_("list of {text, due}"),
    "new_due": N_("date"),
    "next_level": N_("code of list escalation_level"),
    "notice_no": N_("text: number of the notice"),
    "on": N_("date on which it happened"),
    "outcome": N_("done, again or text: what the follow-up or the answer was"),
    "preset": N_("code of list ledger_preset; gives the due date"),
    "proof": N_("list of evidence ids or texts (seen, not copied)"),
    "public_from": N_("date"),
    "public_to": N_("date"),
    "reason": N_("text"),
    "remarks": N_("list of {question or none, text}"),
    "self_score": N_("number 0 to 100"),
    "signed_on": N_("date of the head's signature on the closing sheet"),
    "subject": N_("id of a subject"),
    "subject_reason": N_("text: why the subject differs"),
    "subject_view": N_("code of list subject_view"),
    "successor": N_("id of a subject"),
    "team": N_("code of a team"),
    "templates": N_("list of form ids"),
    "text": N_("text"),
    "verified_by": N_("unit and post, or id of the visit that verified it"),
    "veto": N_("code of a veto circumstance of the form or of the scheme"),
    "waiver_reason": N_("code of list waiver_reason"),
}
"""What each field of a move holds."""
