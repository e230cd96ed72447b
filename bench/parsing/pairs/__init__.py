"""Make documents whose structure is known: HTML pages of manuals, and files of many formats made from them."""
