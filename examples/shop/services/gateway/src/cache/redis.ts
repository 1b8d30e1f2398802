import Redis from "ioredis";
import { config } from "../config";

export const redis = new Redis(config.redisUrl, { connectTimeout: 1000, commandTimeout: 500 });
