use axum::extract::{Path, Query, State};
use axum::Json;
use serde::Deserialize;

use crate::error::Error;
use crate::models::{Shipment, Tracking};
use crate::state::AppState;

#[derive(Deserialize)]
pub struct Page {
    status: String,
    limit: Option<i64>,
}

pub async fn list(
    State(state): State<AppState>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Shipment>>, Error> {
    let limit = page.limit.unwrap_or(20).clamp(1, 100);
    Ok(Json(state.shipments.list(&page.status, limit).await?))
}

pub async fn show(
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Shipment>, Error> {
    Ok(Json(state.shipments.get(id).await?))
}

pub async fn of_order(
    State(state): State<AppState>,
    Path(order_id): Path<i64>,
) -> Result<Json<Shipment>, Error> {
    Ok(Json(state.shipments.of_order(order_id).await?))
}

pub async fn dispatch(
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Shipment>, Error> {
    Ok(Json(state.shipments.dispatch(id).await?))
}

pub async fn tracking(
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<Json<Option<Tracking>>, Error> {
    Ok(Json(state.shipments.tracking(id).await?))
}
