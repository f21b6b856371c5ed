"""Stands where aiormq's and aio-pika's tests have a client of Docker: their container is the broker that is there."""

from dataclasses import dataclass, field


class DockerNotAvailableError(Exception):
    """Never raised: nothing here needs Docker."""


@dataclass
class DockerHostInfo:
    """Where Docker would be."""

    is_tcp: bool = True
    socket_path: object = None
    host: str = "127.0.0.1"
    port: int = 0


@dataclass
class ContainerInfo:
    """The broker, as if a container had been started for it."""

    id: str = "broker"
    host: str = "127.0.0.1"
    ports: dict[str, int] = field(default_factory=lambda: {"5672/tcp": 5672, "5671/tcp": 5671, "15672/tcp": 15672})


class DockerClient:
    """Starts nothing, stops nothing."""

    def __init__(self, *args: object) -> None:
        pass

    def run(self, *args: object, **options: object) -> ContainerInfo:
        """Say where the broker is."""
        return ContainerInfo()

    def kill(self, *args: object) -> None:
        """Leave the broker as it is."""

    stop = remove = kill


def check_docker_available() -> DockerHostInfo:
    """Docker is always there: nobody asks it for anything."""
    return DockerHostInfo()
