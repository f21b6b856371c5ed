"""The broker's side of one channel: its consumers, what is unacked, confirms, its transaction, its mailbox."""
