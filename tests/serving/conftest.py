"""What is collected: not the application that breaks on request, which only a server of its own may import."""

collect_ignore = ["breaking.py"]
