"""`python -m services.scheduler`"""

from services.scheduler.app import main
from shared.runtime.process import run

if __name__ == "__main__":
    run("scheduler", main)
