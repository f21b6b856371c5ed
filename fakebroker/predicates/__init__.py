"""Predicates: what rules and the journal's queries may ask of an item that passes.

That is its name, its direction, its arguments, and the facts that are known of its connection.
"""
