"""The benchmark: what Relay costs, in figures that anyone can take again."""
