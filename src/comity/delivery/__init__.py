"""What was done: one function an indicator, each from a dossier to measures and stated absences."""
