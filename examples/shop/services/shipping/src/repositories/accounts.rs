//! The accounts that the teams of the warehouse have with carriers.

use sqlx::PgPool;

#[derive(Clone)]
pub struct AccountRepository {
    pool: PgPool,
    replica: PgPool,
}

#[derive(sqlx::FromRow)]
pub struct Account {
    pub id: i64,
    pub carrier: String,
    pub number: String,
}

impl AccountRepository {
    pub fn new(pool: PgPool, replica: PgPool) -> Self {
        Self { pool, replica }
    }

    pub async fn of_team(&self, team_id: i64) -> sqlx::Result<Vec<Account>> {
        sqlx::query_as("SELECT id, carrier, number FROM carrier_accounts WHERE team_id = $1 ORDER BY carrier LIMIT 50")
            .bind(team_id)
            .fetch_all(&self.replica)
            .await
    }

    pub async fn find(&self, team_id: i64, id: i64) -> sqlx::Result<Option<Account>> {
        sqlx::query_as("SELECT id, carrier, number FROM carrier_accounts WHERE team_id = $1 AND id = $2")
            .bind(team_id)
            .bind(id)
            .fetch_optional(&self.pool)
            .await
    }

    pub async fn with_carrier(&self, team_id: i64, carrier: &str) -> sqlx::Result<Option<Account>> {
        sqlx::query_as("SELECT id, carrier, number FROM carrier_accounts WHERE team_id = $1 AND carrier = $2 AND enabled")
            .bind(team_id)
            .bind(carrier)
            .fetch_optional(&self.replica)
            .await
    }

    pub async fn disable(&self, team_id: i64, id: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE carrier_accounts SET enabled = false WHERE team_id = $1 AND id = $2")
            .bind(team_id)
            .bind(id)
            .execute(&self.replica)
            .await?;
        Ok(())
    }

    pub async fn remove(&self, id: i64) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM carrier_accounts WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }
}
