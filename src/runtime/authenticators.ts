import type { Authenticator } from "../auth/authenticator.ts";
import { noAuthentication } from "../auth/none.ts";
import { trustedHeader } from "../auth/trusted-header.ts";
import type { Config } from "../config/options.ts";
import { ChatKitError } from "../errors.ts";

/** @throws ChatKitError config_invalid */
export function makeAuthenticator({ auth, authHeader, trustedProxies }: Config): Authenticator {
  switch (auth) {
    case "none":
      return noAuthentication(authHeader);
    case "header":
      return trustedHeader({ header: authHeader, proxies: trustedProxies });
    case "jwt":
      throw new ChatKitError("config_invalid", { message: "auth: jwt is not part of this version" });
  }
}
