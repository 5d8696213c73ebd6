"""The API below `/api/v1`, and what watches over central."""
