"""The command line ``fakebroker``: one file per subcommand, and nothing imported before it is needed."""
