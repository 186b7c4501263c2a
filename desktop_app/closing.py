"""What is asked of a person who closes the window while something is under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from db.jobs import JobOrder, OwnKind
from desktop_app.widgets.banner import Banner
from desktop_app.widgets.buttons import ButtonSpec

IMPORT_UNDER_WAY: Final = "An import is under way. Closing stops it, and nothing of it is kept."
_UNDER_WAY: Final = " still under way. "
_STOPPABLE: Final = frozenset(
    {OwnKind.EXPORT, OwnKind.CHECK, OwnKind.BACKUP, OwnKind.RESTORE, OwnKind.RETENTION}
)


class UnderWay(Struct, frozen=True):
    """The jobs this window does but for imports, and whether it imports something."""

    orders: tuple[JobOrder, ...]
    is_importing: bool

    def __bool__(self) -> bool:
        return bool(self.orders) or self.is_importing

    @property
    def sentence(self) -> str:
        """What closing would mean."""
        if not self.orders:
            return IMPORT_UNDER_WAY
        titles = ", ".join(f"“{order.title}”" for order in self.orders)
        said = f"{titles} {'is' if len(self.orders) == 1 else 'are'}{_UNDER_WAY}"
        return f"{said}{IMPORT_UNDER_WAY}" if self.is_importing else said.rstrip()


def ask_to_close(
    ribbon: Banner,
    under_way: UnderWay,
    close_later: Callable[[], None],
    close_now: Callable[[], None],
) -> None:
    """Ask what is to become of the jobs; nothing is blocked meanwhile.

    What waits for a person to decide never ends by itself, so that is not waited for.
    """
    buttons: list[ButtonSpec] = []
    if any(order.kind in _STOPPABLE for order in under_way.orders) or under_way.is_importing:
        is_one = len(under_way.orders) + under_way.is_importing == 1
        buttons.append((f"Stop {'it' if is_one else 'them'} and close", close_now, False))
    if not under_way.is_importing:
        buttons.append(("Close when done", close_later, False))
    buttons.append(("Stay", ribbon.hide, True))
    ribbon.show_message("warning", under_way.sentence, buttons)


def take_back(ribbon: Banner) -> None:
    """Hide the question, if it is what the ribbon says."""
    if IMPORT_UNDER_WAY in ribbon.text or _UNDER_WAY.strip() in ribbon.text:
        ribbon.hide()
