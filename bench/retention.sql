-- What has had its term, by kind: each part goes into a database of its own, after the part `every`. $rows is put in by
-- retention.py, and so is $since: the first moment of the month in which the log's term ends now.

-- every
drop table processing_log_before;
create index on outbox (published_at); -- for the bench's own look at how far it is
-- radar
-- They lie in the order in which they came and lapse, as in life.
insert into radar_entry (pseudonym, report, ground, joins, reporter, at, expires, key_id)
    select sha256(convert_to(g::text, 'utf8')), gen_random_uuid(), 'bsn', true, 'politie', now() - interval '3 years',
        now() - interval '30 days' * (1 - g::float / $rows), 'lapsed'
    from generate_series(1, $rows) g;
-- log
insert into processing_log (partner, trace_id, span_id, name, at, attributes)
    select 'vt', md5(g::text), left(md5(g::text), 16), 'verstrekking triage.melding-aangeboden',
        timestamptz '$since' + g * (interval '300 days' / $rows),
        jsonb_build_object('ketenhub.grondslagen', jsonb_build_array(repeat(md5(g::text), 10)))
    from generate_series(1, $rows) g;
-- traffic
create unlogged table told as select gen_random_uuid() as id, g from generate_series(1, $rows / 4) g;
insert into inbox (id, partner, message, content_hash, opened, claims_id, lane, received_at, type, fate, decided_at,
        fields, directory_version, rule, journal_hash, deliveries)
    select id, 'politie', gen_random_uuid(), md5(g::text), true, true, 'regulier', now() - interval '200 days',
        'meldingen.zorgmelding', 'aanvaard', now() - interval '200 days', '[]', 1, 'a', md5(g::text), 1 from told;
insert into journal (inbox, at, partner, content_hash, fate, hash)
    select id, now() - interval '200 days', 'politie', md5(g::text), 'aanvaard', md5(g::text) from told order by g;
insert into outbox (id, partner, lane, type, sha256, key_id, created, expires, owes_confirmation, origin, attempts,
        published_at, delivered_at, result)
    select gen_random_uuid(), 'partner-' || part, 'regulier', 'a', md5(g::text), 'a', now() - interval '200 days',
        now() - interval '170 days', true, id, 1, now() - interval '200 days', now() - interval '200 days', 'opgeslagen'
    from told, generate_series(1, 2) part order by g;
drop table told;
