"""The only rooms where Streamlit meets the engine: frame, controls, cached runs, uploads, language."""
