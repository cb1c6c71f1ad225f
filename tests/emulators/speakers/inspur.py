"""Speaks to what stands in for Inspur, as to the plain REST system."""

from speakers import rest


class Speaks(rest.Speaks):
    """Nothing of its own is known."""
