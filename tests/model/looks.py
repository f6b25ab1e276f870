"""A store on disk, held against the model's: what it says of itself, its links, its files; and how it
is damaged."""

import grp
import os
import stat
import subprocess

import model

FILES = ("cert.pem", "chain.pem", "fullchain.pem", "privkey.pem")


def group():
    """One that this process may give files to."""
    return "daemon" if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name


def object_names(store):
    folder = store / "objects"
    return {name for name in os.listdir(folder) if len(name) == 64} if folder.is_dir() else set()


# Damage


def links_of(store, slot):
    return sorted((store / "live" / slot[0] / slot[1]).glob("*"))


def damage_slot(store, slot, chance):
    """One of its links is lost, or leads elsewhere."""
    links = links_of(store, slot)
    link = chance.choice(links) if chance else links[0]
    link.unlink()
    if chance and chance.random() < 0.5:
        link.symlink_to("../../../objects")


def damage_object(store, real, what, chance):
    folder = store / "objects" / real.fingerprint
    key = folder / "privkey.pem"
    if what == "rights":
        (key if key.exists() else folder / "cert.pem").chmod(0o666)
    elif what == "public":
        path = folder / (chance.choice(FILES[:3]) if chance else FILES[0])
        if chance and chance.random() < 0.5:
            path.unlink(missing_ok=True)
        else:
            path.write_text("damaged\n")
    elif chance and chance.random() < 0.5:
        key.unlink(missing_ok=True)
    else:
        key.write_text("damaged\n")


# Comparison


def said(claim, playing):
    return None if claim is None else (playing.sources.real[claim.fingerprint].fingerprint,
                                       claim.date)


def expected_slots(playing, store):
    return {f"{scope}/{kind}": (slot.owner, said(slot.current, playing),
                                said(slot.previous, playing),
                                [said(claim, playing) for claim in slot.next])
            for (scope, kind), slot in store.slots.items()}


def found_slots(status):
    def say(each):
        if each is None:
            return None
        date = each.get("effective_date")
        return each["fingerprint"], None if date is None else seconds(date)

    return {f"{slot['scope']}/{slot['type']}": (slot["owner"], say(slot["current"]),
                                                say(slot["previous"]), list(map(say, slot["next"])))
            for slot in status["slots"]}


def seconds(text):
    from datetime import datetime  # pylint: disable=import-outside-toplevel
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def expected_links(playing, store):
    """The link next shows the earliest of those that are rolled; an empty place has none. What was
    not repaired is not looked at."""
    links = {}
    for (scope, kind), slot in store.slots.items():
        if slot.damaged:
            continue
        rolled = [claim for claim in slot.next if claim.roll]
        for place, claim in (("current", slot.current), ("previous", slot.previous),
                             ("next", rolled[0] if rolled else None)):
            if claim:
                fingerprint = playing.sources.real[claim.fingerprint].fingerprint
                links[f"{scope}/{kind}/{place}"] = f"../../../objects/{fingerprint}"
    return links


def found_links(store):
    links = {}
    for at, folders, files in os.walk(store / "live"):
        for name in folders + files:
            path = os.path.join(at, name)
            shown = os.path.relpath(path, store / "live")
            if os.path.islink(path):
                links[shown] = os.readlink(path)
            elif not os.path.isdir(path) or not os.listdir(path) and shown.count("/") > 0:
                links[shown] = "neither a link nor a folder with one"
    return links


def expected_files(real, held):
    """name -> (mode, content); None: it is not looked at."""
    files = {"cert.pem": (0o644, real.leaf), "chain.pem": (0o644, real.issuer),
             "fullchain.pem": (0o644, real.leaf + real.issuer)}
    if held.key_lost:
        files["privkey.pem"] = None
    elif held.has_key:
        files["privkey.pem"] = (0o640 if held.exportable else 0o600, real.key)
    return files


def compare_object(store, real, held, gid):
    folder = store / "objects" / real.fingerprint
    expected = expected_files(real, held)
    present = sorted(os.listdir(folder)) if folder.is_dir() else []
    spared = {name for name, what in expected.items() if what is None}
    if {*present} - spared != {*expected} - spared:
        yield f"objects/{real.fingerprint} has {present}"
        return
    for name in {*expected} - spared:
        mode, content = expected[name]
        status = (folder / name).lstat()
        if stat.S_IMODE(status.st_mode) != mode:
            yield f"{name} of {real.fingerprint}: mode {stat.S_IMODE(status.st_mode):o}"
        if mode == 0o640 and status.st_gid != gid:
            yield f"{name} of {real.fingerprint}: group {status.st_gid}"
        if (folder / name).read_text() != content:
            yield f"{name} of {real.fingerprint}: not the content of its source"


def compare_errors(playing, failures, told):
    """Of what is not refused: the same entries fail, by the same codes."""
    manifests = [playing.manifests[number] for number in told["numbers"]]
    broken = model.refused(manifests)
    names = {manifest.name: f"{number}.yaml"
             for number, manifest in zip(told["numbers"], manifests)}
    refused = {f"{told['numbers'][i]}.yaml" for i in broken}
    expected = {(names.get(failure.manifest), failure.entry, failure.code) for failure in failures}
    found = set()
    for problem in told["problems"]:
        file = problem["file"] and os.path.basename(problem["file"])
        if problem["severity"] == "error" and file not in refused:
            found.add((file, problem["certificate"] if file else None, problem["code"]))
    if refused and not any(problem["file"] and os.path.basename(problem["file"]) in refused and
                           problem["severity"] == "error" for problem in told["problems"]):
        yield f"none of {refused} was refused"
    if found != expected:
        yield f"errors: expected {sorted(expected - found, key=str)}, " \
              f"found {sorted(found - expected, key=str)}"


def different(what, expected, found):
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            yield f"{what} {name}:\n  expected {expected.get(name)}\n  found    {found.get(name)}"


def unassigned(playing, store):
    """What was imported and stands in no slot."""
    assigned = {claim.fingerprint for slot in store.slots.values()
                for claim in (slot.current, slot.previous, *slot.next) if claim}
    return {playing.sources.real[name].fingerprint for name in
            {held.fingerprint for held in store.holdings.values()} - assigned}


def compare_state(playing, store, folder, status):
    yield from different("slot", expected_slots(playing, store), found_slots(status))
    spared = tuple(f"{scope}/{kind}/" for (scope, kind), slot in store.slots.items()
                   if slot.damaged)
    links = {link: target for link, target in found_links(folder).items()
             if not (link + "/").startswith(spared)}
    yield from different("link", expected_links(playing, store), links)
    loose = {each["fingerprint"] for each in status["unassigned"]}
    if loose != unassigned(playing, store):
        yield f"unassigned: {loose}, expected {unassigned(playing, store)}"
    gid = grp.getgrnam(playing.world.group).gr_gid
    wishes = model.references(store.slots, store.holdings)
    for name in [name for name in wishes if not store.objects[name].damaged]:
        yield from compare_object(folder, playing.sources.real[name], store.objects[name], gid)
    strange = object_names(folder) - {playing.sources.real[name].fingerprint
                                      for name in store.objects}
    if strange:
        yield f"objects that nothing brought: {strange}"


def compare_verify(playing, store, folder, at):
    code, told = playing.world.run(at, "verify", folder)
    damaged = any(held.damaged or held.key_lost for held in store.objects.values()) or \
        any(slot.damaged for slot in store.slots.values())
    if bool(code) != damaged:
        yield f"verify: exit {code}: {[problem['message'] for problem in told['problems']]}"


def compare(playing, store, failures, folder, at, told):
    """What differs, as lines; none where the store is what the model says."""
    found = list(compare_errors(playing, failures, told))
    if not folder.exists():
        return found + [] if not store.slots and not store.holdings else ["there is no store"]
    status = playing.world.run(at, "status", folder)[1]
    found += compare_state(playing, store, folder, status)
    found += compare_verify(playing, store, folder, at)
    return found
