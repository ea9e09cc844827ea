"""the daily program"""

import sqlalchemy as sa
from alembic import op

from giftpulse.ground.database import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audiences",
        sa.Column("id", BigId, nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("jurisdictions", sa.String(), nullable=False),
        sa.Column("window_start", sa.SmallInteger(), nullable=True),
        sa.Column("window_end", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("program_id", "digest", name=op.f("uq_audiences_program_id_digest")),
    )
    op.create_table(
        "consent_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("program_id", BigId, nullable=True),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("message_sid", sa.String(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("wording_version", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index("ix_consent_events_number_hash", ["number_hash", "id"], unique=False)
        batch_op.create_index("ix_consent_events_subscriber_id", ["subscriber_id", "id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("audience_id", BigId, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("send_at", UtcDateTime(), nullable=False),
        sa.Column("window_end", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("edition_id", BigId, nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sid", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("error_code", BigId, nullable=True),
        sa.Column("segments", sa.SmallInteger(), nullable=True),
        sa.Column("billed_segments", sa.SmallInteger(), nullable=True),
        sa.Column("price_micros", BigId, nullable=True),
        sa.Column("price_unit", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_due",
            ["program_id", "send_at"],
            unique=False,
            postgresql_where=sa.text("state = 'planned'"),
            sqlite_where=sa.text("state = 'planned'"),
        )
        batch_op.create_index(
            "ix_deliveries_open",
            ["claimed_until"],
            unique=False,
            postgresql_where=sa.text("state IN ('posting', 'unknown')"),
            sqlite_where=sa.text("state IN ('posting', 'unknown')"),
        )
        batch_op.create_index(
            "ix_deliveries_posted_at",
            ["posted_at"],
            unique=False,
            postgresql_where=sa.text("posted_at IS NOT NULL"),
            sqlite_where=sa.text("posted_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_deliveries_sid",
            ["sid"],
            unique=False,
            postgresql_where=sa.text("sid IS NOT NULL"),
            sqlite_where=sa.text("sid IS NOT NULL"),
        )

    op.create_table(
        "delivery_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("delivery_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_events")),
    )
    with op.batch_alter_table("delivery_events", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_events_delivery_id", ["delivery_id", "id"], unique=False)

    op.create_table(
        "editions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=False),
        sa.Column("segments", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("library_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("approve_by", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index("ix_editions_program_id", ["program_id", "id"], unique=False)
        batch_op.create_index(
            "uq_editions_live",
            ["program_id", "local_date", "language", "theme"],
            unique=True,
            postgresql_where=sa.text("state <> 'rejected'"),
            sqlite_where=sa.text("state <> 'rejected'"),
        )

    op.create_table(
        "holds",
        sa.Column("id", BigId, nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index(
            "uq_holds_open",
            ["scope", "cause"],
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
            sqlite_where=sa.text("lifted_at IS NULL"),
        )

    op.create_table(
        "inbound_texts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("message_sid", sa.String(), nullable=False),
        sa.Column("program_id", BigId, nullable=True),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sentiment", sa.String(), nullable=False),
        sa.Column("danger", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("reply_by", sa.String(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.Column("handled_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_texts")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_inbound_texts_message_sid")),
    )
    with op.batch_alter_table("inbound_texts", schema=None) as batch_op:
        batch_op.create_index("ix_inbound_texts_phone", ["phone", "id"], unique=False)
        batch_op.create_index("ix_inbound_texts_subscriber_id", ["subscriber_id", "id"], unique=False)

    op.create_table(
        "notes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("program_id", BigId, nullable=True),
        sa.Column("subscriber_id", BigId, nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("send_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("sid", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("key", name=op.f("uq_notes_key")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index(
            "ix_notes_due",
            ["send_at"],
            unique=False,
            postgresql_where=sa.text("state = 'planned'"),
            sqlite_where=sa.text("state = 'planned'"),
        )

    op.create_table(
        "plans",
        sa.Column("audience_id", BigId, autoincrement=False, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("audience_id", "local_date", name=op.f("pk_plans")),
    )
    op.create_table(
        "program_days",
        sa.Column("program_id", BigId, autoincrement=False, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("claimed", BigId, nullable=False),
        sa.Column("segments", BigId, nullable=False),
        sa.Column("canary", sa.String(), nullable=False),
        sa.Column("canary_size", BigId, nullable=False),
        sa.Column("canary_reason", sa.Text(), nullable=False),
        sa.Column("canary_full_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("program_id", "local_date", name=op.f("pk_program_days")),
    )
    op.create_table(
        "programs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("segments_per_second", sa.Float(), nullable=False),
        sa.Column("join_keyword", sa.String(), nullable=True),
        sa.Column("window_start", sa.SmallInteger(), nullable=False),
        sa.Column("window_end", sa.SmallInteger(), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.Column("quiet_hours", sa.Boolean(), nullable=False),
        sa.Column("canary", sa.Boolean(), nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("approval_hours", sa.SmallInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("max_segments", sa.SmallInteger(), nullable=False),
        sa.Column("banned_words", sa.Text(), nullable=False),
        sa.Column("footer", sa.Text(), nullable=False),
        sa.Column("footer_every", sa.SmallInteger(), nullable=False),
        sa.Column("help_contact", sa.String(), nullable=False),
        sa.Column("helpline", sa.Text(), nullable=False),
        sa.Column("daily_cap", BigId, nullable=True),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
        sa.UniqueConstraint("join_keyword", name=op.f("uq_programs_join_keyword")),
        sa.UniqueConstraint("slug", name=op.f("uq_programs_slug")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("checked", BigId, nullable=False),
        sa.Column("healed", BigId, nullable=False),
        sa.Column("unpriced", BigId, nullable=False),
        sa.Column("strangers", BigId, nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "senders",
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_senders")),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("status_at", UtcDateTime(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("timezone_source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("window_start", sa.SmallInteger(), nullable=True),
        sa.Column("window_end", sa.SmallInteger(), nullable=True),
        sa.Column("audience_id", BigId, nullable=False),
        sa.Column("share", BigId, nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("theme", sa.String(), nullable=True),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("failure_code", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("program_id", "number_hash", name=op.f("uq_subscribers_program_id_number_hash")),
    )
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.create_index("ix_subscribers_audience_id", ["audience_id"], unique=False)
        batch_op.create_index(
            "ix_subscribers_moved",
            ["program_id"],
            unique=False,
            postgresql_where=sa.text("moved"),
            sqlite_where=sa.text("moved"),
        )
        batch_op.create_index(
            "ix_subscribers_pending",
            ["id"],
            unique=False,
            postgresql_where=sa.text("status = 'pending'"),
            sqlite_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index("ix_subscribers_phone", ["phone"], unique=False)

    op.create_table(
        "writing_attempts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("program_id", BigId, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("prompt_tokens", BigId, nullable=False),
        sa.Column("completion_tokens", BigId, nullable=False),
        sa.Column("cost_micros", BigId, nullable=False),
        sa.Column("milliseconds", BigId, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writing_attempts")),
    )
    with op.batch_alter_table("writing_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_writing_attempts_at", ["at"], unique=False)
        batch_op.create_index("ix_writing_attempts_program_id", ["program_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("writing_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_writing_attempts_program_id")
        batch_op.drop_index("ix_writing_attempts_at")

    op.drop_table("writing_attempts")
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_index("ix_subscribers_phone")
        batch_op.drop_index(
            "ix_subscribers_pending",
            postgresql_where=sa.text("status = 'pending'"),
            sqlite_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index("ix_subscribers_moved", postgresql_where=sa.text("moved"), sqlite_where=sa.text("moved"))
        batch_op.drop_index("ix_subscribers_audience_id")

    op.drop_table("subscribers")
    op.drop_table("senders")
    op.drop_table("reconciliations")
    op.drop_table("programs")
    op.drop_table("program_days")
    op.drop_table("plans")
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notes_due", postgresql_where=sa.text("state = 'planned'"), sqlite_where=sa.text("state = 'planned'")
        )

    op.drop_table("notes")
    with op.batch_alter_table("inbound_texts", schema=None) as batch_op:
        batch_op.drop_index("ix_inbound_texts_subscriber_id")
        batch_op.drop_index("ix_inbound_texts_phone")

    op.drop_table("inbound_texts")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_holds_open", postgresql_where=sa.text("lifted_at IS NULL"), sqlite_where=sa.text("lifted_at IS NULL")
        )

    op.drop_table("holds")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_editions_live",
            postgresql_where=sa.text("state <> 'rejected'"),
            sqlite_where=sa.text("state <> 'rejected'"),
        )
        batch_op.drop_index("ix_editions_program_id")

    op.drop_table("editions")
    with op.batch_alter_table("delivery_events", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_events_delivery_id")

    op.drop_table("delivery_events")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_sid", postgresql_where=sa.text("sid IS NOT NULL"), sqlite_where=sa.text("sid IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_deliveries_posted_at",
            postgresql_where=sa.text("posted_at IS NOT NULL"),
            sqlite_where=sa.text("posted_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_deliveries_open",
            postgresql_where=sa.text("state IN ('posting', 'unknown')"),
            sqlite_where=sa.text("state IN ('posting', 'unknown')"),
        )
        batch_op.drop_index(
            "ix_deliveries_due",
            postgresql_where=sa.text("state = 'planned'"),
            sqlite_where=sa.text("state = 'planned'"),
        )

    op.drop_table("deliveries")
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_events_subscriber_id")
        batch_op.drop_index("ix_consent_events_number_hash")

    op.drop_table("consent_events")
    op.drop_table("audiences")
