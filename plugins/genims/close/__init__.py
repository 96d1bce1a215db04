"""The daily financial close."""
