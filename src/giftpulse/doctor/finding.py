"""What a check found."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """``says``: what it is and what that means; ``mend``: what to do, where something is to be done."""

    check: str
    state: State
    says: str
    mend: str | None = None

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def ok(check: str, says: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", says)


def warn(check: str, says: str, mend: str) -> Finding:
    """It works, but something will be missed sooner or later."""
    return Finding(check, "warn", says, mend)


def fail(check: str, says: str, mend: str) -> Finding:
    """Something does not work."""
    return Finding(check, "fail", says, mend)
