"""A mistake of the program's own, as the command tells it."""

from __future__ import annotations

from db.errors import SheafError
from desktop_app.diagnostics.reports import keep_report, report_of


class ProgramFaultError(SheafError):
    """Sheaf itself is at fault."""

    default_safe = "What was saved before is safe; what was begun may not be done."


def fault_of(error: Exception) -> ProgramFaultError:
    """Keep a report of an error that nobody caught, and return what is said of it."""
    report = report_of(error)
    path = keep_report(report)
    where = f"is in {path}" if path is not None else "could not be kept"
    return ProgramFaultError(
        f"Sheaf made a mistake of its own ({type(error).__name__}).",
        advice=f"A report that helps to mend it {where}; it was sent nowhere.",
    )
