"""What the commands of the family "history" do."""
