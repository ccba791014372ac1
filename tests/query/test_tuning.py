from __future__ import annotations

import gc

from mdbtui.query.tuning import hold_gc, release_gc


def test_the_collector_begins_once_and_leaves_out_what_lived_before() -> None:
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        release_gc()
        assert gc.get_freeze_count() == frozen  # nothing was held
        hold_gc()
        assert not gc.isenabled()
        release_gc()
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
    finally:
        gc.enable()
        gc.set_threshold(*thresholds)
        gc.unfreeze()
