"""the record, rules, alerts, actions"""

import sqlalchemy as sa
from alembic import op

from giftpulse.ground.database import BigId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("alert_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
    )
    with op.batch_alter_table("alert_events") as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_events_alert_id"), ["alert_id"], unique=False)

    op.create_table(
        "alert_groups",
        sa.Column("rule_id", BigId, autoincrement=False, nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("rule_version", BigId, nullable=False),
        sa.Column("times", sa.LargeBinary(), nullable=False),
        sa.Column("last_event_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "group_key", name=op.f("pk_alert_groups")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("rule_version", BigId, nullable=False),
        sa.Column("rule_name", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("group_key", sa.String(), nullable=False),
        sa.Column("group_labels", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("event_count", BigId, nullable=False),
        sa.Column("samples", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("first_event_at", UtcDateTime(), nullable=False),
        sa.Column("last_event_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_reason", sa.String(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("notice_due_at", UtcDateTime(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.create_index(
            "ix_alerts_closes_at",
            ["closes_at"],
            unique=False,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.create_index("ix_alerts_group", ["rule_id", "group_key", "id"], unique=False)
        batch_op.create_index(
            "ix_alerts_notice_due_at",
            ["notice_due_at"],
            unique=False,
            postgresql_where=sa.text("notice_due_at IS NOT NULL"),
            sqlite_where=sa.text("notice_due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_alerts_open",
            ["rule_id", "group_key"],
            unique=True,
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )

    op.create_table(
        "api_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_tokens_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_tokens_name")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fence", BigId, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "log_backfills",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_sid", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("reached", UtcDateTime(), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.Column("records", BigId, nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_backfills")),
    )
    op.create_table(
        "log_batches",
        sa.Column("id", BigId, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("changes", BigId, nullable=False),
        sa.Column("history", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_batches")),
    )
    op.create_table(
        "log_changes",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("log_id", BigId, nullable=False),
        sa.Column("previous_id", BigId, nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("event_at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("status_before", sa.String(), nullable=True),
        sa.Column("status_after", sa.String(), nullable=True),
        sa.Column("error_before", BigId, nullable=True),
        sa.Column("error_after", BigId, nullable=True),
        sa.Column("other", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_changes")),
    )
    op.create_table(
        "log_cursors",
        sa.Column("account_sid", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("watermark", UtcDateTime(), nullable=True),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("last_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("hourly_sweep_at", UtcDateTime(), nullable=True),
        sa.Column("daily_sweep_at", UtcDateTime(), nullable=True),
        sa.Column("failures", BigId, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account_sid", "resource", name=op.f("pk_log_cursors")),
    )
    op.create_table(
        "log_entries",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("account_sid", sa.String(), nullable=False),
        sa.Column("sid", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("error_code", BigId, nullable=True),
        sa.Column("log_level", sa.String(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("from_number", sa.String(), nullable=True),
        sa.Column("to_number", sa.String(), nullable=True),
        sa.Column("resource_sid", sa.String(), nullable=True),
        sa.Column("messaging_service_sid", sa.String(), nullable=True),
        sa.Column("request_url", sa.Text(), nullable=True),
        sa.Column("duration", BigId, nullable=True),
        sa.Column("price_micros", BigId, nullable=True),
        sa.Column("price_unit", sa.String(), nullable=True),
        sa.Column("segments", BigId, nullable=True),
        sa.Column("event_at", UtcDateTime(), nullable=False),
        sa.Column("twilio_created_at", UtcDateTime(), nullable=True),
        sa.Column("twilio_updated_at", UtcDateTime(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_change_id", BigId, nullable=False),
        sa.Column("chase_at", UtcDateTime(), nullable=True),
        sa.Column("settled", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
        sa.UniqueConstraint("sid", "account_sid", name=op.f("uq_log_entries_sid_account_sid")),
    )
    with op.batch_alter_table("log_entries") as batch_op:
        batch_op.create_index(
            "ix_log_entries_chase_at",
            ["chase_at"],
            unique=False,
            postgresql_where=sa.text("chase_at IS NOT NULL"),
            sqlite_where=sa.text("chase_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_log_entries_error_code",
            ["error_code", "id"],
            unique=False,
            postgresql_where=sa.text("error_code IS NOT NULL"),
            sqlite_where=sa.text("error_code IS NOT NULL"),
        )
        batch_op.create_index("ix_log_entries_event_at", ["event_at"], unique=False, postgresql_using="brin")
        batch_op.create_index(
            "ix_log_entries_rare_kind",
            ["kind", "id"],
            unique=False,
            postgresql_where=sa.text("kind <> 'message'"),
            sqlite_where=sa.text("kind <> 'message'"),
        )
        batch_op.create_index(
            "ix_log_entries_resource_sid",
            ["resource_sid"],
            unique=False,
            postgresql_where=sa.text("resource_sid IS NOT NULL"),
            sqlite_where=sa.text("resource_sid IS NOT NULL"),
        )

    op.create_table(
        "log_owed",
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("batch_id", BigId, autoincrement=False, nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reader", "batch_id", name=op.f("pk_log_owed")),
    )
    op.create_table(
        "log_readers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_readers")),
    )
    op.create_table(
        "log_rejects",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_rejects")),
        sa.UniqueConstraint("digest", name=op.f("uq_log_rejects_digest")),
    )
    op.create_table(
        "round_runs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_run_at", UtcDateTime(), nullable=False),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("failures", BigId, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_round_runs")),
    )
    op.create_table(
        "rules",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("short_form", sa.Text(), nullable=True),
        sa.Column("version", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("matched", BigId, nullable=False),
        sa.Column("last_matched_at", UtcDateTime(), nullable=True),
        sa.Column("broken", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_table(
        "silences",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=True),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("group_labels", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    with op.batch_alter_table("silences") as batch_op:
        batch_op.create_index(batch_op.f("ix_silences_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "actions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("action_type", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_actions_rule_id_rules")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    with op.batch_alter_table("actions") as batch_op:
        batch_op.create_index(batch_op.f("ix_actions_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("alert_id", BigId, nullable=True),
        sa.Column("action_id", BigId, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("alert_data", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("retry_only", sa.Text(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_notifications_action_id_actions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("alert_id", "action_id", "reason", name=op.f("uq_notifications_alert_id_action_id_reason")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_notifications_notice_id")),
    )
    with op.batch_alter_table("notifications") as batch_op:
        batch_op.create_index(batch_op.f("ix_notifications_action_id"), ["action_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notifications_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(
            "ix_notifications_due",
            ["next_attempt_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "notification_attempts",
        sa.Column("notification_id", BigId, nullable=False),
        sa.Column("number", BigId, autoincrement=False, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("status", BigId, nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_notification_attempts_notification_id_notifications"),
        ),
        sa.PrimaryKeyConstraint("notification_id", "number", name=op.f("pk_notification_attempts")),
    )


def downgrade() -> None:
    op.drop_table("notification_attempts")
    with op.batch_alter_table("notifications") as batch_op:
        batch_op.drop_index(
            "ix_notifications_due",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(batch_op.f("ix_notifications_alert_id"))
        batch_op.drop_index(batch_op.f("ix_notifications_action_id"))

    op.drop_table("notifications")
    with op.batch_alter_table("actions") as batch_op:
        batch_op.drop_index(batch_op.f("ix_actions_rule_id"))

    op.drop_table("actions")
    with op.batch_alter_table("silences") as batch_op:
        batch_op.drop_index(batch_op.f("ix_silences_ends_at"))

    op.drop_table("silences")
    op.drop_table("rules")
    op.drop_table("round_runs")
    op.drop_table("log_rejects")
    op.drop_table("log_readers")
    op.drop_table("log_owed")
    with op.batch_alter_table("log_entries") as batch_op:
        batch_op.drop_index(
            "ix_log_entries_resource_sid",
            postgresql_where=sa.text("resource_sid IS NOT NULL"),
            sqlite_where=sa.text("resource_sid IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_log_entries_rare_kind",
            postgresql_where=sa.text("kind <> 'message'"),
            sqlite_where=sa.text("kind <> 'message'"),
        )
        batch_op.drop_index("ix_log_entries_event_at", postgresql_using="brin")
        batch_op.drop_index(
            "ix_log_entries_error_code",
            postgresql_where=sa.text("error_code IS NOT NULL"),
            sqlite_where=sa.text("error_code IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_log_entries_chase_at",
            postgresql_where=sa.text("chase_at IS NOT NULL"),
            sqlite_where=sa.text("chase_at IS NOT NULL"),
        )

    op.drop_table("log_entries")
    op.drop_table("log_cursors")
    op.drop_table("log_changes")
    op.drop_table("log_batches")
    op.drop_table("log_backfills")
    op.drop_table("leases")
    op.drop_table("api_tokens")
    with op.batch_alter_table("alerts") as batch_op:
        batch_op.drop_index(
            "uq_alerts_open",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )
        batch_op.drop_index(
            "ix_alerts_notice_due_at",
            postgresql_where=sa.text("notice_due_at IS NOT NULL"),
            sqlite_where=sa.text("notice_due_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_alerts_group")
        batch_op.drop_index(
            "ix_alerts_closes_at",
            postgresql_where=sa.text("state <> 'resolved'"),
            sqlite_where=sa.text("state <> 'resolved'"),
        )

    op.drop_table("alerts")
    op.drop_table("alert_groups")
    with op.batch_alter_table("alert_events") as batch_op:
        batch_op.drop_index(batch_op.f("ix_alert_events_alert_id"))

    op.drop_table("alert_events")
