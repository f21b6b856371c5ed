"""The control of the broker itself: everything below ``/fakebroker``, described by ``openapi.json`` in this folder."""
