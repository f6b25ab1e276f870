"""Reports on their way to a receiver that is there, or is not."""
import contextlib
import fcntl
import socket
import sqlite3
import time

from harness import SLOWNESS, CliTest, fingerprints, main, needs_clock, pki

QUICK = {"CERTROLL_REPORT_TIMEOUT": "1"}


class Delivery(CliTest):
    def setUp(self):
        super().setUp()
        leaves = [pki().leaf("web"), pki().leaf("other")]
        self.manifests = [self.manifest({"name": "web", "path": leaf.pem(), "type": "Default"},
                                        file=f"{i}.yaml") for i, leaf in enumerate(leaves)]
        self.edge = self.manifests[0]

    def post(self, url, manifest=None, *arguments, code=0, env=None):
        """Applies with a report to a URL; the run's JSON."""
        return self.apply("-o", "json", manifest or self.edge, "--report-url", url, *arguments,
                          code=code, env=env or QUICK).json

    def dead_url(self):
        """Of a port that nobody else can take meanwhile, and on which nobody listens."""
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/certroll"

    def test_report_arrives_with_its_headers(self):
        receiver = self.receiver()
        first = self.post(receiver.url)
        self.assertEqual(first["report"],
                         {"file": None, "url": receiver.url, "delivery": "delivered",
                          "deliveries": [{"url": receiver.url, "delivery": "delivered",
                                          "attempts": 1, "error": None}]})
        again = self.post(receiver.url)
        broken = self.manifest({"path": "none.pem"}, name="broken")
        failed = self.post(receiver.url, broken, code=1)
        for request, run, result in zip(receiver.requests(), (first, again, failed),
                                        ("changed", "ok", "failed"), strict=True):
            self.assertEqual((request["method"], request["path"], request["status"]),
                             ("POST", "/certroll", 204))
            headers = request["headers"]
            self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
            self.assertEqual(headers["Idempotency-Key"], run["run_id"])
            self.assertEqual(headers["X-Certroll-Result"], result)
        self.assertEqual(receiver.reports(), [r["run_id"] for r in (first, again, failed)])

    def test_what_arrives_is_the_report_that_is_kept(self):
        receiver = self.receiver()
        run = self.post(receiver.url, None, "--report", self.folder / "r.html")
        body = receiver.pages()[0].read_bytes()
        self.assertEqual(body, (self.store / "reports" / f"{run['run_id']}.html").read_bytes())
        self.assertEqual(self.history()[0]["run"], run)
        self.assertEqual(run["report"]["delivery"], "delivered")

    def test_library_that_sends_is_loaded_where_something_is_sent(self):
        self.write("libcurl.so.4", "")
        without = {**QUICK, "LD_LIBRARY_PATH": str(self.folder)}
        self.apply(self.edge, env=without)
        self.certroll("status", env=without)
        missing = "libcurl.so.4, which sends it, cannot be loaded [library_missing]"
        told = self.apply(self.manifest(report={"url": self.dead_url()}), code=1, env=without)
        self.assertIn(missing, told.err)
        told = self.apply(self.edge, "--report-url", self.dead_url(), code=1, env=without)
        self.assertIn(missing, told.err)

    def test_run_with_nothing_to_do_posts_and_leaves_no_trace(self):
        receiver = self.receiver()
        self.apply(self.edge)
        before = fingerprints(self.store)
        run = self.post(receiver.url)
        self.assertEqual(run["report"]["delivery"], "delivered")
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assert_unchanged(before)

    def test_dead_receiver_fails_the_run_but_undoes_nothing(self):
        result = self.post(self.dead_url(), code=1)
        self.assertEqual(result["report"]["delivery"], "queued")
        self.assertEqual([p["code"] for p in result["problems"]], ["delivery_failed"])
        self.assertEqual([a["outcome"] for a in result["actions"]], ["done", "done"])
        self.assertIn("local/Default", self.slots())
        self.assert_verified()
        status = self.certroll("status").out
        self.assertRegex(status, r"1 report waits")

    def test_detailed_exit_code_knows_both(self):
        self.apply("--detailed-exitcode", self.edge, "--report-url", self.dead_url(), code=6,
                   env=QUICK)

    def test_deliver_sends_what_waits(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        self.assertRegex(self.certroll("status").out, r"2 reports wait")
        result = self.certroll("deliver", "-o", "json", code=1, env=QUICK).json
        self.assertEqual(result["kind"], "Delivery")
        self.assertEqual({p["code"] for p in result["problems"]}, {"delivery_failed"})
        receiver.start()
        self.assertEqual(self.certroll("deliver").out, "2 reports delivered, 0 still waiting.\n")
        self.assertEqual(receiver.reports(), runs)
        self.assertNotRegex(self.certroll("status").out, r"reports? wait")
        before = fingerprints(self.store)
        self.assertEqual(self.certroll("deliver").out, "No report waits.\n")
        self.assert_unchanged(before)
        self.assertEqual(len(receiver.requests()), 2)

    def test_later_run_sends_what_waits_before_its_own_and_once(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        receiver.start()
        runs.append(self.post(receiver.url)["run_id"])
        self.assertEqual(receiver.reports(), runs)
        self.post(receiver.url)
        self.assertEqual([r["headers"]["Idempotency-Key"] for r in receiver.requests()][:3], runs)
        self.assertEqual(len(receiver.requests()), 4)

    def test_report_that_is_held_up_holds_up_those_after_it(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        receiver.start("--fail", "stall")
        self.certroll("deliver", code=1, env=QUICK)
        self.assertEqual((receiver.reports(), len(receiver.requests())), ([], 1))
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), runs)

    def test_run_with_nothing_to_do_sends_what_waits(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, code=1)["run_id"]]
        receiver.start()
        self.apply(self.edge)
        self.assertEqual(receiver.reports(), runs)

    def test_report_of_nothing_waits_too(self):
        receiver = self.receiver()
        self.apply(self.edge)
        receiver.stop()
        run = self.post(receiver.url, code=1)
        self.assertEqual((run["report"]["delivery"], run["actions"]), ("queued", []))
        receiver.start()
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), [run["run_id"]])

    def test_what_was_tried_is_in_the_outbox_however_it_came_there(self):
        """In the run and in the outbox an attempt is a request."""
        receiver = self.receiver("--retry-after", "0", "--fail", "503", "401", "503", "401")
        env = {"CERTROLL_REPORT_TIMEOUT": "60"}
        self.apply(self.edge)
        run = self.post(receiver.url, code=1, env=env)  # it had nothing to do
        own, = run["report"]["deliveries"]
        item, = self.outbox()
        self.assertEqual((own["attempts"], own["error"]), (2, "the receiver answered 401"))
        self.assertEqual((item["attempts"], item["last_error"]), (2, own["error"]))
        self.certroll("deliver", code=1, env=env)
        item, = self.outbox()
        self.assertEqual((item["attempts"], len(receiver.requests())), (4, 4))

    def test_lost_answer_does_not_deliver_twice(self):
        receiver = self.receiver("--fail", "503", "--retry-after", "0")
        run = self.post(receiver.url, env={"CERTROLL_REPORT_TIMEOUT": "10"})
        self.assertEqual(receiver.reports(), [run["run_id"]])
        self.assertEqual([r["status"] for r in receiver.requests()], [503, 204])

    def test_refusing_receiver_is_not_asked_again_in_the_run(self):
        receiver = self.receiver("--fail", "400")
        result = self.post(receiver.url, code=1, env={"CERTROLL_REPORT_TIMEOUT": "10"})
        self.assertEqual(result["report"]["delivery"], "queued")
        self.assertEqual(len(receiver.requests()), 1)

    def test_token_and_secret_come_from_files(self):
        token, secret = self.write("token", "t0ken-t0ken\n"), self.write("hmac", "s3cret-s3cret\n")
        receiver = self.receiver("--token-file", token, "--secret-file", secret)
        self.post(receiver.url, code=1)
        result = self.certroll("deliver", "-o", "json", env={
            "CERTROLL_REPORT_TOKEN_FILE": token, "CERTROLL_REPORT_SECRET_FILE": secret, **QUICK})
        self.assertNotIn("t0ken-t0ken", result.out)
        self.assertEqual([r["status"] for r in receiver.requests()], [401, 204])
        for path in self.store.rglob("*"):
            if path.is_file() and not path.is_symlink():
                self.assertNotIn(b"t0ken-t0ken", path.read_bytes())

    def test_flag_beats_environment_beats_manifest(self):
        receivers = [self.receiver() for _ in range(3)]
        entry = {"path": pki().leaf("web").pem(), "type": "Default"}
        manifest = self.manifest(entry, report={"url": receivers[0].url})
        environment = QUICK | {"CERTROLL_REPORT_URL": receivers[1].url}
        self.apply(manifest, env=QUICK)
        self.apply(manifest, env=environment)
        self.apply(manifest, "--report-url", receivers[2].url, env=environment)
        self.assertEqual([len(receiver.requests()) for receiver in receivers], [1, 1, 1])

    def outbox(self):
        return self.status()["outbox"]

    def test_what_waits_for_a_mistyped_url_can_be_let_go(self):
        receiver, other = self.receiver(), self.receiver()
        receiver.stop()
        other.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        kept = self.post(other.url, code=1)["run_id"]
        receiver.start()
        before = fingerprints(self.store)
        unknown = self.certroll("deliver", "--drop", receiver.url + "x")
        self.assertEqual((unknown.out, unknown.err), ("No report waits for this URL.\n", ""))
        self.assert_unchanged(before)
        waiting = self.outbox()
        told = self.certroll("deliver", "--drop", receiver.url).out
        self.assertRegex(told, r"^2 reports dropped, 1 still waiting\.\n")
        for run in runs:
            self.assertRegex(told, rf"(?m)^  {run}  waited since .*Z, [0-9]+ attempts?")
        self.assertEqual([item["run"] for item in self.outbox()], [kept])
        self.assertEqual((receiver.requests(), waiting[-1]), ([], self.outbox()[0]))
        dropped = self.certroll("deliver", "--drop", other.url, "-o", "json").json
        self.assertEqual((dropped["dropped"], dropped["queued"]), (waiting[-1:], 0))
        self.apply(self.edge)
        self.assert_verified()
        self.certroll("deliver", "--drop", "", code=64)

    def test_dropping_where_nothing_is_makes_no_store(self):
        self.assertEqual(self.certroll("deliver", "--drop", "https://example.com/").out,
                         f"No report waits for this URL. There is no store at {self.store}.\n")
        self.assertFalse(self.store.exists())

    def test_urls_that_are_none_are_wrong_usage_on_the_command_line(self):
        for url in ("ftp://127.0.0.1/", "http://user:hunter2@127.0.0.1/", "nonsense"):
            for command in (["apply", self.edge], ["import", "--path", "x.pem"]):
                result = self.certroll(*command, "--report-url", url, code=64)
                self.assertNotIn("hunter2", result.out + result.err)
        self.assertFalse(self.store.exists())

    def test_urls_that_are_none_change_nothing_of_what_was_applied(self):
        for url in ("ftp://127.0.0.1/", "http://user:hunter2@127.0.0.1/", "nonsense"):
            store = self.folder / f"store-{len(url)}"
            page = self.folder / f"report-{len(url)}.html"
            result = self.apply("-o", "json", self.edge, "--report", page, store=store, code=1,
                                env={"CERTROLL_REPORT_URL": url})
            self.assertIn("invalid_value", result.codes())
            self.assertIn("invalid_value", page.read_text())
            self.assertEqual([a["outcome"] for a in result.json["actions"]], ["done", "done"])
            self.assertNotIn("hunter2", result.out + result.err)

    def test_settings_that_cannot_be_used_are_said_once_and_stop_no_certificate(self):
        receiver = self.receiver()
        bad = {"CERTROLL_REPORT_TOKEN_FILE": self.folder / "none",
               "CERTROLL_REPORT_SECRET_FILE": self.folder,
               "CERTROLL_REPORT_CERT": self.folder / "cert", "CERTROLL_REPORT_TIMEOUT": "soon"}
        result = self.apply("-o", "json", self.edge, "--report-url", receiver.url, code=1, env=bad)
        self.assertEqual([a["outcome"] for a in result.json["actions"]], ["done", "done"])
        self.assertEqual(result.codes(), ["delivery_failed", "invalid_value", *["unreadable"] * 3])
        self.assertEqual(result.err.count("CERTROLL_REPORT_TIMEOUT"), 1)
        self.assertEqual(result.json["report"]["delivery"], "queued")
        self.assertEqual(receiver.requests(), [])
        self.certroll("deliver", env=bad, code=1)
        self.certroll("deliver")
        self.assertEqual(receiver.reports(), [result.json["run_id"]])

    def test_settings_are_said_before_the_first_change(self):
        code, shown = self.on_terminal(
            "apply", self.edge, "--confirm", "--report-url", "http://127.0.0.1:9/", answer="n",
            env={"CERTROLL_REPORT_TOKEN_FILE": self.folder / "none"})
        self.assertEqual(code, 1)
        self.assertLess(shown.index("CERTROLL_REPORT_TOKEN_FILE"), shown.index("Apply this?"))
        self.assertEqual(shown.count("CERTROLL_REPORT_TOKEN_FILE"), 1)

    def test_settings_do_not_matter_where_nothing_is_sent(self):
        self.apply(self.edge, env={"CERTROLL_REPORT_TIMEOUT": "soon"})

    def test_timeout_on_the_command_line_beats_the_environment(self):
        slow = self.listener()
        start = time.monotonic()
        self.apply(self.edge, "--report-url", slow.url, "--report-timeout", "1", code=1,
                   env={"CERTROLL_REPORT_TIMEOUT": "soon"})
        self.assertLess(time.monotonic() - start, 20 * SLOWNESS)
        self.apply(self.edge, "--report-timeout", "0", code=64)

    def test_dead_receiver_costs_one_budget_and_starves_nobody(self):
        dead, receivers = self.listener(), [self.receiver() for _ in range(2)]
        urls = [dead.url, *(receiver.url for receiver in receivers)]
        manifest = self.manifest({"name": "web", "path": pki().leaf("web").pem(),
                                  "type": "Default"}, report={"url": urls})
        runs = []
        for _ in range(4):
            start = time.monotonic()
            run = self.apply("-o", "json", manifest, "--report-timeout", "3", code=1).json
            self.assertLess(time.monotonic() - start, 3 + 10 * SLOWNESS)
            runs.append(run["run_id"])
            self.assertEqual([d["delivery"] for d in run["report"]["deliveries"]],
                             ["queued", "delivered", "delivered"])
            self.assertEqual([d["attempts"] > 0 for d in run["report"]["deliveries"]],
                             [len(runs) == 1, True, True])
            failures = [p for p in run["problems"] if p["code"] == "delivery_failed"]
            self.assertEqual(len(failures), 1, "a receiver that is dead is tried once a run")
        for receiver in receivers:
            self.assertEqual(receiver.reports(), runs)
        self.assertEqual([(item["run"], item["url"]) for item in self.outbox()],
                         [(run, dead.url) for run in runs])
        self.assertEqual([item["attempts"] for item in self.outbox()], [4, 0, 0, 0])

    def test_receiver_that_refuses_for_good_holds_nothing_back(self):
        receiver = self.receiver("--fail", "400", "400")
        first = self.post(receiver.url, code=1)["run_id"]
        second = self.post(receiver.url, self.manifests[1], code=1)
        self.assertEqual([r["status"] for r in receiver.requests()], [400, 400, 204])
        self.assertEqual(receiver.reports(), [second["run_id"]])
        self.assertEqual([item["run"] for item in self.outbox()], [first])
        self.assertEqual(second["report"]["deliveries"][0]["delivery"], "delivered")

    @needs_clock
    def test_report_that_waited_too_long_is_dropped_and_said(self):
        url = self.dead_url()
        first = self.apply("-o", "json", self.edge, "--report-url", url, code=1, env=QUICK,
                           at=0).json["run_id"]
        page = self.folder / "page.html"
        late = self.apply("-o", "json", self.edge, "--report", page, code=1, env=QUICK,
                          at=8)
        self.assertEqual(late.codes(), ["delivery_failed", "report_dropped"])
        dropped = late.json["problems"][1]["message"]
        self.assertIn(first, dropped)
        self.assertIn("7 days", dropped)
        self.assertIn(dropped.split(" will")[0], page.read_text())
        self.assertEqual(self.outbox(), [])
        self.apply(self.edge, env=QUICK, at=8)

    @needs_clock
    def test_deliver_drops_and_says_it(self):
        self.apply(self.edge, "--report-url", self.dead_url(), code=1, env=QUICK, at=0)
        result = self.certroll("deliver", "-o", "json", code=1, env=QUICK,
                               at=8)
        self.assertEqual(result.codes(), ["delivery_failed", "report_dropped"])
        self.assertEqual((result.json["delivered"], result.json["queued"]), (0, 0))

    def test_report_whose_text_is_lost_holds_nothing_back(self):
        receiver = self.receiver()
        receiver.stop()
        runs = [self.post(receiver.url, manifest, code=1)["run_id"]
                for manifest in self.manifests]
        (self.store / "reports" / f"{runs[0]}.html").unlink()
        receiver.start()
        result = self.certroll("deliver", "-o", "json", code=1)
        self.assertIn("report_dropped", result.codes())
        self.assertEqual(receiver.reports(), runs[1:])
        self.assertEqual(self.outbox(), [])

    def test_outbox_that_cannot_be_read_is_said_by_every_run(self):
        receiver = self.receiver()
        self.post(self.dead_url(), code=1)
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            index.execute("UPDATE outbox SET run = '../x'")
        result = self.apply("-o", "json", self.edge, "--report", self.folder / "r.html", code=1)
        self.assertEqual(result.codes(), ["store_damaged"])
        run = self.post(receiver.url, code=1)
        self.assertEqual([p["code"] for p in run["problems"]], ["store_damaged"])
        self.assertEqual(receiver.reports(), [run["run_id"]])

    def test_what_waits_is_in_status_and_in_the_next_report_of_any_run(self):
        url = self.dead_url()
        first = self.post(url, code=1)["run_id"]
        item, = self.outbox()
        self.assertEqual((item["run"], item["url"], item["attempts"]), (first, url, 1))
        self.assertIn("connect", item["last_error"])
        self.assertRegex(self.certroll("status").out, rf"{first} +{url} +since .*: .*connect")
        page = self.folder / "page.html"
        receiver = self.receiver()
        for manifest in self.manifests:
            run = self.post(receiver.url, manifest, "--report", page, code=1)
            self.assertEqual([p["code"] for p in run["problems"] if p["severity"] == "error"],
                             ["delivery_failed"])
            self.assertEqual(run["report"]["delivery"], "delivered")
            self.assertIn(first, page.read_text())
            self.assertIn(first, next(
                receiver.dir.glob(f"*{run['run_id']}.html")).read_text())
        self.assertEqual({r["headers"]["X-Certroll-Result"] for r in receiver.requests()},
                         {"failed"})

    def test_what_went_out_before_is_not_in_the_report(self):
        receiver = self.receiver()
        receiver.stop()
        first = self.post(receiver.url, code=1)["run_id"]
        receiver.start()
        second = self.post(receiver.url, self.manifests[1])
        self.assertEqual(receiver.reports(), [first, second["run_id"]])
        self.assertNotIn(first, next(receiver.dir.glob(f"*{second['run_id']}.html")).read_text())
        self.assertEqual([r["headers"]["X-Certroll-Result"] for r in receiver.requests()],
                         ["changed", "changed"])

    def test_manifest_says_on_what_occasion_its_report_is_wanted(self):
        receivers = {on: self.receiver() for on in ("always", "change", "failure")}
        leaf = pki().leaf("web")
        manifests = []
        for on, receiver in receivers.items():
            entry = {"name": on, "path": leaf.pem(), "type": f"Default@{on}"}
            manifests.append(self.manifest(entry, name=on, report={
                "url": receiver.url, "file": f"{on}.html", "on": on}))
        changed = self.apply("-o", "json", *manifests).json
        quiet = self.apply("-o", "json", *manifests).json
        failed = self.apply("-o", "json", *manifests, self.folder / "none.yaml", code=1).json
        self.assertEqual([r.reports() for r in receivers.values()], [
            [run["run_id"] for run in (changed, quiet, failed)],
            [run["run_id"] for run in (changed, failed)], [failed["run_id"]]])
        self.assertEqual([d["url"] for d in changed["report"]["deliveries"]],
                         [receivers[on].url for on in ("always", "change")])
        self.assertEqual(quiet["report"]["url"], receivers["always"].url)
        for on, runs in (("always", 3), ("change", 2), ("failure", 1)):
            self.assertIn(failed["run_id"], (self.folder / f"{on}.html").read_text())

    def test_occasion_does_not_hold_for_the_command_line(self):
        receiver = self.receiver()
        entry = {"path": pki().leaf("web").pem(), "type": "Default"}
        manifest = self.manifest(entry, report={"url": "http://127.0.0.1:9/", "on": "failure"})
        self.apply(manifest, "--report-url", receiver.url)
        self.apply(manifest, "--report-url", receiver.url)
        self.assertEqual(len(receiver.reports()), 2)

    def test_what_a_manifest_may_have_as_url_can_be_posted_to(self):
        for url in ("HTTP://h.example.com", "http://[::1]:65535/x", "https://h_1.example.com./?a@b",
                    "http://1.2.3.4:1", "http://a~b/"):
            for env in ({"CERTROLL_REPORT_URL": url}, {}):
                manifest = self.manifest(report={"url": url})
                result = self.apply("-o", "json", manifest, "--report-timeout", "1", code=None,
                                    env={"http_proxy": "http://127.0.0.1:9",
                                         "https_proxy": "http://127.0.0.1:9", **env})
                self.assertNotIn("invalid_value", result.codes(), url)

    def test_slow_receiver_keeps_nobody_from_writing(self):
        receiver = self.receiver()
        slow = self.listener()
        process = self.start("apply", self.edge, "--report-url", slow.url,
                             env={"CERTROLL_REPORT_TIMEOUT": "600"})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        slow.wait()
        change = self.manifest({"name": "other", "path": pki().leaf("other").pem(),
                                "type": "Internal"}, name="second")
        result = self.apply("-o", "json", change, "--lock-timeout", "0").json
        self.assertEqual([a["outcome"] for a in result["actions"]], ["done", "done"])
        result = self.post(receiver.url, change, "--lock-timeout", "0")
        self.assertEqual(result["report"]["delivery"], "delivered", "its own goes out all the same")

    def test_receiver_that_wants_none_of_them_is_asked_once(self):
        receiver = self.receiver("--fail", *["401"] * 9)
        for turn in range(3):
            run = self.post(receiver.url, self.manifests[turn % 2], code=1)
            self.assertEqual([p["code"] for p in run["problems"] if p["severity"] == "error"],
                             ["delivery_failed"])
        self.assertEqual((len(receiver.requests()), len(self.outbox())), (3, 3))

    def test_file_that_cannot_be_written_is_in_what_is_sent(self):
        receiver = self.receiver()
        self.apply(self.edge)
        run = self.post(receiver.url, None, "--report", self.folder / "none" / "r.html", code=1)
        self.assertEqual([p["code"] for p in run["problems"]], ["report_failed"])
        self.assertEqual([r["headers"]["X-Certroll-Result"] for r in receiver.requests()],
                         ["failed"])
        self.assertEqual(self.embedded(receiver.pages()[0])["problems"], run["problems"])
        self.assertEqual(self.history()[-1]["run"]["run_id"], run["run_id"])

    def test_run_that_was_killed_before_its_report_is_in_the_next_one(self):
        receiver = self.receiver()
        killed = self.apply("-o", "json", self.edge).json["run_id"]
        with contextlib.closing(sqlite3.connect(self.store / "index.db")) as index, index:
            index.execute("UPDATE run SET finished = 0, report = 0")
        wish = self.manifest({"name": "web", "path": pki().leaf("web").pem(), "type": "Default"},
                             report={"url": receiver.url, "on": "change"}, file="wish.yaml")
        run = self.apply("-o", "json", wish).json
        problem, = run["problems"]
        self.assertEqual((problem["code"], problem["severity"]), ("run_interrupted", "warning"))
        self.assertIn(killed, problem["message"])
        self.assertEqual((receiver.reports(), run["actions"]), ([run["run_id"]], []))
        quiet = self.apply("-o", "json", wish).json
        self.assertEqual((quiet["problems"], len(receiver.reports())), ([], 1), "it is told once")
        self.assertEqual([past["finished"] for past in self.history()], [False, True])

    def test_report_that_can_neither_be_sent_nor_kept_is_called_lost(self):
        url = self.dead_url()
        self.apply(self.edge)
        with open(self.store / "lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run = self.apply("-o", "json", self.manifests[1], "--lock-timeout", "0",
                             "--report-url", url, code=1, env=QUICK).json
        self.assertEqual({p["code"] for p in run["problems"]},
                         {"store_locked", "delivery_failed", "report_dropped"})
        self.assertEqual((run["report"]["delivery"], self.outbox()), ("none", []))

    def test_store_that_another_holds_is_no_reason_to_lose_a_report(self):
        receiver = self.receiver()
        self.apply(self.edge)
        with open(self.store / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.apply("-o", "json", self.manifests[1], "--lock-timeout", "0",
                                "--report-url", receiver.url, code=1).json
        self.assertEqual([p["code"] for p in result["problems"]], ["store_locked"])
        self.assertEqual(result["report"]["delivery"], "delivered")
        self.assertEqual([r["headers"]["X-Certroll-Result"] for r in receiver.requests()],
                         ["failed"])


if __name__ == "__main__":
    main()
