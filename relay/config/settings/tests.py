"""`tests:`. What is run is what is written, so its Structs are the contract's."""

from relay.trial import Trial

TestSettings = Trial
