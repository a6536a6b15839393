"""How soon the shell answers: from its start to the first prompt, and from the Tab key to the candidates, on a lake of a thousand files.

    cargo build --release
    python3 tests/bench/shell.py target/release/contango FOLDER

FOLDER gets the lake, about 1,000 Parquet files of made-up series, once. The keys go through a real pseudo-terminal, so what is measured
includes the drawing. Prints minimum, median and maximum of 20 runs each, in milliseconds.
"""

import datetime
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

N_FILES = 1000
N_SERIES = 20
RUNS = 20
COMPLETIONS = [
    ("SELECT * FROM macro_ser", "macro_series"),
    ("SELECT * FROM macro_series WHERE series_id = 'S1", "S1"),
    ("SELECT * FROM cot WHERE root = 'E", "ES"),
    ("SELECT * FROM continuous_series('ES', ro", "roll"),
]


def make_lake(program, folder):
    data, files = os.path.join(folder, "data"), os.path.join(folder, "files")
    if os.path.isdir(data):
        return data
    os.makedirs(files, exist_ok=True)
    first = datetime.date(2015, 1, 1)
    arguments = []
    for number in range(N_FILES):
        published = first + datetime.timedelta(days=3 * number)
        path = os.path.join(files, f"{number:04}.csv")
        with open(path, "w") as file:
            file.write("series_id,as_of,available_at,value\n")
            for series in range(N_SERIES):
                file.write(f"S{series:02},{published - datetime.timedelta(days=30)},{published}T12:00:00Z,{number * 1.5 + series}\n")
        arguments += ["--file", path]
    subprocess.run([program, "ingest", "vintages", "--data", data, "--source", "made_up", "-q", *arguments], check=True, stdout=subprocess.DEVNULL)
    return data


class Terminal:
    def __init__(self, program, data):
        self.start = time.perf_counter()
        self.process, self.fd = pty.fork()
        if self.process == 0:
            os.environ["TERM"] = "xterm-256color"
            os.environ["HOME"] = data  # no history of the person who measures
            os.execv(program, [program, "--data", data, "--no-init"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def wait_for(self, text, patience=20.0):
        seen, end = b"", time.perf_counter() + patience
        while text.encode() not in seen:
            ready, _, _ = select.select([self.fd], [], [], max(0.0, end - time.perf_counter()))
            if not ready:
                raise SystemExit(f"`{text}` did not come; what came: {seen!r}")
            seen += os.read(self.fd, 65536)
        return time.perf_counter()

    def drain(self, quiet=0.3):
        while select.select([self.fd], [], [], quiet)[0]:
            os.read(self.fd, 65536)

    def keys(self, text):
        pressed = time.perf_counter()
        os.write(self.fd, text.encode())
        return pressed

    def end(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.fd)


def told(what, seconds):
    ms = [second * 1000 for second in seconds]
    print(f"{what:<64} {min(ms):7.2f} {statistics.median(ms):7.2f} {max(ms):7.2f}")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    data = make_lake(program, folder)
    n_files = sum(name.endswith(".parquet") for _, _, names in os.walk(os.path.join(data, "lake")) for name in names)
    print(f"{n_files} Parquet files".ljust(64), "    min  median     max  (ms)")
    starts = []
    for _ in range(RUNS):
        terminal = Terminal(program, data)
        starts.append(terminal.wait_for("contango> ") - terminal.start)
        terminal.end()
    told("start to the first prompt", starts)
    for typed, expected in COMPLETIONS:
        times = []
        terminal = Terminal(program, data)
        terminal.wait_for("contango> ")
        terminal.drain(1.0)
        for _ in range(RUNS):
            terminal.keys(typed)
            terminal.drain()
            pressed = terminal.keys("\t")
            times.append(terminal.wait_for(expected) - pressed)
            terminal.drain()
            terminal.keys("\x03")
            terminal.drain()
        terminal.end()
        told(f"Tab after: {typed}", times)


main()
