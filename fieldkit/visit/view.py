"""What the screens and the command line show of one inspection: plain frozen values, no behaviour.

A *key* names one thing for as long as the visit lives: ``FORM_ID:PATH`` where PATH carries the immutable
row ids in braces (``branch_std:/data/d/rec{k3}/r_kind``). A *ref* is the same thing as people and XPath
write it, with positions (``/data/d/rec[2]/r_kind``), prefixed with ``FORM_ID:`` only where a visit holds
several forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct, field

from fieldkit.visit.outcome import MoveReason, MoveResult, MoveView, SaveStatus, WhyLine, WhyView

__all__ = [
    "ChoiceView",
    "ColumnView",
    "ConflictLine",
    "EvidenceView",
    "FindingLine",
    "FindingOffer",
    "FormLine",
    "ItemKind",
    "ItemStatus",
    "ItemView",
    "LastView",
    "MoveReason",
    "MoveResult",
    "MoveView",
    "PointsView",
    "Progress",
    "RowView",
    "RunnerView",
    "SaveStatus",
    "ScoreView",
    "SectionScore",
    "SectionView",
    "TableView",
    "ViolationView",
    "WhyLine",
    "WhyView",
]


class ItemKind(StrEnum):
    """How an item is answered."""

    TEXT = "text"
    MULTILINE = "multiline"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    SELECT_ONE = "select_one"
    SELECT_MULTIPLE = "select_multiple"
    RANK = "rank"
    RANGE = "range"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    CALCULATED = "calculated"
    FILE = "file"
    GEOPOINT = "geopoint"
    GEOTRACE = "geotrace"
    GEOSHAPE = "geoshape"
    BARCODE = "barcode"
    TABLE = "table"


class ItemStatus(StrEnum):
    """Where an item stands, the sign of its line in page mode."""

    EMPTY = "empty"
    ANSWERED = "answered"
    WRONG = "wrong"
    HIDDEN = "hidden"
    CARRIED = "carried"
    INFO = "info"
    """Notes and calculated values: nothing to answer."""


class ViolationView(Struct, frozen=True):
    """Why a value may not stay."""

    condition: str
    """``constraint`` or ``required``; ``carried`` for an answer taken over and not confirmed."""
    message: str


class ChoiceView(Struct, frozen=True):
    """One choice of a list."""

    value: str
    label: str
    number: int
    """Position in the list from 1; the digit that picks it where the list has ten or fewer."""
    selected: bool = False
    points: float | None = None
    """Points that this answer earns; None = not scored or leaves both sums."""
    note: str = ""
    """Short remark beside the choice (``leaves both sums``, ``veto``); empty in most lists."""
    is_na: bool = False
    """True for the choice *not applicable*, picked by the key ``.``."""


class LongChoices(Sequence[ChoiceView]):
    """Choices of a list so long that each one is made when it is looked at."""

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield label and value of each choice, without making it."""
        raise NotImplementedError

    def chosen_place(self) -> int:
        """Return where the first choice that is chosen stands, 0 where none is."""
        raise NotImplementedError


class PointsView(Struct, frozen=True):
    """Points of one scored item."""

    got: float | None
    """Points earned; None = not answered, or not applicable."""
    max: float
    """Weight of the item."""
    target: float | None = None
    """Number to reach, for counted items whose target is known."""
    is_na: bool = False
    """True where the item leaves both sums."""


class EvidenceView(Struct, frozen=True):
    """A piece of evidence given for an item or for the whole visit."""

    id: str
    code: str
    """Letter of the list *evidence*."""
    name: str = ""
    bytes: int = 0
    type: str = ""
    sha256: str = ""
    seen: bool = False
    """True = seen on the spot and not copied; then ``text`` says what and where."""
    text: str = ""
    key: str = ""
    """Key of the item it belongs to; empty = the whole visit."""


class FindingLine(Struct, frozen=True):
    """A finding as one line.

    Attributes:
        state: Code of its state.
        state_label: The state in the language of the interface.
    """

    id: str
    number: str
    severity: str
    state: str
    type: str
    category: str
    statement: str
    key: str = ""
    ref: str = ""
    criterion: str = ""
    state_label: str = ""


class FindingOffer(Struct, frozen=True):
    """The finding that an answer proposes; the person decides whether it is raised."""

    key: str
    ref: str
    severity: str
    """``S1`` to ``S4`` as proposed."""
    category: str
    criterion: str
    fact: str = ""
    """What was answered, in words; the start of the statement."""
    veto: bool = False
    missing_sources: int = 0
    """How many more different evidence sources are asked for at this severity."""


class LastView(Struct, frozen=True):
    """The answer of the last round."""

    value: str
    shown: str
    date: str
    visit: str
    """Number of the earlier visit."""
    trend: str = ""
    """``better``, ``worse`` or ``same`` (scored items that are answered); empty where it cannot be told."""


class ConflictLine(Struct, frozen=True):
    """One of several values that copies of the visit hold."""

    head: str
    value: str
    device: str
    actor: str
    hlc: str


class ItemView(Struct, frozen=True):
    """One question, note or calculated value, or a whole table (kind TABLE: see RunnerView.current)."""

    key: str
    ref: str
    name: str
    kind: ItemKind
    label: str
    number: str = ""
    hint: str = ""
    """Hint of the form: the anchor of scored items."""
    guidance: str = ""
    appearance: frozenset[str] = frozenset()
    value: str = ""
    """XML text; empty while hidden."""
    stored: str = ""
    """XML text that is kept while the item is hidden."""
    shown: str = ""
    """The value for people: labels of choices, dates in ISO form."""
    choices_count: int = 0
    choices: Sequence[ChoiceView] = ()
    """Filled up to 12 choices and for the current item."""
    relevant: bool = True
    required: bool = False
    readonly: bool = False
    violation: ViolationView | None = None
    points: PointsView | None = None
    severity: str = ""
    """Severity of the finding proposed now; empty = none."""
    severity_at_worst: str = ""
    """Constant severity of a scored item (what a full failure proposes); empty where it is computed."""
    category: str = ""
    evidence_codes: str = ""
    """Letters of the evidence suggested, first letter first."""
    remark: str = ""
    evidence: tuple[EvidenceView, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    last: LastView | None = None
    carried: bool = False
    conflict: tuple[ConflictLine, ...] = ()
    status: ItemStatus = ItemStatus.EMPTY
    section: str = ""
    """Key of its section."""
    depth: int = 0
    """Groups between its section and itself."""
    group: str = ""
    """Label of the innermost group inside the section; empty directly in the section."""
    table: str = ""
    """Key of the table that holds this cell; empty outside tables."""
    row: str = ""
    """Key of the row that holds this cell."""
    rows_count: int = 0
    """Rows of a table (kind TABLE)."""
    rows_done: int = 0
    """Rows of a table without an empty required or wrong cell."""
    changed: str = ""
    """Who gave the value and when (``A01 2026-11-22T09:40:52+08:00``); empty without an answer."""
    range_start: str = ""
    range_end: str = ""
    range_step: str = ""
    can_edit: bool = True
    """False for notes, calculated, readonly and hidden items, and where the visit is locked."""
    is_na: bool = False
    """True where the answer is *not applicable*."""
    has_na: bool = False
    """True where the list offers *not applicable*."""


class SectionView(Struct, frozen=True):
    """One section with its counters (relevant items of its tables included)."""

    key: str
    label: str
    number: str
    done: int
    total: int
    wrong: int
    left: int
    """Relevant required items that are still empty."""
    active: bool
    first: str = ""
    """Key of its first item."""
    relevant: bool = True
    hidden: int = 0
    form_id: str = ""
    findings: int = 0
    carried: int = 0


class ColumnView(Struct, frozen=True):
    """One column of a table: a question of the repeat."""

    name: str
    label: str
    kind: ItemKind


class RowView(Struct, frozen=True):
    """One row of a table."""

    key: str
    position: int
    """Place from 1."""
    cells: tuple[ItemView, ...]
    """One for each column, in their order."""
    state: str
    """``ok``, ``empty``, ``wrong`` or ``carried``."""
    answers: int = 0
    """Cells that hold an answer: shown before a row is removed."""
    label: str = ""


class TableView(Struct, frozen=True):
    """A repeat as a table."""

    key: str
    label: str
    columns: tuple[ColumnView, ...]
    rows: Sequence[RowView]
    can_add: bool
    can_remove: bool
    totals: Mapping[str, str] = field(default_factory=dict)
    """Column name to its sum, for number columns with at least one value."""
    calculated: tuple[ItemView, ...] = ()
    """Calculated values that stand beside the table in the same section."""
    number: str = ""
    ref: str = ""
    section: str = ""
    relevant: bool = True
    carried_from: str = ""
    """Number of the visit its rows were taken from; empty where none was."""


class SectionScore(Struct, frozen=True):
    """Points of one section."""

    key: str
    number: str
    label: str
    got: float
    max: float


class ScoreView(Struct, frozen=True):
    """The live score: answered items only; star and composite only when their inputs are in."""

    got: float
    max: float
    percent: float | None
    """100 * got / max, one decimal; None while nothing is scored."""
    composite: float | None = None
    star: int | None = None
    proposal: str = ""
    sections: tuple[SectionScore, ...] = ()
    ballot_valid: int | None = None
    ballot_rate: float | None = None
    ballot_badrate: float | None = None
    ballot_small: bool = False
    bonus: float | None = None
    veto: tuple[str, ...] = ()
    capped: bool = False
    """True where a cap of the scheme holds the star down."""
    documents_percent: float | None = None
    """Share of points that rest on documents alone; None while nothing is scored."""
    documents_warning: bool = False
    """True where more of the points rest on documents alone than the scheme finds good."""
    weight: float = 0.0
    """Points of all relevant scored items, answered or not."""


class Progress(Struct, frozen=True):
    """Counters of one form or of the whole visit."""

    answered: int
    total: int
    """Relevant items that take an answer."""
    required_left: int
    invalid: int
    hidden: int
    """Items hidden by logic."""
    carried: int = 0
    hidden_answers: int = 0
    """Hidden items whose answers are kept."""


class FormLine(Struct, frozen=True):
    """One form of the visit."""

    form_id: str
    version: str
    hash: str
    title: str
    active: bool = False


class RunnerView(Struct, frozen=True):
    """The runner as it stands: everything a screen draws."""

    visit: str
    number: str
    title: str
    subject: str
    forms: tuple[FormLine, ...]
    form_id: str
    language: str
    languages: tuple[str, ...]
    state: str
    revision: int
    sections: tuple[SectionView, ...]
    items: Sequence[ItemView]
    """Items of the active section, tables as one item; built only when asked for."""
    position: str
    """Key of the current item; of the cell inside a table."""
    current: ItemView | TableView | None
    """The current item, or the table that holds it; None in a form without items."""
    score: ScoreView | None
    progress: Progress
    next_label: str = ""
    message: str | None = None
    """What just happened, for example how many answered items became hidden."""
    offer: FindingOffer | None = None
    cell: ItemView | None = None
    """The current cell, where ``current`` is a table and a cell has the cursor."""
    operations: int = 0
    """Durable operations of this visit, counted by the service."""
    subject_name: str = ""
    mode: str = ""
    section: str = ""
    """Key of the active section."""
    locked: str = ""
    """Why nothing can be answered (state); empty where it can."""
    reason_due: bool = False
    """True where answering reopens the visit and must bring a reason."""
    undo_label: str = ""
    redo_label: str = ""
    form_title: str = ""
    index: int = 0
    """Place of the current item in ``items`` from 0."""
    jumped_from: str = ""
    """Key that *back* returns to; empty where no jump was made."""
    findings: tuple[FindingLine, ...] = ()
