use std::time::Duration;

use anyhow::anyhow;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::ClientConfig;
use serde_json::json;

use crate::config::Config;
use crate::error::Error;
use crate::models::Shipment;

const TOPIC: &str = "shipments.dispatched";
const RETURNED: &str = "shipments.returned";

#[derive(Clone)]
pub struct ShipmentProducer {
    producer: FutureProducer,
}

impl ShipmentProducer {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", &config.kafka_brokers)
            .set("acks", "all")
            .set("message.timeout.ms", "5000")
            .create()?;
        Ok(Self { producer })
    }

    pub async fn dispatched(&self, shipment: &Shipment) -> Result<(), Error> {
        let key = shipment.order_id.to_string();
        let body = json!({ "order_id": shipment.order_id, "shipment_id": shipment.id }).to_string();
        let record = FutureRecord::to(TOPIC).key(&key).payload(&body);
        self.producer
            .send(record, Duration::from_secs(5))
            .await
            .map_err(|(error, _)| anyhow!(error))?;
        Ok(())
    }

    pub async fn returned(&self, shipment: &Shipment) -> Result<(), Error> {
        let key = shipment.order_id.to_string();
        let body = json!({ "order_id": shipment.order_id, "shipment_id": shipment.id }).to_string();
        let record = FutureRecord::to(RETURNED).key(&key).payload(&body);
        self.producer
            .send(record, Duration::from_secs(5))
            .await
            .map_err(|(error, _)| anyhow!(error))?;
        Ok(())
    }
}
