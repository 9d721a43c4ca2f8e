"""What the line-mode client is made of: events in words, and questions that are answered line by line."""
