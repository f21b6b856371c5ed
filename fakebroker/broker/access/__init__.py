"""Who may do what: users, their permissions and limits, and the mechanisms that they log in with."""
