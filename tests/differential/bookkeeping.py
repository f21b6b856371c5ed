"""What a client must remember of its own channel to act sensibly and to know when an answer is complete."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

CLOSED, OPENING, OPEN, CLOSING = "closed", "opening", "open", "closing"


class Channel:
    """One channel of a connection, as far as its client can tell."""

    def __init__(self) -> None:
        self.state = CLOSED
        self.waiting: deque[tuple[str, ...]] = deque()  # answers due; any name of a tuple will do
        self.probes = 0  # channel.flow-oks that belong to the runner, not to the scenario
        self.partial = 0  # what is due of content; anything else that is sent now would be taken for it
        self.held = False  # the scenario doesn't want a channel.close answered
        self.raced = False  # deliveries came from several queues at once: their tags are a matter of luck
        self.forget()

    def forget(self) -> None:
        """As after channel.close."""
        self.waiting.clear()
        self.probes = 0
        self.partial = 0
        self.raced = False
        self.confirming = False
        self.published = 0
        self.unconfirmed: list[int] = []
        self.outstanding: list[int] = []
        self.settled: list[int] | None = None  # acks of the running transaction
        self.consumers: dict[str, tuple[str, bool]] = {}  # consumer tag -> queue, no-ack
        self.subscribing: deque[tuple[str, bool]] = deque()
        self.getting: deque[bool] = deque()

    # -- what the client sends ------------------------------------------------------------------------------------

    def sends(self, name: str, args: Mapping[str, Any], responses: tuple[str, ...]) -> None:
        """Note a method on its way; ``responses`` are the answers that the specification promises."""
        if responses and not args.get("no_wait"):
            self.waiting.append(responses)
        note = getattr(self, "_send_" + name.replace(".", "_").replace("-", "_"), None)
        if note is not None:
            note(args)

    def _send_channel_open(self, args: Mapping[str, Any]) -> None:
        if self.state == CLOSED:
            self.state = OPENING

    def _send_channel_close(self, args: Mapping[str, Any]) -> None:
        if self.state == OPEN:
            self.state = CLOSING

    def _send_channel_close_ok(self, args: Mapping[str, Any]) -> None:
        if self.held:
            self.state, self.held = CLOSED, False
            self.forget()

    def _send_confirm_select(self, args: Mapping[str, Any]) -> None:
        if args.get("no_wait"):
            self.confirming = True

    def _send_tx_select(self, args: Mapping[str, Any]) -> None:
        self.settled = [] if self.settled is None else self.settled

    def _send_tx_commit(self, args: Mapping[str, Any]) -> None:
        if self.settled is not None:
            self.settled = []

    def _send_tx_rollback(self, args: Mapping[str, Any]) -> None:
        if self.settled is not None:
            self.outstanding = sorted(self.outstanding + self.settled)
            self.settled = []

    def _send_basic_publish(self, args: Mapping[str, Any]) -> None:
        if self.confirming:
            self.published += 1
            self.unconfirmed.append(self.published)

    def _send_basic_consume(self, args: Mapping[str, Any]) -> None:
        subscription = (args.get("queue", ""), bool(args.get("no_ack")))
        if args.get("no_wait"):
            self.consumers[args.get("consumer_tag", "")] = subscription
        else:
            self.subscribing.append(subscription)

    def _send_basic_get(self, args: Mapping[str, Any]) -> None:
        self.getting.append(bool(args.get("no_ack")))

    def _send_basic_recover(self, args: Mapping[str, Any]) -> None:
        self.outstanding = []

    _send_basic_recover_async = _send_basic_recover

    def _send_basic_ack(self, args: Mapping[str, Any]) -> None:
        tag, multiple = int(args.get("delivery_tag", 0)), bool(args.get("multiple"))
        gone = [t for t in self.outstanding if (multiple and (t <= tag or tag == 0)) or t == tag]
        self.outstanding = [t for t in self.outstanding if t not in gone]
        if self.settled is not None:
            self.settled += gone

    _send_basic_nack = _send_basic_ack
    _send_basic_reject = _send_basic_ack

    # -- what the server sends ------------------------------------------------------------------------------------

    def receives(self, name: str, args: Any) -> None:
        """Note a method that came."""
        due = next((responses for responses in self.waiting if name in responses), None)
        if due is not None:
            self.waiting.remove(due)  # not always the first: consume-ok comes by way of the queue
        note = getattr(self, "_receive_" + name.replace(".", "_").replace("-", "_"), None)
        if note is not None:
            note(args)

    def _receive_channel_open_ok(self, args: Any) -> None:
        self.state = OPEN
        self.outstanding = []

    def _receive_channel_close(self, args: Any) -> None:
        self.waiting.clear()
        self.probes = 0
        if not self.held:
            self.state = CLOSED
            self.forget()

    def _receive_channel_close_ok(self, args: Any) -> None:
        self.state = CLOSED
        self.forget()

    def _receive_confirm_select_ok(self, args: Any) -> None:
        self.confirming = True

    def _receive_basic_consume_ok(self, args: Any) -> None:
        if self.subscribing:
            self.consumers[args.consumer_tag] = self.subscribing.popleft()

    def _receive_basic_get_ok(self, args: Any) -> None:
        if not (self.getting and self.getting.popleft()):
            self.outstanding.append(args.delivery_tag)

    def _receive_basic_get_empty(self, args: Any) -> None:
        if self.getting:
            self.getting.popleft()

    def _receive_basic_deliver(self, args: Any) -> None:
        if not self.consumers.get(args.consumer_tag, ("", False))[1]:
            self.outstanding.append(args.delivery_tag)

    def confirms(self, tag: int, multiple: bool) -> list[int]:
        """The publishings that a server's ack or nack settles; the tag itself when nothing fits."""
        gone = [t for t in self.unconfirmed if t == tag or (multiple and t <= tag)]
        self.unconfirmed = [t for t in self.unconfirmed if t not in gone]
        return sorted(gone) or [tag]
