"""What the commands of the family "rooms" do."""
