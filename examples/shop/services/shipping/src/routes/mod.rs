mod health;
mod labels;
mod rates;
mod shipments;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::Router;

use crate::state::AppState;

pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/v1/shipments", get(shipments::list))
        .route("/v1/shipments/{id}", get(shipments::show))
        .route("/v1/shipments/{id}/dispatch", post(shipments::dispatch))
        .route("/v1/shipments/{id}/tracking", get(shipments::tracking))
        .route("/v1/shipments/{id}/label", get(labels::download))
        .route("/v1/orders/{order_id}/shipment", get(shipments::of_order))
        .route("/v1/rates", get(rates::list))
        .route("/service-levels", get(rates::levels))
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}
