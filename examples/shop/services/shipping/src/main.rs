//! Shipping: makes shipments of paid orders and hands them to the carrier.

mod clients;
mod config;
mod consumer;
mod error;
mod events;
mod models;
mod repositories;
mod routes;
mod services;
mod state;

use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};

use crate::clients::carrier::CarrierClient;
use crate::clients::orders::OrdersClient;
use crate::config::Config;
use crate::events::ShipmentProducer;
use crate::repositories::shipments::ShipmentRepository;
use crate::services::shipments::ShipmentService;
use crate::state::AppState;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let config = Config::from_env()?;

    let pool = PgPoolOptions::new()
        .max_connections(10)
        .acquire_timeout(Duration::from_secs(5))
        .connect(&config.database_url)
        .await?;
    sqlx::migrate!().run(&pool).await?;

    let shipments = ShipmentService::new(
        ShipmentRepository::new(pool.clone()),
        OrdersClient::new(&config)?,
        CarrierClient::new(&config),
        ShipmentProducer::new(&config)?,
    );
    tokio::spawn(consumer::run(config.clone(), shipments.clone()));

    let listener = TcpListener::bind(("0.0.0.0", config.port)).await?;
    let app = routes::router(AppState { config, pool, shipments });
    let mut terminate = signal(SignalKind::terminate())?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}
