-- How the gates of a directory's new connections begin, where whoever makes them does not say.
alter table directories add column gate text not null default 'open' check (gate in ('open', 'closed'));
