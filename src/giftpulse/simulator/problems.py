"""Refusals, in the shape in which Twilio's API gives them."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer, not a mistake of ours
    """An answer of 4xx or 5xx: ``{"code", "message", "more_info", "status"}``."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(f"{status} {code}: {message}")

    def wire(self) -> dict[str, Any]:
        """The JSON body (https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions)."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> Refusal:
    """404, as recorded from the live API."""
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def unauthorized() -> Refusal:
    """401: no credentials, wrong ones, or another account's."""
    return Refusal(401, 20003, "Authenticate")


def forbidden(permission: str) -> Refusal:
    """403: a restricted key that may not do this."""
    return Refusal(403, 20403, f"The API key lacks the permission {permission}")
