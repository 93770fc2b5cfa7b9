-- Multiplies the few cases that stand in this database. $entries and $cases are put in by growth.py.
-- Pseudonyms and ids are new, so that nothing of it is ever what a report of W1 is about.

create unlogged table seed as select *, row_number() over () - 1 as place from cases;
create unlogged table grown as
    select n, gen_random_uuid() as "case", gen_random_uuid() as report from generate_series(0, $cases - 1) n;
create unlogged table known as select *, row_number() over () - 1 as place from radar_entry;
create unlogged table term as select *, row_number() over () - 1 as place from timer;

insert into cases (id, version, state, region, holder, document)
    select g."case", s.version, s.state, s.region, s.holder, s.document
    from grown g join seed s on s.place = g.n % (select count(*) from seed);
insert into reference select "case", "case" from grown union all select report, "case" from grown;
insert into timer ("case", name, about, due, round)
    select g."case", t.name, g.report, now() + interval '1 day' + random() * interval '30 days', 0
    from grown g join term t on t.place = g.n % (select count(*) from term);
insert into held ("case", handover, ciphertext, wrapped_key, key_id, expires)
    select "case", report, convert_to(repeat(md5(n::text), 32), 'utf8'), convert_to(md5(n::text), 'utf8'), 'grown',
        now() + interval '1 day' + random() * interval '29 days'
    from grown;
insert into radar_entry (pseudonym, report, ground, joins, reporter, at, expires, key_id)
    select sha256(convert_to(e::text, 'utf8')), g.report, k.ground, k.joins, k.reporter, k.at, k.expires, k.key_id
    from generate_series(0, $entries - 1) e
    join grown g on g.n = e % $cases
    join known k on k.place = e % (select count(*) from known)
    order by 1;

drop table seed, grown, known, term;
truncate inbox, outbox, journal, processing_log, batch, counts;
