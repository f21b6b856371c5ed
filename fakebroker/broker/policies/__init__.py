"""Policies: which one applies to a queue or an exchange, and what a policy may say."""

from fakebroker.broker.policies.policies import Policies, Policy

__all__ = ["Policies", "Policy"]
