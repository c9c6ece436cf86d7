"""Décroche turns missed calls into kept customers."""
