"""What rules and the journal's queries ask of what passes: names, directions, arguments, facts of its connection."""
