"""Groups of commands that `casebase.cli` puts together, and what all commands share."""
