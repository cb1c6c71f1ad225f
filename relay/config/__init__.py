"""routes.yaml: read with positions, checked whole, and compiled once into what runs."""

from relay.config.environment import read_env
from relay.config.load import load
from relay.configuration import Config

__all__ = ["Config", "load", "read_env"]
