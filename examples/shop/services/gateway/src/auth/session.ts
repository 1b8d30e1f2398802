import { randomUUID } from "node:crypto";
import jwt from "jsonwebtoken";
import { redis } from "../cache/redis";
import { signToken, verifyToken } from "./token";

export const SESSION_TTL_SECONDS = 3600;

export const revokedKey = (id: string): string => `gateway:revoked:${id}`;

export interface Session {
  id: string;
  customerId: string;
  token: string;
}

/** Open a session for the customer whom the identity provider has signed in. */
export function openSession(idToken: string): Session | null {
  const identity = jwt.decode(idToken) as { sub?: string } | null;
  if (!identity?.sub) {
    return null;
  }
  const id = randomUUID();
  return { id, customerId: identity.sub, token: signToken({ sub: identity.sub, jti: id }) };
}

/** Open a session with the six digits that customer care has put down for a customer who cannot sign in. */
export async function sessionOfCode(code: string): Promise<Session | null> {
  const customerId = await redis.getdel(`gateway:code:${code}`);
  if (!customerId) {
    return null;
  }
  const id = randomUUID();
  return { id, customerId, token: signToken({ sub: customerId, jti: id }) };
}

export async function readSession(token: string): Promise<Session | null> {
  const claims = verifyToken(token);
  if (await redis.exists(revokedKey(claims.jti))) {
    return null;
  }
  return { id: claims.jti, customerId: claims.sub, token };
}
