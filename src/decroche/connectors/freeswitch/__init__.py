"""FreeSWITCH and FusionPBX: their call records."""
