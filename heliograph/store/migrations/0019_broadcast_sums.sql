-- What is known for good of a segment's messages, so that its sums need not count them all each time, and
-- when gathered reports are due.

-- Messages of the segment with ids up to `upto`: counts of those that nothing can happen to any more, by
-- status, what they were charged, and the ids of the few that are still open.
create table segment_tally (
    account_id bigint not null,
    segment_id bigint not null,
    upto bigint not null,
    counts text not null,
    captured_micros bigint not null,
    open_ids bigint[] not null,
    primary key (account_id, segment_id)
) with (fillfactor = 50);
