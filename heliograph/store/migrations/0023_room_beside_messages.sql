-- Room in the pages of messages: a message is written twice more in its life, and where both fit beside it, no
-- index is touched. The table does not grow by it: rows that moved elsewhere, and their entries in three
-- indexes, took as much.
create or replace function make_partitions(from_id bigint, to_id bigint, label text) returns void
language plpgsql as $$
declare
    parent regclass;
    options text;
begin
    for parent in select partitioned_tables() loop
        if to_regclass(parent || '_' || label) is null then
            options := case parent::text when 'message' then ' with (fillfactor = 50)' else '' end;
            execute format('create table %I partition of %s for values from (%s) to (%s)%s',
                           parent || '_' || label, parent, from_id, to_id, options);
        end if;
    end loop;
end $$;

-- Pages that are there already stay as they are.
do $$
declare
    child regclass;
begin
    for child in select inhrelid::regclass from pg_inherits where inhparent = 'message'::regclass loop
        execute format('alter table %s set (fillfactor = 50)', child);
    end loop;
end $$;
