"""routes.yaml: read with positions, checked whole, and compiled once into what runs."""

from relay.config.load import load, load_bundle
from relay.configuration import Config
from relay.dotenv import read_env

__all__ = ["Config", "load", "load_bundle", "read_env"]
