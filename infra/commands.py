"""What the containers run: words after ``giftpulse``, the entry of the image. A house test compares."""

from dataclasses import dataclass

MIGRATE = ("db", "upgrade")
"""Run as a task of its own before new services start."""

LOOK = ("doctor",)
"""What the task for commands runs when it is not told another one."""

PORT = 8000
"""Where the image listens."""

ALIVE = "/alive"
"""What the load balancer asks. Not ``/health``: that is 503 while Twilio cannot be reached, and taking the web away for
it would close the doors for Twilio's webhooks, too."""

HEALTHY = "/opt/giftpulse/libexec/healthy.py"
"""What asks in a container whether its process does what it is for. ECS does not look at the image's own check."""

USER = "10001:10001"
"""The user of the image, by number."""

DATA = "/data"
"""The one folder that can be written to; all else of the image is read-only."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command that EventBridge Scheduler runs as a task, and when (``rate(...)`` or ``cron(...)``, in UTC)."""

    command: str
    when: str
