"""REPORT: telling those who run the server about somebody."""
