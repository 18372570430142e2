-- Keeps the coding of all lines in the attached file `kept`.
create table kept.order_coding as
select * from order_coding;

create table kept.order_named as
select * from order_named;

create table kept.invoice_coding as
select * from invoice_coding;

create table kept.state as
select getvariable('coding_state') as state;
