"""Jobs: started, listed, read, tagged, linked to goals; their logs."""
