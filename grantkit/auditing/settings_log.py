"""What ``grant.toml`` said when: its versions as commands that changed the ledger found them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grantkit.settings_changes import SettingChange, changes_between

if TYPE_CHECKING:
    import datetime

    from grantkit.settings import Settings
    from grantkit.store import Ledger


@dataclass(frozen=True)
class SettingsVersion:
    """One version: from which command on it was in force (UTC), and what it changed. The first changes nothing.

    ``claims`` names the claims that rest on it. The text as it stands now, where no command that writes has met it
    yet, has no number and no time.
    """

    version: int | None
    sha256: str
    noted_at: datetime.datetime | None
    user: str | None
    command: str | None
    claims: tuple[str, ...]
    changes: tuple[SettingChange, ...]

    def as_json(self) -> dict[str, Any]:
        """One entry of the document for scripts."""
        return {
            "version": self.version,
            "sha256": self.sha256,
            "noted_at": None if self.noted_at is None else self.noted_at.isoformat(),
            "user": self.user,
            "command": self.command,
            "claims": list(self.claims),
            "changes": [vars(change) for change in self.changes],
        }


def settings_log(ledger: Ledger, settings: Settings) -> list[SettingsVersion]:
    """Every version of the settings that the ledger has met, the oldest first, then today's if it is another."""
    found: list[SettingsVersion] = []
    text: str | None = None
    for row in ledger.records("auditing/settings_versions"):
        changes = () if text is None else tuple(changes_between(text, row["text"]))
        text = row["text"]
        found.append(
            SettingsVersion(
                *(row["version"], row["sha256"], row["noted_at"], row["user_name"], row["command"]),
                tuple(row["claims"] or ()),
                changes,
            )
        )
    if not found or found[-1].sha256 != settings.text_sha256:
        changes = () if text is None else tuple(changes_between(text, settings.text))
        found.append(SettingsVersion(None, settings.text_sha256, None, None, None, (), changes))
    return found
