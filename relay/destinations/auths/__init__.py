"""The ways of proving who we are to a destination: one file for each family, all in the words of routes.yaml."""
