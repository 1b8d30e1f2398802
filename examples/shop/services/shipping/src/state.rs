use sqlx::PgPool;

use crate::config::Config;
use crate::services::shipments::ShipmentService;

#[derive(Clone)]
pub struct AppState {
    pub config: Config,
    pub pool: PgPool,
    pub shipments: ShipmentService,
}
