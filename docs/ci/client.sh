#!/bin/sh
# amqp-tools: declare, publish, get; and a message that is lost because the test says so.
set -eu

amqp-declare-queue --url="$AMQP_URL" --queue=jobs >/dev/null
amqp-publish --url="$AMQP_URL" --routing-key=jobs --body=resize
test "$(amqp-get --url="$AMQP_URL" --queue=jobs)" = resize

# The next message gets lost on its way in.
curl -fsS "$CONTROL_URL/faults" -d '{"when": {"what": "basic.publish"}, "then": {"action": "drop"}}' >/dev/null
amqp-publish --url="$AMQP_URL" --routing-key=jobs --body=crop
if amqp-get --url="$AMQP_URL" --queue=jobs; then
    echo "nothing was lost" >&2
    exit 1
fi

# The journal knows that it was sent.
curl -fsS "$CONTROL_URL/journal?name=basic.publish" | grep -q crop
