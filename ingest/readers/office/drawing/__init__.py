"""Reads DrawingML, which slides and sheets share: text of frames, charts, diagrams."""
