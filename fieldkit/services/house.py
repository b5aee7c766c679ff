"""All use cases of one workspace; each is made when it is first asked for, so that opening stays cheap."""

from __future__ import annotations

import shutil
from functools import cached_property
from typing import TYPE_CHECKING

from fieldkit.services.adapters import Adapters
from fieldkit.services.desk import Desk
from fieldkit.services.records import Records
from fieldkit.services.writer import Writer

if TYPE_CHECKING:
    from fieldkit.services.actors import Actors
    from fieldkit.services.arrivals import Arrivals
    from fieldkit.services.conflicts import Conflicts
    from fieldkit.services.evidence import Evidence
    from fieldkit.services.filming import Filming
    from fieldkit.services.findings import Findings
    from fieldkit.services.forms import Forms
    from fieldkit.services.home import Home
    from fieldkit.services.introductions import Introductions
    from fieldkit.services.keyring import KeyRing
    from fieldkit.services.moves import Moves
    from fieldkit.services.notes import Notes
    from fieldkit.services.preferences import Preferences
    from fieldkit.services.purging import Purging
    from fieldkit.services.receipts import Receipts
    from fieldkit.services.runner import Runner
    from fieldkit.services.sessions import Sessions
    from fieldkit.services.subjects import Subjects
    from fieldkit.services.submissions import Submissions
    from fieldkit.services.sync import Sync
    from fieldkit.services.upkeep import Upkeep
    from fieldkit.services.visit_list import VisitList
    from fieldkit.services.visits import Visits
    from fieldkit.services.whereabouts import Whereabouts
    from fieldkit.services.workspace import Workspace

__all__ = ["Services"]


class Services:
    """The only doorway for screens and command line."""

    def __init__(self, desk: Desk, adapters: Adapters) -> None:
        self.desk = desk
        self.adapters = adapters

    @property
    def writer(self) -> Writer:
        """The one writer."""
        return self.desk.writer

    @cached_property
    def records(self) -> Records:
        """Names of records."""
        return Records(self.desk)

    @cached_property
    def home(self) -> Home:
        """The day at a glance, and search over everything."""
        from fieldkit.services.home import Home

        return Home(self)

    @cached_property
    def subjects(self) -> Subjects:
        """The register."""
        from fieldkit.services.subjects import Subjects

        return Subjects(self.desk, self.records, self.adapters.subject_files)

    @cached_property
    def forms(self) -> Forms:
        """Checklists."""
        from fieldkit.services.forms import Forms

        return Forms(self.desk, self.records, self.adapters)

    @cached_property
    def sessions(self) -> Sessions:
        """Visits opened for answering."""
        from fieldkit.services.sessions import Sessions

        return Sessions(self.desk, self.records, self.forms)

    @cached_property
    def visits(self) -> Visits:
        """Visits: started, listed, shown, moved."""
        from fieldkit.services.visits import Visits

        return Visits(self.desk, self.records, self.forms, self.sessions)

    @cached_property
    def visit_list(self) -> VisitList:
        """Visits as lines, without the engine of forms."""
        from fieldkit.services.visit_list import VisitList

        return VisitList(self.desk, self.records)

    @cached_property
    def moves(self) -> Moves:
        """Moves of visits and findings."""
        from fieldkit.services.moves import Moves

        return Moves(self.desk, self.records, self.sessions)

    @cached_property
    def runner(self) -> Runner:
        """The visit that is being answered."""
        from fieldkit.services.runner import Runner

        return Runner(self)

    @cached_property
    def findings(self) -> Findings:
        """Findings."""
        from fieldkit.services.findings import Findings

        return Findings(self.desk, self.records, lambda: self.sessions)

    @cached_property
    def notes(self) -> Notes:
        """Field notes."""
        from fieldkit.services.notes import Notes

        return Notes(self.desk, self.records)

    @cached_property
    def evidence(self) -> Evidence:
        """Evidence of visits."""
        from fieldkit.services.evidence import Evidence

        return Evidence(self.desk, self.sessions, self.adapters)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Real disagreements."""
        from fieldkit.services.conflicts import Conflicts

        return Conflicts(self.desk, self.records, lambda: self.sessions)

    @cached_property
    def sync(self) -> Sync:
        """Outbox, export and import."""
        from fieldkit.services.sync import Sync

        return Sync(self.desk, self.records, self.adapters, self.keys, self.conflicts)

    @cached_property
    def submissions(self) -> Submissions:
        """Final visits for servers of the OpenRosa family."""
        from fieldkit.services.submissions import Submissions

        return Submissions(self.desk, self.records, self.sessions, self.adapters)

    @cached_property
    def purging(self) -> Purging:
        """Acknowledged visits that leave this laptop."""
        from fieldkit.services.purging import Purging

        return Purging(self.desk, self.records, self.adapters)

    @cached_property
    def keys(self) -> KeyRing:
        """Keys, and who is trusted."""
        from fieldkit.services.keyring import KeyRing

        return KeyRing(self.desk, self.adapters)

    @cached_property
    def introductions(self) -> Introductions:
        """Cards that are read, compared and trusted."""
        from fieldkit.services.introductions import Introductions

        return Introductions(self.keys, self.adapters)

    @cached_property
    def receipts(self) -> Receipts:
        """Receipts, received and given."""
        from fieldkit.services.receipts import Receipts

        return Receipts(self.desk, self.adapters, self.keys)

    @cached_property
    def whereabouts(self) -> Whereabouts:
        """The way of one record."""
        from fieldkit.services.whereabouts import Whereabouts

        return Whereabouts(self.desk, self.records, self.keys)

    @cached_property
    def arrivals(self) -> Arrivals:
        """Imports and quarantine."""
        from fieldkit.services.arrivals import Arrivals

        return Arrivals(self.desk, self.records, self.keys)

    @cached_property
    def filming(self) -> Filming:
        """Bundles as QR codes."""
        from fieldkit.services.filming import Filming

        return Filming(self.desk, self.adapters)

    @cached_property
    def settings(self) -> Preferences:
        """Settings and the first run."""
        from fieldkit.services.preferences import Preferences

        return Preferences(self.desk, self.actors)

    @cached_property
    def actors(self) -> Actors:
        """The team."""
        from fieldkit.services.actors import Actors

        return Actors(self.desk)

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace itself: crashes, clock, checks, copies."""
        from fieldkit.services.workspace import Workspace

        return Workspace(self.desk, self.records, self.adapters)

    @cached_property
    def upkeep(self) -> Upkeep:
        """Upkeep of the store in idle moments."""
        from fieldkit.services.upkeep import Upkeep

        return Upkeep(self.desk)

    def close(self) -> None:
        """Save what is waiting and give the workspace free."""
        if "upkeep" in self.__dict__:
            self.upkeep.end()
        self.desk.writer.close()
        self.desk.keep_counters()
        shutil.rmtree(self.desk.home / "scratch", ignore_errors=True)
        self.desk.store.close()
