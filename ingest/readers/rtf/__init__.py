"""Reads Rich Text Format where LibreOffice is not installed: `tokens` cuts it, `reader` builds the tree."""
