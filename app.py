"""Janus: images that describe themselves. The whole system on a page; wiring only."""

from chalice import Chalice

from chalicelib import config, logs
from chalicelib.api.http import edge, media, problems
from chalicelib.routes import on_demand

logs.configure()

app = Chalice(app_name="janus", configure_logs=False)  # `logs` writes the lines of Chalice's logger, too
app.api.binary_types = media.ACCEPTED_IMAGES
app.register_middleware(edge.middleware, "http")
app.register_middleware(problems.middleware, "http")

route_modules = on_demand.modules()
if route_modules is not None:
    app.register_middleware(on_demand.loader(app, route_modules), "http")
else:
    from chalicelib.events import changes, deliveries, jobs, recognition, sweep, uploads
    from chalicelib.routes import (
        admin,
        admin_images,
        admin_judgements,
        api_docs,
        auth,
        bulk,
        catalogue,
        image_annotations,
        images,
        keys,
        pages,
        public,
        second_factor,
        shares,
        status,
        themes,
        trash,
        users,
        webhooks,
    )

    for blueprint in (
        images.routes,
        image_annotations.routes,
        catalogue.routes,
        bulk.routes,
        trash.routes,
        shares.routes,
        public.routes,
        themes.routes,
        auth.routes,
        second_factor.routes,
        keys.routes,
        users.routes,
        webhooks.routes,
        status.routes,
        admin.routes,
        admin_images.routes,
        admin_judgements.routes,
        api_docs.routes,
        *pages.BLUEPRINTS,
        uploads.events,
        sweep.events,
        jobs.events,
        changes.events,
        deliveries.events,
        recognition.events,
    ):
        app.register_blueprint(blueprint)

if config.runs_offline():
    from chalicelib import offline

    offline.start(app)
