"""The played world of `relay demo`: an ERP, an OA and two origins as real HTTP servers, and a story that they go through.

Relay itself isn't played: it runs as its own processes, on the routes.yaml that the repository ships, which stands
in this package as a link.
"""
