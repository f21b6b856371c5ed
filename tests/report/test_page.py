"""The page: one file with all in it, in which nothing that a client has said is taken for markup."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import tempfile
import zlib
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from fakebroker.control.main import main
from fakebroker.journal import loads
from fakebroker.report.page import About, page
from tests.report.conversation import Orders

HOSTILE = "</script><script>alert(1)</script><!--"


def data_of(text: str) -> Any:
    """The data that a page has packed."""
    found = re.search(r'<script id="data"[^>]*>([^<]*)</script>', text)
    assert found is not None
    return json.loads(zlib.decompress(base64.b64decode(found[1])))


class Page(SynchronousTestCase):
    def setUp(self) -> None:
        self.orders = Orders().run()

    def page(self, **about: Any) -> str:
        broker = self.orders.broker
        return page(loads(broker.journal.json_lines()), broker.ledger.to_json(), About(**about))

    def test_it_needs_nothing_from_elsewhere(self) -> None:
        text = self.page()
        self.assertEqual(re.findall(r'(?:src|href)="|https?://(?!www\.w3\.org/2000/svg)|@import|url\(', text), [])
        self.assertIn("default-src 'none'", text)

    def test_it_tells_what_failed_and_how_to_run_it_again(self) -> None:
        about = {"title": "test_orders", "failure": "2 are missing", "again": "pytest -k orders", "facts": ["seed 7"]}
        data = data_of(self.page(**about))
        self.assertEqual({name: data[name] for name in about}, about)

    def test_it_has_a_lane_for_each_connection_and_each_queue(self) -> None:
        data = data_of(self.page())
        self.assertEqual([each["number"] for each in data["connections"]], [1, 2])
        self.assertEqual(data["queues"], ["orders", "failed"])

    def test_each_entry_has_its_fields(self) -> None:
        [row] = [row for row in data_of(self.page())["rows"] if row.get("a") == "1:in:basic.publish:1"]
        self.assertEqual((row["x"]["routing_key"], row["b"], row["h"]), ("orders", "tea", 1))

    def test_a_life_names_the_crossings_that_it_rests_on(self) -> None:
        data = data_of(self.page())
        [bread] = [number for number, title in data["messages"].items() if title == "bread"]
        self.assertEqual(next(address for _, _, address in data["lives"][bread] if address), "1:in:basic.publish:4")

    def test_nothing_from_a_client_is_taken_for_markup(self) -> None:
        self.orders.publish(HOSTILE.encode(), to=HOSTILE)
        text = self.page(title=HOSTILE, failure=HOSTILE)
        self.assertNotIn("alert(1)", text.replace("&lt;script&gt;alert(1)", ""))
        self.assertEqual(data_of(text)["title"], HOSTILE)

    def test_passwords_are_left_out(self) -> None:
        [row] = [row for row in data_of(self.page())["rows"] if row.get("a") == "1:in:connection.start-ok:1"]
        self.assertEqual(list(row["x"]["response"]), ["hidden"])

    def test_the_same_run_makes_the_same_page(self) -> None:
        first = self.page()
        self.orders = Orders().run()
        self.assertEqual(self.page(), first)


class OnTheCommandLine(SynchronousTestCase):
    def setUp(self) -> None:
        broker = Orders().run().broker
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "j.jsonl").write_text(broker.journal.json_lines(), "utf-8")
        (self.folder / "ledger.json").write_text(json.dumps(broker.ledger.to_json()), "utf-8")

    def made(self, *arguments: str) -> Any:
        output = self.folder / "report.html"
        self.assertEqual(main(["report", str(self.folder / "j.jsonl"), "-o", str(output), *arguments]), 0)
        return data_of(output.read_text("utf-8"))

    def test_a_recorded_journal_becomes_a_page(self) -> None:
        data = self.made()
        self.assertEqual((data["title"], data["queues"]), ("j.jsonl", []))

    def test_with_a_ledger_it_has_the_queues(self) -> None:
        data = self.made("--ledger", str(self.folder / "ledger.json"), "--title", "orders")
        self.assertEqual((data["title"], data["queues"]), ("orders", ["orders", "failed"]))

    def test_what_is_no_ledger_is_refused(self) -> None:
        (self.folder / "ledger.json").write_text("[]", "utf-8")
        arguments = ["report", str(self.folder / "j.jsonl"), "-o", "-", "--ledger", str(self.folder / "ledger.json")]
        self.assertEqual(main(arguments), 2)

    def test_what_can_not_be_read_or_written_is_told(self) -> None:
        journal = str(self.folder / "j.jsonl")
        (self.folder / "broken.jsonl").write_text("{", "utf-8")
        for arguments in (
            [str(self.folder / "nothing.jsonl")],
            [str(self.folder / "broken.jsonl")],
            [journal, "-o", str(self.folder / "nowhere" / "report.html")],
            [journal, "-o", "-", "--ledger", str(self.folder / "nothing.json")],
        ):
            self.assertEqual(main(["report", *arguments]), 2)

    def test_the_page_may_go_to_the_standard_output(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(main(["report", str(self.folder / "j.jsonl"), "-o", "-"]), 0)
        self.assertEqual(data_of(printed.getvalue())["title"], "j.jsonl")
