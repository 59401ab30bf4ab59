"""What else can go wrong with a lake: no room, two at once, damage, and files made to do harm.

`benchmarks.faults` runs these after its kills. Each case is one try, and is lost where the lake is
not as it was (or, for two at once, not as both had it become), where damage is not found, or where
a file is taken in.
"""

from __future__ import annotations

import resource
import shutil
import signal
import zipfile

from benchmarks.faults import NAME, SERVER, YEARS, release, state, take_in

ROOMS, PAIRS, DAMAGES = 20, 5, 20
_YEAR = "BACI_HS22_Y2022_V209901.csv"
_HEADER = b"t,i,j,k,v,q\n"
_LEADING_OUT = ("../a.csv", "/etc/a.csv", "C:\\a.csv", "a/../../b.csv", "..\\b.csv")


def in_little_room(path, folder, most):
    """Take a file in where no file may have more than so many bytes; leave 1 for a refusal."""
    from comity.errors import OutputError

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    try:
        take_in(path, folder)
    except OutputError:
        raise SystemExit(1) from None


def run_out_of_room(folder, chance):
    path, lake = folder / NAME, folder / "lake"
    path.write_bytes(release())
    take_in(path, lake)
    before = state(lake)
    largest = max(file.stat().st_size for file in lake.glob("details-*"))
    other = folder / NAME.replace("209901", "209902")
    other.write_bytes(release("209902"))
    refused = lost = 0
    for number in range(ROOMS):
        own = shutil.copytree(lake, folder / f"lake-{number}")
        process = SERVER.Process(
            target=in_little_room, args=(other, own, chance.randrange(1_000, largest))
        )
        process.start()
        process.join()
        refused += process.exitcode == 1
        lost += process.exitcode not in (0, 1) or (process.exitcode == 1 and state(own) != before)
        take_in(other, own)
        lost += state(own)[3] != 2 * len(YEARS)
        shutil.rmtree(own)
    return ROOMS, refused, lost


def add_two_at_once(folder, _chance):
    paths = [folder / NAME, folder / NAME.replace("209901", "209902")]
    for path, version in zip(paths, ("209901", "209902"), strict=True):
        path.write_bytes(release(version))
    lost = 0
    for number in range(PAIRS):
        lake = folder / f"lake-{number}"
        processes = [SERVER.Process(target=take_in, args=(path, lake)) for path in paths]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        after = state(lake)
        lost += any(p.exitcode for p in processes) or not after[2] or after[3] != 2 * len(YEARS)
    return PAIRS, PAIRS, lost


def damage_files(folder, chance):
    from comity.lake import Store

    path, lake = folder / NAME, folder / "lake"
    path.write_bytes(release())
    take_in(path, lake)
    files = sorted(file.name for file in Store(lake).all_files())
    lost = 0
    for _ in range(DAMAGES):
        damaged = lake / chance.choice(files)
        whole = damaged.read_bytes()
        at = chance.randrange(len(whole))
        damaged.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        lost += list(Store(lake).find_damage()) != [damaged.name]
        damaged.write_bytes(whole)
    return DAMAGES, DAMAGES, lost


def _pack(path, name, pieces):
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for piece in pieces:
            member.write(piece)
    return path


def send_harmful_files(folder, _chance):
    """A bomb, names that lead out, and a line of two gigabytes, packed and plain."""
    from comity.errors import InputFileError

    row = b"2022,699,643,300490,1.0,1.0\n"
    zeros = [_HEADER, *(b"0" * 2**20 for _ in range(80))]
    files = [_pack(folder / "bomb.zip", _YEAR, zeros)]
    files += [
        _pack(folder / f"out-{number}.zip", name, [_HEADER, row])
        for number, name in enumerate(_LEADING_OUT)
    ]
    noise = bytes(range(48, 58)) * (2 * 2**20)
    files.append(_pack(folder / "line.zip", _YEAR, [_HEADER, row, noise, row]))
    plain = folder / "line.csv"
    with plain.open("wb") as file:
        file.write(_HEADER + row + b"2022,699,")
        file.truncate(2 * 2**30)
    files.append(plain)
    lake = folder / "lake"
    own = folder / NAME
    own.write_bytes(release())
    take_in(own, lake)
    before, lost = state(lake), 0
    for path in files:
        try:
            take_in(path, lake)
            lost += 1
        except InputFileError:
            lost += state(lake) != before
    return len(files), len(files), lost
