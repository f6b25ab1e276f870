"""Makes a history that disagrees smaller, for as long as it still disagrees."""

from histories import Run, SetManifest


def without(items, i):
    return items[:i] + items[i + 1 :]


def simpler_entries(entry):
    if len(entry.types) > 1:
        for i in range(len(entry.types)):
            yield entry._replace(types=without(entry.types, i))
    for field in ("roll", "exportable", "allow_expired"):
        if getattr(entry, field):
            yield entry._replace(**{field: False})
    if entry.date is not None and not entry.roll:
        yield entry._replace(date=None)


def simpler_manifests(manifest):
    entries = manifest.entries
    for i in range(len(entries)):
        yield manifest._replace(entries=without(entries, i))
    for i, entry in enumerate(entries):
        for simpler in simpler_entries(entry):
            yield manifest._replace(entries=entries[:i] + (simpler,) + entries[i + 1 :])


def simpler_runs(run):
    for i in range(len(run.nights) - 1):
        yield run._replace(nights=without(run.nights, i))
    for i in range(len(run.manifests)):
        yield run._replace(manifests=without(run.manifests, i))
    for field in ("skip", "anew"):
        if getattr(run, field):
            yield run._replace(**{field: False})
    for field in run.options._fields:
        if getattr(run.options, field):
            yield run._replace(options=run.options._replace(**{field: False}))


def simpler(history):
    """Histories that are a little smaller, the largest bites first."""
    steps = history.steps
    size = len(steps) // 2
    while size:
        for i in range(0, len(steps) - size + 1, size):
            yield history._replace(steps=steps[:i] + steps[i + size :])
        size //= 2
    if history.keep:
        yield history._replace(keep=False)
    for i, step in enumerate(steps):
        changed = ()
        if isinstance(step, Run):
            changed = simpler_runs(step)
        elif isinstance(step, SetManifest):
            changed = (step._replace(manifest=manifest) for manifest in simpler_manifests(step.manifest))
        for one in changed:
            yield history._replace(steps=steps[:i] + (one,) + steps[i + 1 :])
    for i in range(len(history.certificates)):
        yield history._replace(certificates=without(history.certificates, i))


def shrink(history, find):
    """find(list of histories) -> the index of the first that disagrees, or None."""
    while True:
        candidates = [one for one in simpler(history)]
        found = find(candidates)
        if found is None:
            return history
        history = candidates[found]
