"""Celery: a worker in a thread, and a program that sends tasks and waits for their results. One task is due later, one
is tried again."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import Celery
from celery.exceptions import CeleryError
from celery.utils.nodenames import gethostname
from kombu.exceptions import KombuError

from tests.clients.programs.jobs import Jobs, Say, failed

HEARTBEAT = 10
ERRORS = (CeleryError, KombuError, OSError)


def solo(url: str, say: Say, pause: float) -> None:
    run(url, say, pause, "solo")


def threads(url: str, say: Say, pause: float) -> None:
    run(url, say, pause, "threads")


def run(url: str, say: Say, pause: float, pool: str) -> None:
    jobs = Jobs(say, pause)
    app = Celery("shop", broker=url, backend="rpc://", set_as_current=False)
    app.conf.update(
        broker_heartbeat=HEARTBEAT,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=10,
        broker_pool_limit=2,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        task_acks_late=True,
        task_publish_retry_policy={"max_retries": 5},
        broker_transport_options={"confirm_publish": True, "confirm_timeout": 20},
        task_default_queue="jobs",
    )

    @app.task(name="shop.work", bind=True, max_retries=2, default_retry_delay=pause / 2)
    def work(self: Any, body: str) -> str:
        jobs.got(body, self.request.delivery_info["redelivered"])
        if body == jobs.bodies[1] and self.request.retries == 0:
            raise self.retry()
        return body.upper()

    worker = app.Worker(pool=pool, concurrency=2, loglevel="CRITICAL", without_heartbeat=True, without_mingle=True,
                        without_gossip=True, hostname=f"worker@{gethostname()}", quiet=True)
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()
    try:
        send(jobs, work)
    finally:
        from celery.worker import state

        state.should_stop = 0
        thread.join(60)
        state.should_stop = None
        app.close()
    jobs.end()


def send(jobs: Jobs, work: Any) -> None:
    for body in jobs.bodies:
        if jobs.is_middle(body):
            time.sleep(jobs.pause)
        try:
            countdown = jobs.pause if body == jobs.bodies[0] else None
            result = work.apply_async((body,), countdown=countdown)
            jobs.confirm(body)
            # The worker is a thread of this process: Celery would take this for a task that waits for another.
            jobs.say(result.get(timeout=jobs.pause * 3 + 30, disable_sync_subtasks=False))
        except ERRORS as error:
            failed(jobs.say, error)
