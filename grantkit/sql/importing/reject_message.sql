-- What to tell a person of a refused row, by the cause of the fault.
select reject_message($cause) as message;
