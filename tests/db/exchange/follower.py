"""One of several programs that follow a folder: `python -m tests.db.exchange.follower DB DIR`.

Looks until there is nothing new, and says how many imports it made.
"""

import sys
from pathlib import Path

from db.cancel import CancelToken
from db.exchange.choices import ImportChoices
from db.exchange.watching import Imported, Watcher
from db.storage import open_storage
from tests.db.factories import tasks_of


def main():
    path, folder = sys.argv[1:]
    storage = open_storage(path)
    watcher = Watcher(storage, Path(folder), ImportChoices(), settle_s=0)
    made = 0
    while True:
        made += sum(isinstance(each, Imported) for each in watcher.look())
        if len(tasks_of(storage)) == 1000:
            break
        CancelToken().wait(0.01)
    made += sum(isinstance(each, Imported) for each in watcher.look())
    sys.stdout.write(str(made))
    storage.close()


if __name__ == "__main__":
    main()
