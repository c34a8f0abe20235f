"""Starts moto's server, with the command line of moto_server.

moto names the objects that its Firehose writes by the second and at random. Here they are numbered too, so
that the order in which they came can be read.
"""

from itertools import count

from moto.firehose.models import FirehoseBackend
from moto.server import main

numbers = count(1)
name_of = FirehoseBackend._format_s3_object_path


def numbered(*arguments: str) -> str:
    return f"{name_of(*arguments)}-{next(numbers):08d}"


FirehoseBackend._format_s3_object_path = staticmethod(numbered)
main()
