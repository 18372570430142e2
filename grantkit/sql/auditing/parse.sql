-- A statement as a tree, without running it.
select json_serialize_sql($sql) as tree;
