"""What the commands of the family "backup" do."""
