use crate::config::Config;
use crate::error::Error;
use crate::models::Tracking;

#[derive(Clone)]
pub struct CarrierClient {
    carrier_url: String,
    account: String,
}

impl CarrierClient {
    pub fn new(config: &Config) -> Self {
        Self { carrier_url: config.carrier_url.clone(), account: config.carrier_account.clone() }
    }

    pub async fn track(&self, number: &str) -> Result<Tracking, Error> {
        let url = format!("{}/accounts/{}/parcels/{number}", self.carrier_url, self.account);
        let response = reqwest::get(url).await?;
        Ok(response.error_for_status()?.json().await?)
    }
}
