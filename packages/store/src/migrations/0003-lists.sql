-- Lists: times among the stored attributes.

-- Milliseconds since 1970 of a dateTime as resources hold it (xsd:dateTime, UTC when it names no offset), cut and carried over
-- as the gateway's own instantOf does; null for a text that is none, so that no stored value can fail a statement.
create function muster_instant(value text) returns bigint language sql immutable strict parallel safe as
$$
  select case when translate(left(value, 19), '123456789', '000000000') = '0000-00-00T00:00:00'
      and (fraction = '' or (left(fraction, 1) = '.' and length(fraction) between 2 and 10 and translate(substr(fraction, 2), '0123456789', '') = ''))
      and left(value, 4) <> '0000' and substr(value, 6, 2) between '01' and '12'
    then ((make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) - date '1970-01-01') + substr(value, 9, 2)::int - 1)::bigint * 86400000
      + substr(value, 12, 2)::int * 3600000 + substr(value, 15, 2)::int * 60000 + substr(value, 18, 2)::int * 1000
      + rpad(substr(fraction, 2, 3), 3, '0')::int
      - case when length(zone) = 6 then (zone::char(1) || '1')::int * (substr(zone, 2, 2)::int * 60 + substr(zone, 5, 2)::int) * 60000 else 0 end
    end
  from (select case when right(value, 1) = 'Z' then 'Z'
      when length(value) > 24 and translate(right(value, 6), '123456789-', '000000000+') = '+00:00' then right(value, 6) else '' end as zone) z
  cross join lateral (select substr(value, 20, greatest(length(value) - 19 - length(zone), 0)) as fraction) f
$$;
