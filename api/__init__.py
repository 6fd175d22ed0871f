"""Dateline's api."""
