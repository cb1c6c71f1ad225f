"""What every emulator stands on: its books, its knobs, its sessions, its server."""
