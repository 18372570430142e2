-- The empty table that a query's rows go into on their way to a Parquet file (variables `rows`: [], `structure`).
create table answer as
select unnest(from_json(getvariable('rows'), getvariable('structure')), recursive := true);
