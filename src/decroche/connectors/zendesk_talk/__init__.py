"""Zendesk Talk: the calls of the help desk's own telephony are read as they are told."""
