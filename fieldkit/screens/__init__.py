"""The screens: each draws a view value and turns keys into intents; they are reached by name."""

from __future__ import annotations

__all__ = ["PLACES"]

PLACES = {
    "home": ("fieldkit.screens.home", "HomeScreen"),
    "subjects": ("fieldkit.screens.subjects", "SubjectsScreen"),
    "visit": ("fieldkit.screens.runner", "RunnerScreen"),
    "notes": ("fieldkit.screens.notes", "NotesScreen"),
    "findings": ("fieldkit.screens.findings", "FindingsScreen"),
    "finding": ("fieldkit.screens.finding", "FindingScreen"),
    "conflict": ("fieldkit.screens.conflict", "ConflictScreen"),
    "sync": ("fieldkit.screens.sync", "SyncScreen"),
    "keys": ("fieldkit.screens.sync_keys", "KeysScreen"),
    "receipts": ("fieldkit.screens.sync_receipts", "ReceiptsScreen"),
    "where": ("fieldkit.screens.where", "WhereScreen"),
    "qr": ("fieldkit.screens.qr", "QrScreen"),
    "settings": ("fieldkit.screens.settings", "SettingsScreen"),
    "first_run": ("fieldkit.screens.first_run", "FirstRunScreen"),
}
"""Name of a screen to its module and class, imported when it is first shown."""
