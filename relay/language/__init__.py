"""The language of routes.yaml: Jinja2 expressions on decimals, and the trees that build requests. Pure."""
