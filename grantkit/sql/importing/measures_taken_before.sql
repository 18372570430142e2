-- The latest entry under which this file of measures (this sheet of it) was taken in; no row where it never was.
select max(entry) as entry
from store.measure_import
where sha256 = $sha256 and sheet is not distinct from $sheet
having max(entry) is not null;
