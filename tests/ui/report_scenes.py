"""A laptop on which work was done: real journal, audit log and evidence behind the window."""

from tests.report.support import Scene, head, write_rich
from tests.ui.fake_app import FakeApp


def visited(app: FakeApp, scene: Scene) -> FakeApp:
    """Two chargers updated in one visit, and a run with everything in it."""
    write_rich(scene)
    for one in (head("run-1", "S1"), head("run-2", "S2", "Bay 02")):
        scene.run(one)
    app.evidence = scene.reports
    return app
