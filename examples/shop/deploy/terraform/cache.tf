resource "aws_elasticache_replication_group" "shop" {
  replication_group_id       = "shop"
  description                = "Sessions of the gateway and summaries of orders"
  engine                     = "redis"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  transit_encryption_enabled = true
}
