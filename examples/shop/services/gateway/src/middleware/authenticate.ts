import type { NextFunction, Request, Response } from "express";
import jwt from "jsonwebtoken";
import { readSession } from "../auth/session";
import type { Session } from "../auth/session";

export const SESSION_COOKIE = "shop_session";

export function sessionOf(res: Response): Session {
  return res.locals.session as Session;
}

export async function authenticate(
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  const token: string | undefined = req.cookies[SESSION_COOKIE];
  try {
    const session = token ? await readSession(token) : null;
    if (session) {
      res.locals.session = session;
      next();
      return;
    }
  } catch (error) {
    if (!(error instanceof jwt.JsonWebTokenError)) {
      throw error;
    }
  }
  res.status(401).json({ error: "sign in first" });
}
