"""Settings: few options, kept with their comments, and doubts where a name is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.settings import DEFAULT_ACTOR, Settings, SettingsFile, parse


def test_a_missing_file_gives_the_presets(tmp_path: Path) -> None:
    """A home without a roster has one actor with two roles."""
    file = SettingsFile(tmp_path / "settings.toml")
    settings, doubts = file.load()
    assert (settings, doubts, file.exists) == (Settings(), (), False)
    assert settings.current() == DEFAULT_ACTOR
    assert settings.roster() == {"A01": ("inspector", "team_lead")}


def test_an_unknown_key_is_doubted_with_the_nearest_name() -> None:
    """A slip of the finger changes nothing."""
    settings, doubts = parse({"langage": "en", "theme": "pink", "mode": "page"})
    assert settings.mode == "page"
    assert settings.theme == "dark"
    assert [(doubt.key, doubt.nearest) for doubt in doubts] == [("langage", "language"), ("theme", "")]


def test_a_broken_file_is_doubted_as_a_whole(tmp_path: Path) -> None:
    """It is not overwritten by reading."""
    path = tmp_path / "settings.toml"
    path.write_text("= nonsense", encoding="utf-8")
    settings, doubts = SettingsFile(path).load()
    assert settings == Settings()
    assert [doubt.key for doubt in doubts] == ["settings.toml"]
    assert path.read_text(encoding="utf-8") == "= nonsense"


def test_saving_keeps_comments_and_unknown_keys(tmp_path: Path) -> None:
    """People write in this file too."""
    path = tmp_path / "settings.toml"
    path.write_text("# ours\ntheme = 'light' # bright room\nodd = 1\n", encoding="utf-8")
    file = SettingsFile(path)
    file.save({"device": "d01", "actors": {"A02": ("inspector",)}})
    text = path.read_text(encoding="utf-8")
    assert "# ours" in text
    assert "# bright room" in text
    assert "odd = 1" in text
    settings, _doubts = file.load()
    assert (settings.theme, settings.device, settings.actors) == ("light", "d01", {"A02": ("inspector",)})


@pytest.mark.parametrize(
    ("key", "value"), [("burden_limit", True), ("burden_limit", -1), ("language", "fr"), ("device", 1.5)]
)
def test_values_of_another_kind_are_not_used(key: str, value: object) -> None:
    """The preset holds and the key is doubted."""
    settings, doubts = parse({key: value})
    assert getattr(settings, key) == getattr(Settings(), key)
    assert [doubt.key for doubt in doubts] == [key]
