-- The log of requests is read newest first; these two are what it is searched by and would otherwise be read through for.
create index requests_resource on requests (tenant_id, directory_id, resource_id, id) where resource_id is not null;
create index requests_errors on requests (tenant_id, directory_id, id) where status >= 400;
