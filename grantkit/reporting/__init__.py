"""Reports on the award: variance by stream and quarter."""
