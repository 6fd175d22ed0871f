"""How the shipped models were trained; nothing here runs in the service."""
