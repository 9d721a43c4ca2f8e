"""What the commands of the family "people" do."""
