import jwt from "jsonwebtoken";
import { config } from "../config";
import { SESSION_TTL_SECONDS } from "./session";

export interface SessionClaims {
  sub: string;
  jti: string;
}

export function signToken(claims: SessionClaims): string {
  return jwt.sign(claims, config.jwtSecret, {
    algorithm: "HS256",
    expiresIn: SESSION_TTL_SECONDS,
  });
}

export function verifyToken(token: string): SessionClaims {
  return jwt.verify(token, config.jwtSecret, { algorithms: ["HS256"] }) as SessionClaims;
}
