"""What may differ between two machines: settings, and how log lines look."""
