"""One node: from the frames of lane cameras to passages, decisions and barrier motion."""
