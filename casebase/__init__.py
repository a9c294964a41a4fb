"""A store of solutions: agencies tell how they solved a problem, officials find the comparable cases by meaning."""

__version__ = "0.1.0"
