"""The Starlette routes that Streamlit cannot serve."""
