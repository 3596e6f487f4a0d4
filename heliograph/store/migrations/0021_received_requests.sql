-- The requests by which messages came, for their trace.

-- One row for a request, whatever the number of its messages: its id is that of the submission, or of the
-- single message. Secrets are masked before anything is written; body and query are null where nothing
-- of the content is kept.
create table received_request (
    account_id bigint not null,
    id bigint not null,
    request_id bigint,
    at timestamptz not null,
    credential_id bigint,
    person_id bigint,
    octets integer,
    entries integer,
    whole boolean not null,
    cut boolean not null,
    hexadecimal boolean not null,
    method text not null,
    path text not null,
    query text,
    body text,
    media_type text,
    agent text,
    address text not null,
    primary key (account_id, id)
) partition by range (id);

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
        execute format('create table %I partition of received_request %s',
                       'received_request' || substring(child.name from 'message(_.*)'), child.bound);
    end loop;
end $$;
