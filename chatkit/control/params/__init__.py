"""What the commands take, a file for each family: structs, and the rows of the table."""
