"""How do we show it? Values in, text out."""
