"""From a file or a request to an article and the spans of its passages."""
