function present(value: string | undefined, name: string): string {
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

export const config = {
  port: Number(process.env.PORT ?? 8080),
  logLevel: process.env.LOG_LEVEL ?? "info",
  ordersUrl: present(process.env.ORDERS_URL, "ORDERS_URL"),
  inventoryUrl: present(process.env.INVENTORY_URL, "INVENTORY_URL"),
  billingUrl: present(process.env.BILLING_URL, "BILLING_URL"),
  shippingUrl: present(process.env.SHIPPING_URL, "SHIPPING_URL"),
  bannerUrl: present(process.env.BANNER_URL, "BANNER_URL"),
  redisUrl: present(process.env.REDIS_URL, "REDIS_URL"),
  jwtSecret: present(process.env.JWT_SECRET, "JWT_SECRET"),
  cookieDomain: present(process.env.SESSION_COOKIE_DOMAIN, "SESSION_COOKIE_DOMAIN"),
  mongoUrl: present(process.env.MONGO_URL, "MONGO_URL"),
};
