"""The other queues, doing the same with one job for each delivery: an HTTP call, then a signed callback.

They run under a Python of their own (`--peers`), since not all of them go with the same redis-py.
"""
