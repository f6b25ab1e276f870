"""A history through the real program and a store on disk, held against the model after each apply.

What happens beyond the steps of a history is drawn from its seed: runs are killed and started again,
two are started at once, the store is taken away and built anew.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import histories
import looks
import model
from histories import Playing
from model import Store
from sources import Sources

PATIENCE = 300


class Disagreement(Exception):
    pass


class World:
    """What all histories have in common."""

    def __init__(self, build, folder, issuer):
        self.program = build / "src/cli/certroll"
        self.clock = (build / "tests/soak/clock.so").resolve()
        self.folder, self.issuer = folder, issuer
        self.group = looks.group()
        self.duration = 0.02  # of an apply, in the middle: for kills
        self.done = {"applies": 0, "kills": 0, "kills in time": 0, "pairs": 0, "stores taken away": 0}

    def start(self, at, command, store, *arguments):
        return subprocess.Popen(
            [self.program, command, "-o", "json", "--store", store, "--service-group", self.group,
             "--jobs", "2", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                 "TZ": "UTC", "LD_PRELOAD": str(self.clock), "SOAK_CLOCK": str(at)})

    def finish(self, process):
        """The exit code and the object that it printed."""
        out, err = process.communicate(timeout=PATIENCE)
        if process.returncode not in (0, 1) or not out.startswith("{"):
            raise Disagreement(f"exit {process.returncode}: {out[:500]}{err[-2000:]}")
        return process.returncode, json.loads(out)

    def run(self, *arguments):
        return self.finish(self.start(*arguments))


class DiskPlaying(Playing):
    """The stores of a history have numbers, as in Playing."""

    def __init__(self, world, history, seed, steps_only=False):
        super().__init__(history._replace(keep=True), seed)
        self.world = world
        self.chance = None if steps_only else random.Random(f"disk {seed}")
        shutil.rmtree(world.folder, ignore_errors=True)
        world.folder.mkdir()
        self.sources = Sources(world.folder, world.issuer, history, seed)

    def draw(self, probability):
        return self.chance is not None and self.chance.random() < probability

    def store(self, number):
        return self.world.folder / f"store-{number}"

    # The steps

    def set_file(self, step):
        super().set_file(step)
        self.sources.put(step.path, step.certificate, step.what)

    def damage(self, step):
        lines = len(self.lines)
        if step.what == "slot" and not looks.links_of(self.store(0), step.target):
            return
        super().damage(step)
        if len(self.lines) == lines:  # there is no such thing
            return
        if step.what == "slot":
            looks.damage_slot(self.store(0), step.target, self.chance)
        else:
            looks.damage_object(self.store(0), self.sources.real[step.target], step.what, self.chance)

    def run(self, step):
        if self.draw(0.03):
            self.world.done["stores taken away"] += 1
            shutil.rmtree(self.store(0), ignore_errors=True)
            self.stores[0] = Store()
        super().run(step)

    def write_manifests(self, numbers, manifests):
        paths = []
        for number, manifest in zip(numbers, manifests):
            entries = [self.as_mapping(entry) for entry in manifest.entries]
            path = self.world.folder / f"{number}.yaml"
            path.write_text(json.dumps({"version": 1, "name": manifest.name,
                                        "certificates": entries}))
            paths.append(path)
        return paths

    def as_mapping(self, entry):
        fields = histories.as_mapping(entry)
        if entry.fingerprint:
            fields["fingerprint"] = self.sources.real[entry.fingerprint].fingerprint
        else:
            fields["password"] = {"file": "password"}
        return fields

    # An apply

    def apply(self, origin, target, at, step, numbers, manifests):
        before = self.stores.get(origin, Store())
        self.prepare(origin, target)
        store, failures = super().apply(origin, target, at, step, numbers, manifests)
        flags = ["--" + name.replace("_", "-") for name in step.options._fields
                 if getattr(step.options, name)]
        arguments = (at, "apply", self.store(target), *flags,
                     *self.write_manifests(numbers, manifests))
        told = self.make_runs(arguments)
        told["numbers"] = numbers
        self.world.done["applies"] += 1
        blocked = step.options.atomic and bool(failures or model.refused(manifests))
        store = self.with_kept(before, store, target, blocked)
        self.stores[target] = store
        found = looks.compare(self, store, failures, self.store(target), at, told)
        if found:
            raise Disagreement(f"after 'plan {origin} {target} {at}':\n" + "\n".join(found))
        return store, failures

    def with_kept(self, before, store, target, blocked):
        """What nothing refers to stays for the runs that are kept, and may go: what is there is
        taken. It is repaired like the rest."""
        kept = looks.object_names(self.store(target))
        wishes = model.references(store.slots, store.holdings)
        objects = {}
        for name, held in {**before.objects, **store.objects}.items():
            if name not in wishes and not blocked and not held.key_lost:
                held = held._replace(damaged=False)
            if name in store.objects or self.sources.real[name].fingerprint in kept:
                objects[name] = held
        return store._replace(objects=objects)

    def prepare(self, origin, target):
        if origin == target:
            return
        shutil.rmtree(self.store(target), ignore_errors=True)
        if self.store(origin).exists():
            subprocess.run(["cp", "-a", self.store(origin), self.store(target)], check=True)

    def make_runs(self, arguments):
        """The run, or one that is killed and the next, or two at once. What the last one said."""
        if self.draw(0.2):
            self.kill(arguments)
        if self.draw(0.1):
            self.world.done["pairs"] += 1
            both = [self.world.start(*arguments) for _ in range(2)]
            return max((self.world.finish(process)[1] for process in both),
                       key=lambda told: told["generation_after"])
        began = time.monotonic()
        told = self.world.run(*arguments)[1]
        self.world.duration = 0.9 * self.world.duration + 0.1 * (time.monotonic() - began)
        return told

    def kill(self, arguments):
        """At a random instant. What is left must serve, and the next run makes it whole."""
        process = self.world.start(*arguments)
        time.sleep(self.chance.random() * self.world.duration)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.world.done["kills"] += 1
        self.world.done["kills in time"] += process.returncode < 0
