"""Signature schemes: one vocabulary that spells them out, and the shipped ones as data in it."""
