-- Takes the coding of all lines from the attached file `kept`.
create or replace temp view order_coding as
select * from kept.order_coding;

create or replace temp view order_named as
select * from kept.order_named;

create or replace temp view invoice_coding as
select * from kept.invoice_coding;
