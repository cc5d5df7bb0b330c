-- The end of a token, by which people recognise it: part of its checksum, null for tokens that were made before.
alter table directory_tokens add column last4 text check (length(last4) = 4);
