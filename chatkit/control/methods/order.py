"""What the commands of the family "order" do."""
