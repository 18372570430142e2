-- Cells of a file in which no text is padded and nothing is quoted: a blank one is null as it is read.
create or replace temp macro text_of(cell) as cell;
