"""Lists of recipients and suppression lists: how files are read into them, and how they are kept."""
