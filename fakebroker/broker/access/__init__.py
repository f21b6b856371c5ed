"""Who may do what: users, their permissions and limits, the mechanisms that they log in with."""
