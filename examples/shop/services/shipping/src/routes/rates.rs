use anyhow::Context;
use axum::extract::State;
use axum::Json;

use crate::error::Error;
use crate::models::Rate;
use crate::state::AppState;

pub async fn list(State(state): State<AppState>) -> Result<Json<Vec<Rate>>, Error> {
    let table = std::fs::read_to_string(&state.config.rates_file).context("rates file")?;
    let rates = serde_json::from_str(&table).context("rates file")?;
    Ok(Json(rates))
}

/// The levels of service that a shipment may be sent with.
pub async fn levels() -> Json<[&'static str; 3]> {
    Json(["economy", "standard", "express"])
}
