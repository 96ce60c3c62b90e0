"""How the dashboard is put on a server: the proxy, the units, the containers; `python -m deploy` writes their files."""
