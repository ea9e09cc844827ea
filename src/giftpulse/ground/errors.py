"""The error family. A domain error carries its HTTP status; the web edge turns it into problem details.

``Exception`` is caught only at the edges (a round, a request, the command line). Everything below
raises one of these, or lets the library's own error pass.
"""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with the input. ``field`` is a path such as ``condition.all.0.value``."""

    field: str
    reason: str


class GiftPulseError(Exception):
    """Base of every error that we raise ourselves. ``str(error)`` is fit to be shown to a user."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    title = "Something went wrong on our side"


class InvalidInputError(GiftPulseError):
    """Input that was understood and refused, with each field at fault and the reason (HTTP 422)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The input is not valid"

    def __init__(self, *errors: FieldError) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{e.field}: {e.reason}" if e.field else e.reason for e in errors))

    @classmethod
    def at(cls, field: str, reason: str) -> "InvalidInputError":
        """The common case: one field, one reason."""
        return cls(FieldError(field, reason))


class NotFoundError(GiftPulseError):
    """There is no such thing (HTTP 404)."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"


class ConflictError(GiftPulseError):
    """The thing exists but its present state does not allow this (HTTP 409)."""

    status = HTTPStatus.CONFLICT
    title = "Not possible in the present state"


class UnauthorizedError(GiftPulseError):
    """No token, or one that we do not know (HTTP 401)."""

    status = HTTPStatus.UNAUTHORIZED
    title = "Authentication needed"


class ForbiddenError(GiftPulseError):
    """The token is known, but may not do this; or a webhook's signature is wrong (HTTP 403)."""

    status = HTTPStatus.FORBIDDEN
    title = "Not allowed"


class SettingsError(GiftPulseError):
    """A setting is wrong or missing. Names the variable and what is expected; stops the start."""
