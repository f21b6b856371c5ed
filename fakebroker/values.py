"""Field-table values: how each AMQP type letter stands in Python.

==========  ===========================  ==========  =======================
letter      Python                       letter      Python
==========  ===========================  ==========  =======================
``t``       ``bool``                     ``S``       ``str``
``b``       ``Int8``                     ``x``       ``bytes``
``B``       ``UInt8``                    ``T``       ``Timestamp``
``s``       ``Int16``                    ``D``       ``decimal.Decimal``
``u``       ``UInt16``                   ``A``       ``list``
``I``       ``int``                      ``F``       ``dict``
``i``       ``UInt32``                   ``V``       ``None``
``l``       ``Int64``                    ``d``       ``float``
                                         ``f``       ``Float32``
==========  ===========================  ==========  =======================

What is decoded encodes to the same bytes again: widths are kept by the subclasses of ``int``, and a string that is
not UTF-8 keeps its bytes as surrogate escapes. A plain ``int`` too wide for ``I`` is sent as ``l``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Union


class Int8(int):
    """``b``, a signed octet."""


class UInt8(int):
    """``B``, an unsigned octet."""


class Int16(int):
    """``s``, a signed short."""


class UInt16(int):
    """``u``, an unsigned short."""


class UInt32(int):
    """``i``, an unsigned long."""


class Int64(int):
    """``l``, a signed long-long."""


class Timestamp(int):
    """``T``, seconds since 1970."""


class Float32(float):
    """``f``, a single-precision float."""


Value = Union[None, bool, int, float, str, bytes, Decimal, "list[Value]", "dict[str, Value]"]
Table = dict[str, Value]
