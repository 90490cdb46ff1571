"""The one path from pictures to Readings (reader.py), and where their symbols stand."""
