//! Settings of the service, read once from the environment.

use std::env;

use anyhow::Context;

#[derive(Clone, Debug)]
pub struct Config {
    pub port: u16,
    pub database_url: String,
    pub kafka_brokers: String,
    pub orders_url: String,
    pub service_token: String,
    pub carrier_url: String,
    pub carrier_account: String,
    pub rates_file: String,
}

impl Config {
    pub fn from_env() -> anyhow::Result<Self> {
        Ok(Self {
            port: env::var("PORT").unwrap_or_else(|_| "8083".into()).parse()?,
            database_url: env::var("DATABASE_URL").context("DATABASE_URL")?,
            kafka_brokers: env::var("KAFKA_BROKERS").context("KAFKA_BROKERS")?,
            orders_url: env::var("ORDERS_URL").context("ORDERS_URL")?,
            service_token: env::var("SERVICE_TOKEN").context("SERVICE_TOKEN")?,
            carrier_url: env::var("CARRIER_URL").context("CARRIER_URL")?,
            carrier_account: env::var("CARRIER_ACCOUNT").context("CARRIER_ACCOUNT")?,
            rates_file: env::var("RATES_FILE").unwrap_or_else(|_| "data/rates.json".into()),
        })
    }
}
