"""Parquet and CSV in, checked columns out."""
