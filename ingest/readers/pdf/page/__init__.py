"""What is on a PDF page, without meaning: visible words, rules, fills, lines, and the edges that repeat."""
