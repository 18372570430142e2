-- The claim of this name in the version that counts.
select * from claims
where claim = $claim;
