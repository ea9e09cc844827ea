"""``giftpulse reconcile``: the nightly comparison, by hand."""

import json

from sqlalchemy import select

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_facts, show_json, show_table
from giftpulse.daily.delivery import reconcile as reconciling
from giftpulse.daily.outbox.models import Reconciliation
from giftpulse.ground.presence import present


@app.command()
def reconcile(as_json: AsJson = False) -> None:
    """Compare the last 72 hours of our texts with the record now, and say what was found. `poll-logs` first, to be
    sure that the record is up to date."""
    with opened() as site, present(site, "reconcile"):
        found = reconciling.reconcile(site)
        with site.database.read() as session:
            newest = select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1)
            samples = json.loads(session.scalars(newest).one().samples)
    if as_json:
        facts = {name: getattr(found, name) for name in ("checked", "healed", "unpriced", "strangers")}
        show_json({**facts, "samples": samples})
        return
    show_facts(
        {
            "texts with something still to come": found.checked,
            "of these, healed now": found.healed,
            "texts without a price": found.unpriced,
            "messages of our senders that are not ours": found.strangers,
        }
    )
    if samples:
        out.print()
        show_table(("sid", "to", "at", "status"), [tuple(sample.values()) for sample in samples])
