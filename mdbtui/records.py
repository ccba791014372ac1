"""Dataclasses that are finished when the first object is made of them.

The standard decorator writes and compiles up to eight methods for a class, which
takes 0.4 ms. The first frame defines a hundred of them and makes objects of a few:
40 ms of the start went into methods that nobody had called.

Use it as the standard `dataclass`. Two things differ: a class of which no object was
made has no fields yet (`dataclasses.fields` wants an object, or the standard
decorator), and a class with slots is finished at once, because it must be another
class than the one that was written.
"""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """Make a class a dataclass, as the standard decorator does, but late."""
        if cls is None:
            return lambda decorated: dataclass(decorated, **options)
        if options.get("slots") or "__init__" in cls.__dict__:
            return dataclasses.dataclass(**options)(cls)

        def first(self: Any, *values: Any, **named: Any) -> None:
            _finish(cls)
            cls.__init__(self, *values, **named)

        cls.__init__ = first
        _unfinished[cls] = options
        return cls


_unfinished: dict[type, dict[str, Any]] = {}
# Two threads may make the first object, and a class finishes its bases first.
_lock = threading.RLock()


def _finish(cls: type) -> None:
    with _lock:
        for base in cls.__mro__[:0:-1]:
            if base in _unfinished:
                _finish(base)
        if (options := _unfinished.get(cls)) is None:
            return
        dataclasses.dataclass(init=False, **options)(cls)
        # Last, and in one step: until then another thread comes here and waits.
        cls.__init__ = _written_init(cls, options)  # type: ignore[misc]
        del _unfinished[cls]


def _written_init(cls: Any, options: dict[str, Any]) -> Any:
    """Return what the standard decorator writes as ``__init__`` for these fields."""
    fields = {
        "__dataclass_fields__": cls.__dataclass_fields__,
        "__dataclass_params__": cls.__dataclass_params__,
    }
    # Without a text of its own, one would be made of the signature, which takes long.
    body: dict[str, Any] = {"__doc__": cls.__doc__ or "-", "__module__": cls.__module__}
    if hasattr(cls, "__post_init__"):
        body["__post_init__"] = cls.__post_init__
    twin = type(cls.__name__, (type("Fields", (), fields),), body)
    only_init = {"repr": False, "eq": False, "match_args": False}
    frozen = options.get("frozen", False)
    return dataclasses.dataclass(**only_init, frozen=frozen)(twin).__init__  # type: ignore[misc]
