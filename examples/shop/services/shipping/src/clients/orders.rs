use std::time::Duration;

use reqwest::Client;
use serde_json::json;

use crate::config::Config;
use crate::error::Error;

#[derive(Clone)]
pub struct OrdersClient {
    http: Client,
    orders_url: String,
    token: String,
}

impl OrdersClient {
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            http: Client::builder().timeout(Duration::from_secs(3)).build()?,
            orders_url: config.orders_url.clone(),
            token: config.service_token.clone(),
        })
    }

    /// Tell the orders service that the order has left the house.
    pub async fn dispatched(&self, order_id: i64) -> Result<(), Error> {
        let request = self.http.put(format!("{}/v1/orders/{order_id}/status", self.orders_url));
        request
            .header("X-Service-Token", &self.token)
            .json(&json!({ "status": "dispatched" }))
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}
