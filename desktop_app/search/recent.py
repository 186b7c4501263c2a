"""The searches a person made last."""

from __future__ import annotations

from typing import Final

from desktop_app.window_state import WindowState

KEPT: Final = 20
_KEY: Final = "search/recent"


class RecentSearches:
    """The last searches, newest first, kept from one start to the next."""

    def __init__(self, state: WindowState) -> None:
        self._state = state

    @property
    def texts(self) -> list[str]:
        """What was searched for."""
        kept = self._state.get(_KEY, [])
        texts = kept if isinstance(kept, list) else []
        return [text for text in texts if isinstance(text, str)]

    def remember(self, text: str) -> None:
        """Put a search first. The beginnings of it that were typed on the way go."""
        if text := text.strip():
            others = (former for former in self.texts if not text.startswith(former))
            self._state.put(_KEY, [text, *others][:KEPT])
