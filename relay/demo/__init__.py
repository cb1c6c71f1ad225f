"""The played world of `relay demo`: an ERP, an OA and an origin as real HTTP servers, and the story they go through.

Relay itself isn't played: it runs as its own processes, on the routes.yaml that the repository ships. That file
stands in this package as a link, so that an installed relay has it too.
"""
