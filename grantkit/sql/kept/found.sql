-- What the kept coding rests on.
select state
from kept.state;
