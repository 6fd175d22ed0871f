"""What can be asked: Dateline itself, a server, and the baselines it is compared with."""
