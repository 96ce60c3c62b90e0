"""What stands between a browser and the app: settings, seats, roles, limits, headers, logs. `server.py` joins them."""
