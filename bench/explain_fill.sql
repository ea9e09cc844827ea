-- An installation after some weeks: read by explain_fill.py, which has planned the texts before.
-- Values: now, program, sender, account, people; batch is how many changes each batch of the record has.

UPDATE programs SET segments_per_second = 1000, canary = false WHERE id = :program;

INSERT INTO editions (program_id, local_date, language, theme, text, encoding, segments, source, state, reason,
    created_at)
SELECT :program, d::date, l, '', 'A kind word for the day.', 'gsm', 1, 'human', 'approved', '', :now
FROM generate_series(CAST(:now AS timestamptz) - interval '60 days', CAST(:now AS timestamptz) + interval '3 days',
    '1 day') AS d, unnest(ARRAY['en', 'es']) AS l;

-- Texts of 1, 2 and 40 days ago, as those of today.
INSERT INTO deliveries (id, program_id, subscriber_id, audience_id, local_date, send_at, window_end, state, attempts)
SELECT id - ago, program_id, subscriber_id, audience_id, local_date - ago, send_at - ago * interval '1 day',
    window_end - ago * interval '1 day', 'planned', 0
FROM deliveries, unnest(ARRAY[1, 2, 40]) AS ago
WHERE local_date = CAST(:now AS timestamptz)::date
ON CONFLICT DO NOTHING;

-- What was due an hour ago has gone.
UPDATE deliveries SET state = 'delivered', attempts = 1, posted_at = send_at, finished_at = send_at + interval '9 s',
    sid = 'SM' || lpad(to_hex(id), 32, '0'), status = 'delivered', segments = 1, billed_segments = 1,
    price_micros = -7500, price_unit = 'USD', edition_id = 1, body_hash = int8send(id)
WHERE send_at < CAST(:now AS timestamptz) - interval '1 hour';

UPDATE deliveries SET state = 'undelivered', error_code = 30003 WHERE state = 'delivered' AND id % 199 = 0;

UPDATE deliveries SET state = 'sent', price_micros = NULL WHERE state = 'delivered' AND id % 997 = 0;

UPDATE deliveries SET state = 'unknown', sid = NULL, claimed_until = :now
WHERE id IN (SELECT id FROM deliveries WHERE state = 'delivered' ORDER BY posted_at DESC LIMIT 60);

INSERT INTO delivery_events (delivery_id, at, what, why)
SELECT id, posted_at, 'a retry', '' FROM deliveries WHERE posted_at IS NOT NULL AND id % 31 = 0 ORDER BY posted_at;

UPDATE subscribers SET
    status = CASE WHEN id % 50 = 0 THEN 'opted_out' WHEN id % 997 = 1 THEN 'pending' ELSE 'active' END,
    moved = id % 1999 = 2,
    language = CASE WHEN id % 9 = 3 THEN 'es' END;

INSERT INTO consent_events (program_id, subscriber_id, number_hash, phone, at, recorded_at, kind, source, by, detail,
    ip)
SELECT program_id, id, number_hash, phone, created_at, created_at, 'opt_in',
    CASE WHEN id % 20 = 0 THEN 'form' ELSE 'import' END, 'people.csv', '', '192.0.2.' || id % 250
FROM subscribers ORDER BY id;

INSERT INTO consent_events (program_id, subscriber_id, number_hash, phone, at, recorded_at, kind, source, by, detail)
SELECT program_id, id, number_hash, phone, created_at, created_at, 'requested', 'api', 'GiftPulse', ''
FROM subscribers WHERE id % 20 = 0 ORDER BY id;

INSERT INTO notes (key, program_id, subscriber_id, phone, sender, body, state, send_at, expires_at, attempts, sid,
    created_at, finished_at)
SELECT 'welcome:' || id, program_id, id, phone, :sender, 'Welcome.',
    CASE WHEN id % 1500 = 0 THEN 'planned' ELSE 'accepted' END, :now, CAST(:now AS timestamptz) + interval '1 hour', 1,
    'SM' || md5(id::text), CAST(:now AS timestamptz) - (100000 - id % 100000) * interval '30 s', :now
FROM subscribers ORDER BY id;

INSERT INTO inbound_texts (message_sid, program_id, subscriber_id, phone, sender, received_at, body, intent, reason,
    sentiment, danger, reply_by, handled_at)
SELECT 'SM' || md5('in' || id), program_id, id, phone, :sender,
    CAST(:now AS timestamptz) - (100000 - id % 100000) * interval '30 s', 'Thank you', 'other', '', 'neutral',
    id % 5000 = 0, 'none', CASE WHEN id % 2000 > 0 THEN CAST(:now AS timestamptz) END
FROM subscribers WHERE id % 5 = 0 ORDER BY id;

-- The record of what has gone, in the order of time.
CREATE TEMP TABLE sent AS
SELECT d.*, s.phone, n / :batch + 1 AS batch, n % :batch AS place
FROM (SELECT *, row_number() OVER (ORDER BY posted_at, id) - 1 AS n FROM deliveries WHERE sid IS NOT NULL) AS d
JOIN subscribers AS s ON s.id = d.subscriber_id;

INSERT INTO log_batches (id, source, written_at, changes, history)
SELECT batch, 'callback', max(posted_at), count(*), false FROM sent GROUP BY batch ORDER BY batch;

SELECT setval(pg_get_serial_sequence('log_batches', 'id'), max(id)) FROM log_batches;

INSERT INTO log_entries (id, account_sid, sid, kind, direction, status, error_code, log_level, body, from_number,
    to_number, resource_sid, event_at, twilio_created_at, content_hash, raw, seen_at, last_change_id, chase_at, settled)
SELECT (batch << 13) + place, :account,
    CASE WHEN place % 50 < 2 THEN 'NO' || substr(sid, 3) ELSE sid END,
    CASE place % 50 WHEN 0 THEN 'alert' WHEN 1 THEN 'call' ELSE 'message' END,
    'outbound-api', status, error_code, CASE WHEN place % 50 = 0 THEN 'error' END, 'A kind word for the day.', :sender,
    phone, CASE WHEN place % 50 = 0 THEN sid END, posted_at, posted_at, int8send(id), repeat('"field"= "value", ', 15),
    posted_at, (batch << 13) + place, CASE WHEN place % 101 = 0 THEN posted_at + interval '1 hour' END, 'final'
FROM sent ORDER BY batch, place;

INSERT INTO log_changes (id, log_id, seen_at, event_at, source, status_after, error_after, said)
SELECT (batch << 13) + place, (batch << 13) + place, posted_at, posted_at, 'callback', status, error_code,
    json_build_object('?', 'delivery=' || id)::text
FROM sent ORDER BY batch, place;

DROP TABLE sent;

INSERT INTO log_owed (reader, batch_id, attempts)
SELECT name, id, 0 FROM log_readers, (SELECT id FROM log_batches ORDER BY id DESC LIMIT 20) AS newest;

INSERT INTO log_rejects (digest, source, seen_at, reason, raw)
SELECT int8send(i), 'poll', CAST(:now AS timestamptz) - i * interval '1 minute', '', '{}'
FROM generate_series(1, :people / 50) AS i;

-- Alerts of the last weeks, and who was told of them.
INSERT INTO alerts (rule_id, rule_version, rule_name, severity, group_key, group_labels, state, summary, event_count,
    samples, late, opened_at, first_event_at, last_event_at, closes_at, resolved_at)
SELECT 1, 1, 'A rule', 'warning', '[' || i || ']', '{}', CASE WHEN i % 500 = 0 THEN 'firing' ELSE 'resolved' END, '', 3,
    '[]', false, t, t, t, t + interval '1 day', CASE WHEN i % 500 > 0 THEN t END
FROM (SELECT i, CAST(:now AS timestamptz) - (:people / 5 - i) * interval '3 minutes' AS t
    FROM generate_series(1, :people / 5) AS i) AS opened;

INSERT INTO alert_events (alert_id, at, what, why)
SELECT id, opened_at, what, '' FROM alerts, unnest(ARRAY['opened', 'resolved']) AS what ORDER BY id;

INSERT INTO alert_groups (rule_id, group_key, rule_version, times, last_event_at)
SELECT rule_id, group_key, 1, '', last_event_at FROM alerts;

INSERT INTO notifications (notice_id, alert_id, action_id, reason, alert_data, state, created_at, next_attempt_at,
    attempts, failures, finished_at)
SELECT 'n' || id, id, 1, 'firing', json_build_object('id', id)::text,
    CASE WHEN state = 'firing' THEN 'pending' ELSE 'sent' END, opened_at,
    CASE WHEN state = 'firing' THEN opened_at END, 1, 0, resolved_at
FROM alerts;

INSERT INTO notification_attempts (notification_id, number, started_at, outcome)
SELECT id, 1, created_at, 'delivered' FROM notifications;
