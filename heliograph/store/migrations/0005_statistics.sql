-- Conversions, and what routes and carriers did with their messages.

alter table account add column conversion_tracking boolean not null default false;

-- Recipients who did what their message was for. Route, carrier and country are those that the
-- message had then, so that the sweeper that counts them need not look again.
create table conversion (
    account_id bigint not null,
    message_id bigint not null,
    at timestamptz not null,
    route_id integer,
    carrier_id integer,
    country text,
    primary key (account_id, message_id)
) partition by range (message_id);
create index conversion_time on conversion using brin (at) with (pages_per_range = 16);

-- Sums by the UTC day on which the messages were accepted; 0 and '' where a message had none. The
-- operator's, and only a sweeper writes it: a few rows a day, not one per message.
create table route_statistic (
    day date not null,
    route_id integer not null,
    carrier_id integer not null,
    country text not null,
    sent bigint not null default 0,
    delivered bigint not null default 0,
    undelivered bigint not null default 0,
    expired bigint not null default 0,
    rejected bigint not null default 0,
    failed bigint not null default 0,
    converted bigint not null default 0,
    latency_ms bigint not null default 0,
    primary key (day, route_id, carrier_id, country)
);

-- What was there before gets its partitions of the new table.
do $$
declare
    child record;
begin
    for child in
        select i.inhrelid::regclass::text as name, pg_get_expr(c.relpartbound, c.oid) as bound
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'message'::regclass
    loop
        execute format('create table %I partition of conversion %s',
                       'conversion' || substring(child.name from 'message(_.*)'), child.bound);
    end loop;
end $$;
