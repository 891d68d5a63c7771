import { isIP } from "node:net";
import { SHORTEST_SECRET } from "../auth/jwt-secret.ts";
import type { Loaded } from "./loaded.ts";
import type { Config } from "./options.ts";

const SHORTEST_ADMIN_TOKEN = 20;

/** Rules about several options together. Adds a line to `problems` for each that is broken, and to the warnings of `Loaded`. */
export function crossChecks({ config, origins, warnings }: Loaded, problems: string[]): void {
  if (!isLoopback(config.host) && origins.auth === "default") {
    const ways = "--auth header, --auth jwt, or --auth none to let everybody in";
    problems.push(`${config.host} can be reached by others: say who may ask, with ${ways}`);
  }
  if (config.auth === "jwt") {
    problems.push(...jwtProblems(config));
    warnings.push(...jwtWarnings(config));
  }
  if (config.heartbeat >= config.writeTimeout) {
    problems.push("heartbeat must be shorter than write_timeout: a quiet stream would be taken for a stuck one");
  }
  if (config.adminToken !== undefined && config.adminToken.length < SHORTEST_ADMIN_TOKEN) {
    problems.push(`CHATKIT_ADMIN_TOKEN: shorter than ${SHORTEST_ADMIN_TOKEN} characters, which can be guessed`);
  }
  if (config.databaseSchema !== undefined && !config.databasePrepare) {
    problems.push("database_schema needs connections of its own: not together with database_prepare false, for a pooler in transaction mode");
  }
  if (config.attachments?.startsWith("s3:") && (config.s3AccessKeyId === undefined || config.s3SecretAccessKey === undefined)) {
    problems.push("attachments in a bucket need AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (config.workers > 1) problems.push(...workersProblems(config));
  if (config.watch && config.agent === undefined) warnings.push("watch has nothing to watch: the built-in assistant is in no file");
  if (config.corsOrigins.includes("*")) {
    warnings.push("cors_origins is *: every web page may call this server, without credentials");
  }
}

function workersProblems({ databaseUrl, attachments }: Config): string[] {
  // Only Linux spreads connections over the processes that share a port.
  if (process.platform !== "linux") return ["workers needs Linux: elsewhere start several processes behind a proxy"];
  const isPrivate = databaseUrl.startsWith("memory:") || databaseUrl.includes(":memory:");
  if (isPrivate) return ["workers needs a database that processes can share: sqlite:PATH or postgres://…"];
  return attachments === "memory" ? ["workers needs attachments that processes can share: disk:PATH or s3://bucket/prefix"] : [];
}

function jwtProblems({ jwtSecret, jwtPublicKeyFile, jwtJwksUrl, jwtIssuer, jwtAudience, sessionKey }: Config): string[] {
  const keys = [jwtSecret, jwtPublicKeyFile, jwtJwksUrl].filter((key) => key !== undefined);
  const isEnough = keys.length === 1 || (keys.length === 0 && sessionKey !== undefined);
  if (!isEnough) return ["auth jwt needs one of CHATKIT_JWT_SECRET, jwt_public_key_file and jwt_jwks_url, or CHATKIT_SESSION_KEY"];
  const problems: string[] = [];
  if (sessionKey !== undefined && sessionKey.length < SHORTEST_SECRET) {
    problems.push(`CHATKIT_SESSION_KEY: shorter than ${SHORTEST_SECRET} characters, which can be guessed`);
  }
  if (jwtSecret !== undefined && jwtSecret.length < SHORTEST_SECRET) {
    problems.push(`CHATKIT_JWT_SECRET: shorter than ${SHORTEST_SECRET} characters, which can be guessed`);
  }
  // One key set often signs tokens for many programs: those for others must not be accepted here.
  if (jwtJwksUrl !== undefined && jwtIssuer === undefined && jwtAudience === undefined) {
    problems.push("jwt_jwks_url needs jwt_audience or jwt_issuer, else tokens made for other programs are let in");
  }
  return problems;
}

function jwtWarnings({ jwtPublicKeyFile, jwtJwksUrl, jwtIssuer, jwtAudience }: Config): string[] {
  const found: string[] = [];
  if (jwtPublicKeyFile !== undefined && jwtIssuer === undefined && jwtAudience === undefined) {
    found.push("jwt_public_key_file without jwt_audience and jwt_issuer: tokens that were made for other programs are let in");
  }
  const keys = jwtJwksUrl === undefined ? undefined : new URL(jwtJwksUrl);
  if (keys?.protocol === "http:" && !isLoopback(keys.hostname)) {
    found.push("jwt_jwks_url is not https: whoever is on the way to it can add a key of their own");
  }
  return found;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  const bare = withoutBrackets(host);
  if (bare === "localhost" || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}

/** An IPv6 address as it is written outside of URLs; any other host as it is. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
