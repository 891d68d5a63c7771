import type { Authenticator } from "../../auth/authenticator.ts";
import { noAuthentication } from "../../auth/none.ts";
import type { CancelledSessions, Sessions } from "../../auth/sessions.ts";
import { trustedHeader } from "../../auth/trusted-header.ts";
import type { Config } from "../../config/options.ts";
import { readSecretFile } from "../../config/secret-file.ts";
import { ChatKitError, toChatKitError } from "../../errors.ts";
import type { Logger } from "../../server/context.ts";

/** @throws ChatKitError config_invalid */
export async function makeSessions({ auth, sessionKey }: Config, store: CancelledSessions): Promise<Sessions | undefined> {
  return auth !== "jwt" || sessionKey === undefined ? undefined : new (await import("../../auth/sessions.ts")).Sessions(sessionKey, store);
}

/**
 * @param sessions whose tokens are taken, too
 * @throws ChatKitError config_invalid
 */
export async function makeAuthenticator(config: Config, logger: Logger, sessions?: Sessions): Promise<Authenticator> {
  switch (config.auth) {
    case "none":
      return noAuthentication(config.authHeader);
    case "header":
      return trustedHeader({ header: config.authHeader, proxies: config.trustedProxies });
    case "jwt":
      return withSessions(await makeJwtAuthenticator(config, logger), sessions);
  }
}

function withSessions(byToken: Authenticator | undefined, sessions: Sessions | undefined): Authenticator {
  const authenticate = sessions?.authenticator(byToken) ?? byToken;
  if (!authenticate) throw new ChatKitError("config_invalid", { message: "auth jwt has no key by which to know who asks" });
  return authenticate;
}

/** @returns undefined when no key is configured */
async function makeJwtAuthenticator(config: Config, logger: Logger): Promise<Authenticator | undefined> {
  const { jwtAuthenticator } = await import("../../auth/jwt.ts");
  const { jwtSecret, jwtJwksUrl, jwtPublicKeyFile, jwtIssuer: issuer, jwtAudience: audience, jwtUserClaim: userClaim } = config;
  const more = { issuer, audience, userClaim, logger };
  if (jwtSecret !== undefined) return jwtAuthenticator({ key: { secret: jwtSecret }, ...more });
  if (jwtJwksUrl !== undefined) return jwtAuthenticator({ key: { jwksUrl: jwtJwksUrl }, ...more });
  return jwtPublicKeyFile === undefined ? undefined : jwtAuthenticator({ key: { publicKeyPem: readKey(jwtPublicKeyFile, logger) }, ...more });
}

/** Not a secret, but read with the same care: who can change it can sign tokens, and a pipe could keep the start waiting. */
function readKey(path: string, logger: Logger): string {
  try {
    return readSecretFile(path, (problem) => logger.warn({}, `jwt_public_key_file: ${problem}`));
  } catch (thrown) {
    throw new ChatKitError("config_invalid", { message: `jwt_public_key_file: ${toChatKitError(thrown).message}`, cause: thrown });
  }
}

/**
 * The authenticator of a configuration that is read again. The one from before stays when it fetches the same key set: it may have keys
 * that cannot be fetched at the moment.
 */
export class Keys {
  constructor(
    private config: Config,
    private authenticate: Authenticator,
    private readonly make: (config: Config) => Promise<Authenticator>,
  ) {}

  async of(config: Config): Promise<Authenticator> {
    const isSame = config.jwtJwksUrl !== undefined && SETTINGS.every((name) => Bun.deepEquals(config[name], this.config[name]));
    if (!isSame) this.authenticate = await this.make(config);
    this.config = config;
    return this.authenticate;
  }
}

const SETTINGS = ["jwtJwksUrl", "jwtSecret", "jwtPublicKeyFile", "jwtIssuer", "jwtAudience", "jwtUserClaim"] as const;
