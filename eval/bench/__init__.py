"""How fast this build is on this machine, beside the obvious alternatives, in one run."""
