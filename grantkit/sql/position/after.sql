-- What is dated after the date asked for: how many invoice and order lines.
select
    (select count(*) from invoice_coding where counts_on > getvariable('as_at')) as invoice_lines,
    (select count(*) from order_coding where order_date > getvariable('as_at')) as order_lines;
