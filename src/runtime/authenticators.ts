import { readFile } from "node:fs/promises";
import type { Authenticator } from "../auth/authenticator.ts";
import { noAuthentication } from "../auth/none.ts";
import { trustedHeader } from "../auth/trusted-header.ts";
import type { Config } from "../config/options.ts";
import { ChatKitError } from "../errors.ts";
import type { Logger } from "../server/context.ts";

/** @throws ChatKitError config_invalid */
export async function makeAuthenticator(config: Config, logger: Logger): Promise<Authenticator> {
  switch (config.auth) {
    case "none":
      return noAuthentication(config.authHeader);
    case "header":
      return trustedHeader({ header: config.authHeader, proxies: config.trustedProxies });
    case "jwt":
      return makeJwtAuthenticator(config, logger);
  }
}

async function makeJwtAuthenticator(config: Config, logger: Logger): Promise<Authenticator> {
  const { jwtAuthenticator } = await import("../auth/jwt.ts");
  const { jwtSecret, jwtJwksUrl, jwtPublicKeyFile, jwtIssuer: issuer, jwtAudience: audience, jwtUserClaim: userClaim } = config;
  const more = { issuer, audience, userClaim, logger };
  if (jwtSecret !== undefined) return jwtAuthenticator({ key: { secret: jwtSecret }, ...more });
  if (jwtJwksUrl !== undefined) return jwtAuthenticator({ key: { jwksUrl: jwtJwksUrl }, ...more });
  return jwtAuthenticator({ key: { publicKeyPem: await readKey(jwtPublicKeyFile ?? "") }, ...more });
}

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ChatKitError("config_invalid", { message: `jwt_public_key_file: ${path} cannot be read`, cause });
  }
}
