"""The errors of smart-gate.

::

    SmartGateError
    ├── ConfigError      a setting is missing, unknown or makes no sense
    ├── MessageError     a message does not say what the contract says it must
    ├── ModelError       a model file is missing, was changed, or is not what its manifest says
    ├── SourceError      a camera, a video or a picture cannot be opened or read
    └── StoreError       a record cannot be kept or read back
"""


class SmartGateError(Exception):
    """Root of every error that smart-gate raises on purpose."""


class ConfigError(SmartGateError, ValueError):
    """A setting is missing, unknown or makes no sense."""


class MessageError(SmartGateError, ValueError):
    """A message does not say what the contract says it must."""


class ModelError(SmartGateError, RuntimeError):
    """A model file is missing, was changed, or is not what its manifest says."""


class SourceError(SmartGateError, OSError):
    """A camera, a video or a picture cannot be opened or read."""


class StoreError(SmartGateError, RuntimeError):
    """A record cannot be kept or read back."""
