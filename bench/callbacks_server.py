"""The measured server: ours, or the same doors with a receiver that stores nothing (``limit``)."""

import os
import sys

import uvicorn

from giftpulse.ground import runtime, settings
from giftpulse.ground.site import open_site
from giftpulse.logs.receive import Delivery, Receiver
from giftpulse.web import create_app
from tests import make


class Forgetful(Receiver):
    """Takes everything and stores nothing: what the doors cost by themselves."""

    async def take(self, delivery: Delivery) -> None:
        """Done already."""


def main(kind: str, port: int) -> None:
    """Serve until SIGTERM."""
    url = os.environ["BENCH_URL"] or "sqlite:////dev/shm/giftpulse-bench-unused.db"
    site = open_site(
        settings.load(
            _env_file=None, database_url=url, secret_key="a key for the bench, long enough",
            twilio_account_sid=make.ACCOUNT, twilio_auth_token=make.TOKEN,
        )
    )  # fmt: skip
    runtime.tune()
    app = create_app(site, receiver=Forgetful(site) if kind == "limit" else None)
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
