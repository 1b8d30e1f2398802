import { app } from "./app";
import { redis } from "./cache/redis";
import { config } from "./config";
import { logger } from "./logging/logger";

const server = app.listen(config.port, () => {
  logger.info({ port: config.port }, "gateway listens");
});

process.on("SIGTERM", () => {
  server.close(() => {
    redis.disconnect();
  });
});
