"""The licences of every crate that the shipped binary is built from, with their texts: `python3 .ci/notices.py > NOTICES.txt`, to go beside the
binary. Reads what cargo has downloaded, and fails where a crate that is built in has no licence text and no licence known by its name."""

import json
import pathlib
import subprocess
import sys

NAMES = ("license", "licence", "copying", "notice", "unlicense", "copyright")


def texts(folder):
    found = sorted(p for p in folder.iterdir() if p.is_file() and p.name.lower().startswith(NAMES))
    return [(p.name, p.read_text(errors="replace").strip()) for p in found if p.suffix not in (".rs", ".toml")]


def main():
    host = next(line.split()[1] for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines() if line.startswith("host:"))
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    metadata = json.loads(subprocess.check_output(command, text=True))
    packages = {p["id"]: p for p in metadata["packages"]}
    nodes = {n["id"]: n for n in metadata["resolve"]["nodes"]}
    # what only builds or tests is not shipped
    built, queue = set(), [metadata["resolve"]["root"]]
    while queue:
        one = queue.pop()
        if one in built:
            continue
        built.add(one)
        for dependency in nodes[one]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                queue.append(dependency["pkg"])
    built.discard(metadata["resolve"]["root"])
    by_text, silent = {}, []
    for package in sorted((packages[i] for i in built), key=lambda p: (p["name"], p["version"])):
        title = f"{package['name']} {package['version']} ({package['license'] or 'see below'})"
        print(title)
        found = texts(pathlib.Path(package["manifest_path"]).parent)
        if not found and not package["license"]:
            silent.append(title)
        for name, text in found:
            by_text.setdefault(text, []).append(f"{package['name']} {package['version']}: {name}")
    for text, places in by_text.items():
        print("\n" + "=" * 100)
        print("\n".join(places))
        print("-" * 100)
        print(text)
    if silent:
        sys.exit("without a licence: " + ", ".join(silent))


main()
