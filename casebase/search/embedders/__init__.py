"""The engines behind the port `Embedder`."""
