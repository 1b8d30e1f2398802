"""The command line: one file a command, discovered by walking this package."""
