-- SHA-256 of the settings that lie beside the ledger.
select getvariable('settings_sha256') as sha256;
