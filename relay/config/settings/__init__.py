"""What may stand in routes.yaml: one Struct for each part, from which a schema can be generated too."""

from relay.config.settings.calls import ConfirmSettings, LookupSettings, StepSettings, ToldSettings
from relay.config.settings.destinations import (
    BreakerSettings,
    DestinationSettings,
    MtlsSettings,
    RetrySettings,
    SignSettings,
)
from relay.config.settings.parts import Count, Factor, Many, Method, Name, OneOrMore, Settings
from relay.config.settings.requests import CallSettings, FilingSettings, RequestSettings
from relay.config.settings.routes import AfterSettings, DemandSettings, RouteSettings
from relay.config.settings.sources import CallbackSettings, CallbackState, FetchSettings, SourceSettings
from relay.config.settings.tests import TestSettings
from relay.config.settings.top import DefaultSettings, RetentionSettings, ServerSettings, TableSettings

__all__ = [
    "AfterSettings",
    "BreakerSettings",
    "CallSettings",
    "CallbackSettings",
    "CallbackState",
    "ConfirmSettings",
    "Count",
    "DefaultSettings",
    "DemandSettings",
    "DestinationSettings",
    "Factor",
    "FetchSettings",
    "FilingSettings",
    "LookupSettings",
    "Many",
    "Method",
    "MtlsSettings",
    "Name",
    "OneOrMore",
    "RequestSettings",
    "RetentionSettings",
    "RetrySettings",
    "RouteSettings",
    "ServerSettings",
    "Settings",
    "SignSettings",
    "SourceSettings",
    "StepSettings",
    "TableSettings",
    "TestSettings",
    "ToldSettings",
]
