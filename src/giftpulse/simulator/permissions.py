"""What a restricted API key may do: each request needs one permission.

https://www.twilio.com/docs/iam/api-keys/restricted-api-keys
"""

import re

_MESSAGES, _CALLS, _ALERTS = "/twilio/messaging/messages", "/twilio/voice/calls", "/twilio/monitor/alerts"
_NUMBERS, _SERVICES = "/twilio/phone-numbers", "/twilio/messaging/services"

_NEEDED = tuple(
    (method, re.compile(path + r"\Z"), permission)
    for method, path, permission in (
        ("GET", r".*/Messages\.json", f"{_MESSAGES}/list"),
        ("GET", r".*/Messages/\w+\.json", f"{_MESSAGES}/read"),
        ("POST", r".*/Messages\.json", f"{_MESSAGES}/create"),
        ("GET", r".*/Calls\.json", f"{_CALLS}/list"),
        ("GET", r".*/Calls/\w+\.json", f"{_CALLS}/read"),
        ("GET", r"/v1/Alerts", f"{_ALERTS}/list"),
        ("GET", r"/v1/Alerts/\w+", f"{_ALERTS}/read"),
        ("GET", r".*/(IncomingPhoneNumbers|SMS/ShortCodes)\.json", f"{_NUMBERS}/list"),
        ("GET", r"/v1/Services/\w+", f"{_SERVICES}/read"),
        ("GET", r"/v1/Services/\w+/\w+", f"{_SERVICES}/list"),
    )
)


def needed(method: str, path: str) -> str | None:
    """The permission that a request needs; None where this simulator asks for none."""
    return next((permission for how, where, permission in _NEEDED if how == method and where.match(path)), None)
