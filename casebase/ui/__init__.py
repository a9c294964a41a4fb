"""The Streamlit pages. Thin: read widgets, one service call, show the result."""
