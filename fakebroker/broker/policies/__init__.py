"""Policies: which there are, to which queues and exchanges they apply, what they may say."""

from fakebroker.broker.policies.policies import Policies, Policy

__all__ = ["Policies", "Policy"]
