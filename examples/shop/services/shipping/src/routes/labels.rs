use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use reqwest::Client;

use crate::error::Error;
use crate::state::AppState;

/// Fetch the label of the shipment from the carrier, as a PDF.
pub async fn download(
    State(state): State<AppState>,
    Path(id): Path<i64>,
) -> Result<impl IntoResponse, Error> {
    let shipment = state.shipments.get(id).await?;
    let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
    let url = format!("{}/labels/{}", state.config.carrier_url, shipment.id);
    let label = client.get(url).send().await?.error_for_status()?;
    Ok(([(CONTENT_TYPE, "application/pdf")], label.bytes().await?))
}
