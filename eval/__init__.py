"""Dateline's eval."""
