"""make bench: figures side by side with the floor and the peers. The machine's noise is part of the answer."""

import logging
import sys

from dev.stack import Stack
from tests.bench import concurrent_reads, engine_times, memory, move_rows
from tests.bench.measure import print_table
from tests.support.servers import set_up_platform, use


def main() -> None:
    stack = Stack()
    stack.up(only=["mysql", "postgres"])
    logging.disable(logging.INFO)
    use(stack.env)
    set_up_platform()
    wanted = sys.argv[1:] or ["move", "hourly", "rebuild", "reads", "memory"]
    if "move" in wanted:
        print_table("Moving 200,000 rows from PostgreSQL to MySQL", move_rows.run(), "COPY + LOAD DATA (floor)")
    if "hourly" in wanted:
        print_table("Engine time of an hourly run", engine_times.run(rebuild=False))
    if "rebuild" in wanted:
        print_table("Engine time of a full rebuild", engine_times.run(rebuild=True))
    if "reads" in wanted:
        concurrent_reads.run()
    if "memory" in wanted:
        memory.run()


if __name__ == "__main__":
    main()
