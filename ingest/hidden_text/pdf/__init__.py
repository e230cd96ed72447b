"""Hidden text of PDFs: what is drawn with and without each doubtful text."""
