"""Breaks a real relay on purpose, at moments drawn from a seed, and settles the account afterwards.

python -m tests.faults --minutes 20 --seed 7
"""
