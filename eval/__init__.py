"""How good is this build, where is it weak, did a change help: cases, runs, metrics, reports."""
