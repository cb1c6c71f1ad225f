"""Platforms that publish keys: one vocabulary that spells them out, and the forms in which keys come."""
