"""Who may do what: accounts, sessions, tokens, roles, and the record of what was done."""
