"""A Monitor alert as the simulator keeps it, and as the API shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from giftpulse.simulator.dates import iso


@dataclass(slots=True)
class Alert:
    """One entry of the error log. ``resource_sid`` is the message or call that it is about."""

    sid: str
    account_sid: str
    resource_sid: str
    error_code: int
    log_level: str
    alert_text: str
    created: datetime
    generated: datetime
    service_sid: str | None = None
    request_method: str | None = "POST"
    request_url: str | None = None
    request_variables: str = ""
    response_headers: str = ""
    response_body: str = ""

    def wire(self, base: str, whole: bool = False) -> dict[str, Any]:
        """The record as in the API's answers; ``base`` is the address in front of its ``url``.

        What was asked and answered is only in the answer for one alert, not in lists (twilio-oai ``monitor.v1.alert``
        and ``alert-instance``). The error code is a string here.
        """
        row = {
            "alert_text": self.alert_text,
            "date_updated": iso(self.created),
            "resource_sid": self.resource_sid,
            "account_sid": self.account_sid,
            "url": f"{base}/v1/Alerts/{self.sid}",
            "sid": self.sid,
            "date_generated": iso(self.generated),
            "date_created": iso(self.created),
            "error_code": str(self.error_code),
            "log_level": self.log_level,
            "more_info": f"https://www.twilio.com/docs/errors/{self.error_code}",
            "request_method": self.request_method,
            "request_url": self.request_url,
            "api_version": "2010-04-01",
            "service_sid": self.service_sid,
        }
        if whole:
            row["request_variables"] = self.request_variables
            row["request_headers"] = None
            row["response_headers"] = self.response_headers
            row["response_body"] = self.response_body
        return row
