"""`python -m services.command`."""

from services.command.app import main
from shared.runtime.process import run

if __name__ == "__main__":
    run("command", main)
