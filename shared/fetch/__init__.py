"""The one guarded client: the only way to a URL that people gave us (THREATS rows 11 to 14)."""

from shared.fetch.client import Fetched, Fetcher, TargetRefused, TargetUnreachable
from shared.fetch.policy import Policy, PolicyInvalid

__all__ = [
    "Fetched",
    "Fetcher",
    "Policy",
    "PolicyInvalid",
    "TargetRefused",
    "TargetUnreachable",
]
