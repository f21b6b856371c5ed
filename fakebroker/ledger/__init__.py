"""The ledger: what became of each message, from its publish to its end, and what each connection did.

It is data, and how the data is built from what the broker and the link tell. It sends nothing and changes nothing.
"""
