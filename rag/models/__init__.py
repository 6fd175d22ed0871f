"""The only files that load a model."""
