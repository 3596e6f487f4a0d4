-- The overview: what happened minute by minute, what became of what was accepted hour by hour, what was spent
-- day by day, and how the carriers stand. Only sweepers write here, a few rows for each window that they
-- read, so that looking costs the same however many messages there are. account_id 0 is the whole house.

-- By the minute in which it happened.
create table minute_count (
    account_id bigint not null,
    minute timestamptz not null,
    accepted bigint not null default 0,
    sent bigint not null default 0,
    delivered bigint not null default 0,
    failed bigint not null default 0,
    primary key (account_id, minute)
) with (fillfactor = 70);

-- By the hour of acceptance: how many entered a status and left it again, so that what is between is how many
-- have it now; and how long the step took, summed, by the bucket of its length (0: not timed).
-- carrier_id 0 and country '' where a message had none.
create table hour_count (
    account_id bigint not null,
    hour timestamptz not null,
    carrier_id integer not null,
    country text not null,
    status smallint not null,
    bucket smallint not null,
    entered bigint not null default 0,
    departed bigint not null default 0,
    step_ms bigint not null default 0,
    primary key (account_id, hour, carrier_id, country, status, bucket)
) with (fillfactor = 70);

-- What was held and not given back, or earned, by the UTC day of its ledger entry.
create table day_spending (
    account_id bigint not null,
    day date not null,
    spent_micros bigint not null,
    primary key (account_id, day)
) with (fillfactor = 70);

-- What each process says of the carriers that it has, every few seconds; an old word counts for nothing.
create table carrier_state (
    carrier_id integer not null,
    node smallint not null,
    at timestamptz not null,
    state jsonb not null,
    primary key (carrier_id, node)
) with (fillfactor = 50);
