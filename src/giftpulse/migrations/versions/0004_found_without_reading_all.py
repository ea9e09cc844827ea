"""found without reading all"""

from giftpulse.migrations.beside import NewIndex, build, drop

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = (
    NewIndex("ix_consent_events_forms", "consent_events", ["recorded_at"], "source = 'form'"),
    NewIndex("ix_deliveries_failed", "deliveries", ["id"], "state IN ('undelivered', 'failed')"),
    NewIndex("ix_inbound_texts_danger", "inbound_texts", ["id"], "danger"),
    NewIndex("ix_inbound_texts_open", "inbound_texts", ["id"], "handled_at IS NULL"),
    NewIndex("ix_inbound_texts_received_at", "inbound_texts", ["received_at"], using="brin"),
    NewIndex("ix_notes_created_at", "notes", ["created_at"], using="brin"),
    NewIndex("ix_notes_phone", "notes", ["phone"], "phone IS NOT NULL"),
    NewIndex("ix_notes_sid", "notes", ["sid"], "sid IS NOT NULL"),
    NewIndex("ix_notes_subscriber_id", "notes", ["subscriber_id", "id"]),
)


def upgrade() -> None:
    build(*INDEXES)


def downgrade() -> None:
    drop(*INDEXES)
