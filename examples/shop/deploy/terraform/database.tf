resource "aws_db_instance" "service" {
  for_each = var.services

  identifier                  = "shop-${each.key}"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 50
  db_name                     = each.key
  username                    = each.key
  manage_master_user_password = true
  storage_encrypted           = true
  multi_az                    = true
  backup_retention_period     = 14
  deletion_protection         = true
  publicly_accessible         = false
}
