-- What is learned of an app besides what its profile says.

-- Where the next page of a comparison begins, in apps that page by cursor (RFC 9865).
alter table comparisons add column next_cursor text;

-- Accounts a second to which a 429 lowered the rate, and when: it grows again with time.
alter table connections
  add column learned_rate double precision check (learned_rate > 0),
  add column rate_learned_at timestamptz;
