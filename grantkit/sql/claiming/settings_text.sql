-- The settings' text with this hash, where a command that changed the ledger met it.
select any_value(text) as text
from store.settings_version
where sha256 = $sha256;
