-- One row: a row that is ignored, why, the figure that it shows, and what the lines above it come to. None yet.
create or replace temp table ignored (row bigint, reason varchar, net decimal(18, 2), expected decimal(18, 2));
