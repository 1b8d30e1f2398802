use anyhow::Context;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::ClientConfig;

use crate::config::Config;
use crate::models::InvoicePaid;
use crate::services::shipments::ShipmentService;

const TOPIC: &str = "invoices.paid";

/// Make a shipment of each paid invoice, until the process ends.
pub async fn run(config: Config, shipments: ShipmentService) {
    if let Err(error) = consume(&config, &shipments).await {
        tracing::error!(%error, "consumer stopped");
        std::process::exit(1);
    }
}

async fn consume(config: &Config, shipments: &ShipmentService) -> anyhow::Result<()> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", &config.kafka_brokers)
        .set("group.id", "shipping")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "true")
        .create()?;
    consumer.subscribe(&[TOPIC])?;
    loop {
        let message = consumer.recv().await?;
        if let Err(error) = ship(shipments, &message).await {
            tracing::error!(%error, offset = message.offset(), "order was not shipped");
        }
    }
}

async fn ship(shipments: &ShipmentService, message: &BorrowedMessage<'_>) -> anyhow::Result<()> {
    let payload = message.payload().context("empty message")?;
    let paid: InvoicePaid = serde_json::from_slice(payload)?;
    shipments.create(&paid).await?;
    Ok(())
}
