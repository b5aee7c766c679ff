"""A shared laptop: who is in the team, and who is at the keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fieldkit.errors import SettingsError
from fieldkit.i18n import _
from fieldkit.model.states import NEVER_CHOSEN
from fieldkit.services.desk import Desk
from fieldkit.services.lines import ActorLine, ActorView

__all__ = ["Actors"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


class Actors:
    """The roster of this device."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def code(self) -> str:
        """Code of who acts."""
        return self._desk.acting().code

    def view(self) -> ActorView:
        """Return who acts and who may."""
        acting = self._desk.acting()
        return ActorView(
            code=acting.code,
            roles=acting.roles,
            roles_label=self._labels(acting.roles),
            device=self._desk.device_name,
            roster=self.list(),
        )

    def list(self) -> tuple[ActorLine, ...]:
        """Return the team in the order it was entered."""
        current = self._desk.actor_code or self._desk.settings.current()
        return tuple(
            ActorLine(code, roles, self._labels(roles), code == current)
            for code, roles in self._desk.settings.roster().items()
        )

    def add(self, code: str, roles: Sequence[str], *, alone: bool = False) -> ActorLine:
        """Add somebody to the team, or change their roles.

        Args:
            code: Their code.
            roles: What they may do.
            alone: They take the place of the actor that an empty home has.

        Raises:
            SettingsError: ACT-003 for a code that is none, ACT-004 for a role that nobody can take.
        """
        if not _CODE.fullmatch(code):
            raise SettingsError(
                "ACT-003",
                _("{code} is no code of an inspector").format(code=code),
                hint=_("Use letters, digits, - and _ only, and no names."),
                where={"actor": code},
            )
        allowed = [role for role in self._desk.machines.roles if role not in NEVER_CHOSEN]
        for role in roles or ("",):
            if role not in allowed:
                raise SettingsError(
                    "ACT-004",
                    _("Nobody can take the role {role}").format(role=role or "-"),
                    hint=_("Roles: {roles}").format(roles=", ".join(allowed)),
                    where={"role": role},
                )
        # The actor of an empty home stays beside the first one that is added, unless it is the first run.
        before = self._desk.settings.actors if alone else self._desk.settings.roster()
        roster = {**before, code: tuple(dict.fromkeys(roles))}
        self._desk.save_settings({"actors": roster})
        return next(line for line in self.list() if line.code == code)

    def use(self, code: str) -> ActorView:
        """Put somebody at the keyboard; what is open stays as it is.

        Raises:
            SettingsError: ACT-001 for a code that is not in the team.
        """
        before = self._desk.actor_code
        self._desk.actor_code = code
        try:
            self._desk.acting()
        finally:
            self._desk.actor_code = before
        self._desk.save_settings({"actor": code})
        self._desk.actor_code = ""
        return self.view()

    def _labels(self, roles: Sequence[str]) -> str:
        return self._desk.machines.role_labels(roles)
