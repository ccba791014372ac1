"""Dataclasses that are finished when the first object is made of them.

The standard decorator writes and compiles up to eight methods for a class, which
takes 0.4 ms. The first frame defines a hundred of them and makes objects of a few:
40 ms of the start went into methods that nobody had called. Here the first object
brings ``__init__``, and the first comparison or text the rest.

Use it as the standard `dataclass`. Two things differ: a class of which no object was
made has no fields yet (`dataclasses.fields` wants an object, or the standard
decorator), and a class with slots is finished at once, because it must be another
class than the one that was written.
"""

from __future__ import annotations

import dataclasses
import threading
from types import SimpleNamespace
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


def _finish(cls: Any) -> None:
    """Give a class its fields and ``__init__``, and what brings the rest later."""
    with _lock:
        for base in cls.__mro__[:0:-1]:
            if base in _unfinished:
                _finish(base)
        if (options := _unfinished.get(cls)) is None:
            return
        above = getattr(cls, "__dataclass_params__", None)
        must_be_frozen = above is not None and above.frozen
        only_fields = {**options, "eq": False, "repr": False, "frozen": must_be_frozen}
        dataclasses.dataclass(init=False, **only_fields)(cls)
        frozen = options.get("frozen", False)
        if frozen:
            cls.__setattr__ = cls.__delattr__ = _refuse
        if options.get("repr", True) and "__repr__" not in cls.__dict__:
            cls.__repr__ = _first_use("__repr__")
        if options.get("eq", True) and "__eq__" not in cls.__dict__:
            own_hash = "__hash__" in cls.__dict__
            cls.__eq__ = _first_use("__eq__")
            if not own_hash:
                cls.__hash__ = _first_use("__hash__") if frozen else None
        # Last, and in one step: until then another thread comes here and waits.
        cls.__init__ = _twin(cls, frozen=frozen, repr=False, eq=False).__init__
        del _unfinished[cls]


def _twin(cls: Any, *, frozen: bool = False, **options: Any) -> Any:
    """A standard dataclass with the fields of a class, to take methods from."""
    fields = {
        "__dataclass_fields__": cls.__dataclass_fields__,
        "__dataclass_params__": SimpleNamespace(frozen=frozen),
    }
    # Without a text of its own, one would be made of the signature, which takes long.
    body: dict[str, Any] = {"__doc__": cls.__doc__ or "-", "__module__": cls.__module__}
    if hasattr(cls, "__post_init__"):
        body["__post_init__"] = cls.__post_init__
    twin = type(cls.__name__, (type("Fields", (), fields),), body)
    return dataclasses.dataclass(match_args=False, frozen=frozen, **options)(twin)


def _first_use(name: str) -> Any:
    """A method that puts the standard one in its place, and calls it."""

    def method(self: Any, *others: Any) -> Any:
        home = next(
            cls for cls in type(self).__mro__ if cls.__dict__.get(name) is method
        )
        standard = getattr(_twin(home, init=False, unsafe_hash=True), name)
        setattr(home, name, standard)
        return standard(self, *others)

    return method


def _refuse(self: Any, name: str, *value: Any) -> None:
    what = "assign to" if value else "delete"
    raise dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}")
