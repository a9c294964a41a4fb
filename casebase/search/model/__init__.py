"""The embedding model: read from its weights package, written as a folder that every engine loads."""
