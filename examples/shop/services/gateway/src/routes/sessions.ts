import { Router } from "express";
import Redis from "ioredis";
import { SESSION_TTL_SECONDS, openSession, revokedKey, sessionOfCode } from "../auth/session";
import { config } from "../config";
import { limitAttempts } from "../middleware/attempts";
import { SESSION_COOKIE, authenticate, sessionOf } from "../middleware/authenticate";

export const sessionsRouter = Router();

sessionsRouter.post("/sessions", limitAttempts, (req, res) => {
  const session = openSession(String(req.body.idToken ?? ""));
  if (!session) {
    res.status(401).json({ error: "not an identity token" });
    return;
  }
  res.cookie(SESSION_COOKIE, session.token, {
    domain: config.cookieDomain,
    httpOnly: true,
    maxAge: SESSION_TTL_SECONDS * 1000,
    sameSite: "lax",
    secure: true,
  });
  res.status(201).json({ customerId: session.customerId });
});

sessionsRouter.delete("/sessions", authenticate, async (_req, res) => {
  const redis = new Redis(config.redisUrl, { commandTimeout: 500 });
  await redis.set(revokedKey(sessionOf(res).id), "1", "EX", SESSION_TTL_SECONDS);
  await redis.quit();
  res.clearCookie(SESSION_COOKIE, { domain: config.cookieDomain });
  res.status(204).end();
});

sessionsRouter.post("/sessions/verify-code", async (req, res) => {
  const session = await sessionOfCode(String(req.body.code ?? ""));
  if (!session) {
    res.status(401).json({ error: "not a code that was given out" });
    return;
  }
  res.status(201).json({ customerId: session.customerId, token: session.token });
});
