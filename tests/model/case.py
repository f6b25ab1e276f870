"""Writes one plan of a history as a plan case, in the format of tests/plan/README.md."""

import json

from histories import as_date, as_mapping
from model import references


def certificate_lines(playing):
    """Each certificate under its own name, then the other files that hold it."""
    for certificate in playing.history.certificates:
        names = [certificate.fingerprint]
        names += [path for path, file in playing.files.items() if file.certificate == certificate]
        for path in dict.fromkeys(names):
            file = playing.files.get(path)
            words = [path, as_date(certificate.not_before), as_date(certificate.not_after)]
            if path != certificate.fingerprint:
                words.append("as=" + certificate.fingerprint)
            elif certificate.key + ".pem" != certificate.fingerprint:
                words.append("key=" + certificate.key)
            if file and file.error:
                words.append("error=" + file.error)
            elif file and not file.has_key:
                words.append("no-key")
            yield " ".join(words)


def claim_line(place, claim):
    words = [place, claim.fingerprint, "entry=" + claim.entry]
    if claim.date is not None:
        words.append("date=" + as_date(claim.date))
    return "  " + " ".join(words + ["roll"] * claim.roll + ["exportable"] * claim.exportable)


def store_lines(store):
    for (scope, kind), slot in sorted(store.slots.items()):
        yield f"slot {scope}/{kind} {slot.owner}{' damaged' * slot.damaged}"
        places = [("current", slot.current), ("previous", slot.previous)]
        for place, claim in places + [("next", claim) for claim in slot.next]:
            if claim:
                yield claim_line(place, claim)
    for (owner, entry), held in sorted(store.holdings.items()):
        yield f"holding {owner} {entry} {held.fingerprint}{' exportable' * held.exportable}"
    for fingerprint, held in sorted(store.objects.items()):
        words = ["no-key"] * (not held.has_key) + ["exportable"] * held.exportable
        words += ["lost-key"] * held.key_lost + ["changed"] * held.damaged
        if words or fingerprint not in references(store.slots, store.holdings):
            yield f"object {fingerprint} " + " ".join(words)


def after_lines(store):
    for (scope, kind), slot in sorted(store.slots.items()):
        current, previous = (claim.fingerprint if claim else "-" for claim in (slot.current, slot.previous))
        ahead = ",".join(claim.fingerprint for claim in slot.next) or "-"
        yield f"{scope}/{kind} {slot.owner} current={current} previous={previous} next={ahead}"
    for (owner, entry), held in sorted(store.holdings.items()):
        yield f"holding {owner} {entry} {held.fingerprint}"
    for fingerprint, held in sorted(store.objects.items()):
        if held.exportable:
            yield f"access {fingerprint}"


def manifest_lines(manifest):
    yield "version: 1"
    yield f"name: {manifest.name}"
    yield "certificates:" if manifest.entries else "certificates: []"
    for entry in manifest.entries:
        yield "  - " + json.dumps(as_mapping(entry))


def plan_case(playing, number, told, seed):
    """number: of the plan, among those of the history; told: what the program says now."""
    planned = playing.plans[number]
    sections = [
        ("at", [as_date(planned.at)]),
        ("options", [" ".join(name for name, value in zip(planned.options._fields, planned.options) if value)]),
        ("certificates", certificate_lines(playing)),
        ("store", store_lines(planned.before)),
    ]
    sections += [(f"manifest {manifest.name}.yaml", manifest_lines(manifest)) for manifest in planned.manifests]
    sections += [("expect", told), ("after", after_lines(planned.after))]
    lines = [
        f"# Found by the history {seed}. [after] is what the model says; [expect] is what the program says",
        "# now, to be set right by hand. Nothing is remembered of sources but what the store has.",
    ]
    for name, content in sections:
        content = [line for line in content if line]
        if content or name == "expect":
            lines += ["", f"[{name}]"] + content
    return "\n".join(lines)
