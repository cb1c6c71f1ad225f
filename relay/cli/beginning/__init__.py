"""What `relay init` writes: a routes.yaml for one platform and one system, with all that it needs to run at once."""
