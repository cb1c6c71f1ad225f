"""Parts of the played Kingdee systems."""
