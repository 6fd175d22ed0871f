"""Dateline over HTTP: an app factory, routes by resource, one table of errors."""
